"""Hidden checks of the network with two hidden layers, by hand."""

import pytest
import torch

from grader.checks import BY_HAND, check_close, exercise, expect, side_condition
from grader.checks import classifier as net

BIASES = ("bh1", "bh2", "by")


def draw_params(rng, nx, nh1, nh2, ny):
    shapes = {"Wh1": (nh1, nx), "bh1": (nh1,), "Wh2": (nh2, nh1), "bh2": (nh2,), "Wy": (ny, nh2), "by": (ny,)}
    return {k: torch.randn(*s, generator=rng, dtype=torch.float64) for k, s in shapes.items()}


def stays(before, after):
    expect(
        all(torch.equal(before[k], after[k]) for k in before),
        "An argument was changed by the function.",
        "It looks like an operation in place (+=, -=, or a name that ends with _).",
        "Which of your tensors is the argument itself?",
    )


@exercise("init_params", rules=BY_HAND)
class TestInitParams:
    @side_condition
    def test_shapes(self, student):
        """shapes of the six parameters"""
        params = student.init_params(3, 6, 5, 2)
        shapes = {"Wh1": (6, 3), "bh1": (6,), "Wh2": (5, 6), "bh2": (5,), "Wy": (2, 5), "by": (2,)}
        for name, shape in shapes.items():
            expect(isinstance(params, dict) and name in params, f"params has no key {name!r}.")
            check_close(torch.as_tensor(params[name]) * 0.0, torch.zeros(shape), what=f"params[{name!r}]")

    def test_new_weights(self, student):
        """new weights in every call"""
        one, two = (student.init_params(4, 7, 6, 3)["Wh2"] for _ in range(2))
        expect(
            not torch.equal(one, two),
            "Two calls give the same weights.",
            "It looks like a seed that is set inside the function, or like weights that are not drawn.",
            "Who sets the seed, and what do five runs with five seeds show then?",
            misconception="seed_set_inside" if one.std() > 0 else None,
        )

    def test_biases(self, student):
        """biases"""
        params = student.init_params(4, 7, 6, 3)
        expect(not any(bool(params[name].any()) for name in BIASES), "Some biases do not start at 0.")

    @pytest.mark.parametrize("name", ["Wh1", "Wh2", "Wy"])
    def test_distribution(self, student, name):
        """distribution of the weights"""
        weights = student.init_params(250, 300, 350, 250)[name].double()
        check_close(float(weights.std()), 0.3, rtol=0.025, what=f"the standard deviation of {name}")
        check_close(float(weights.mean()), 0.0, atol=0.01, what=f"the mean of {name}")
        inside = float((weights.abs() < 0.3).double().mean())
        check_close(inside, 0.683, atol=0.02, what="the share of the weights within one standard deviation")


@exercise("forward", rules=BY_HAND)
class TestForward:
    @pytest.mark.parametrize("step", ["htilde1", "h1", "htilde2", "h2", "ytilde", "yhat"])
    def test_steps(self, student, reference, rng, step):
        """a step of the pass, in batches of 6, 1 and 4"""
        for n_batch in (6, 1, 4):
            params, (X, _) = draw_params(rng, 3, 5, 4, 2), net.draw_batch(rng, n_batch, 3, 2)
            _, outputs = student.forward(params, X)
            expected = {step: reference.forward(params, X)[1][step]}
            check_close(outputs, expected, what="outputs", sizes={"the batch size": n_batch})

    def test_result(self, student, reference, rng):
        """probabilities of five classes, and the inputs kept for the backward pass"""
        params, (X, _) = draw_params(rng, 2, 3, 6, 5), net.draw_batch(rng, 7, 2, 5)
        yhat, outputs = student.forward(params, X)
        expected, steps = reference.forward(params, X)
        check_close(yhat, expected, what="yhat")
        check_close(outputs, {"X": steps["X"]}, what="outputs")

    def test_large_logits(self, student, reference, rng):
        """large logits, and small ones in the same batch"""
        params, (X, _) = draw_params(rng, 2, 5, 4, 3), net.draw_batch(rng, 6, 2, 3)
        params["Wy"] *= torch.tensor([[900.0], [500.0], [700.0]])
        check_close(
            student.forward(params, X)[0], reference.forward(params, X)[0], what="yhat for large logits"
        )

    def test_inputs_stay(self, student, rng):
        """the arguments stay as they are"""
        params, (X, _) = draw_params(rng, 3, 5, 4, 2), net.draw_batch(rng, 6, 3, 2)
        before = {**{k: v.clone() for k, v in params.items()}, "X": X.clone()}
        yhat, _ = student.forward.inplace(params, X)
        check_close(yhat * 0, torch.zeros(6, 2), what="yhat")
        stays(before, {**params, "X": X})


@exercise("backward", rules=BY_HAND, uses=("forward",))
class TestBackward:
    @pytest.mark.parametrize("layer", ["y", "h2", "h1"])
    def test_gradients(self, student, reference, rng, layer):
        """gradients of a layer, in batches of 7, 1 and 4"""
        for n_batch in (7, 1, 4):
            params, (X, Y) = draw_params(rng, 2, 5, 4, 3), net.draw_batch(rng, n_batch, 2, 3)
            outputs = reference.forward(params, X)[1]
            expected = reference.backward(params, outputs, Y)
            got = flat_biases(student.backward(params, outputs, Y))
            sizes = {"the batch size": n_batch, "the number of classes": 3}
            check_close(got, {k: expected[k] for k in (f"W{layer}", f"b{layer}")}, what="grads", sizes=sizes)

    def test_stacked_twice(self, student, reference, rng):
        """a batch stacked twice has the same gradients"""
        params, (X, Y) = draw_params(rng, 2, 5, 6, 4), net.draw_batch(rng, 3, 2, 4)
        outputs = reference.forward(params, torch.cat([X, X]))[1]
        got = flat_biases(student.backward(params, outputs, torch.cat([Y, Y])))
        expected = reference.backward(params, reference.forward(params, X)[1], Y)
        check_close(got, expected, what="grads", sizes={"the batch size": 6, "the number of classes": 4})

    def test_inputs_stay(self, student, reference, rng):
        """the arguments stay as they are"""
        params, (X, Y) = draw_params(rng, 3, 5, 4, 2), net.draw_batch(rng, 6, 3, 2)
        outputs = reference.forward(params, X)[1]
        before = {k: v.clone() for k, v in {**params, **outputs, "Y": Y}.items()}
        got = flat_biases(student.backward.inplace(params, outputs, Y))
        expect(isinstance(got, dict) and set(params) <= set(got), "grads is not a dictionary with all keys.")
        expect(not all(torch.equal(got[k], params[k]) for k in params), "The parameters are returned.")
        check_close({k: got[k] * 0 for k in params}, {k: 0 * v for k, v in params.items()}, what="grads")
        stays(before, {**params, **outputs, "Y": Y})


def flat_biases(grads):
    """Gradients with those of the biases as (n,): (1, n) and (n, 1) hold the same numbers."""
    if not isinstance(grads, dict):
        return grads
    rows = [k for k in BIASES if getattr(grads.get(k), "ndim", 0) == 2 and 1 in grads[k].shape]
    return {**grads, **{k: grads[k].reshape(-1) for k in rows}}
