"""Hidden checks of the network by hand. Sizes are pairwise distinct, biases are not zero, numbers are float64."""

import pytest
import torch

from grader.checks import BY_HAND, check_close, exercise, expect, side_condition
from grader.checks import classifier as net
from grader.checks.training import TrainChecks

# Room for a small epsilon in a denominator or a logarithm; the nearest wrong answers are far above.
NEAR = 1e-6
NEAR_LOSS = 1e-4
NEAR_LARGE = 1e-4  # of logits around 1000, where float32 has steps of 6e-5


# Whether the notebook's own step may change the dictionary or its tensors: when in doubt it may.
MAY_STEP_IN_PLACE = """
def may_step_in_place():
    import dis
    import inspect
    import types

    def parts(code):
        yield code
        for inner in code.co_consts:
            if isinstance(inner, types.CodeType):
                yield from parts(inner)

    own = inspect.unwrap(sgd)
    if not isinstance(own, types.FunctionType):
        return True
    for code in parts(own.__code__):
        called = [globals().get(name) for name in code.co_names]
        if any(isinstance(f, types.FunctionType) and f.__module__ == "__main__" for f in called):
            return True
        if any(name.endswith("_") or name in ("data", "update") for name in code.co_names):
            return True
        if any(isinstance(value, tuple) and "out" in value for value in code.co_consts):
            return True
        for step in dis.get_instructions(code):
            if step.opname.startswith("STORE_S") or (step.opname == "BINARY_OP" and step.argrepr.endswith("=")):
                return True
    return False
"""


@pytest.fixture
def reference(reference):
    """Its functions change no argument, so they need no copies."""
    return reference.plain


def clone(values):
    return {k: v.clone() for k, v in values.items()}


def check_form(got, expected, what, keys=None):
    """The result is there, has the right shapes and is not the argument itself, whatever its values."""
    if keys is None:
        return check_close(got * 0, expected * 0, what=what)
    expect(isinstance(got, dict) and set(keys) <= set(got), f"{what} is not a dictionary with all keys.")
    expect(not same({k: expected[k] for k in keys}, got), f"{what}: the argument is returned.")
    return check_close({k: got[k] * 0 for k in keys}, {k: expected[k] * 0 for k in keys}, what=what)


def same(before, after):
    return all(torch.equal(before[k], after[k]) for k in before)


@exercise("init_params", rules=BY_HAND)
class TestInitParams:
    @side_condition
    def test_shapes(self, student):
        """shapes of the four parameters"""
        params = student.init_params(3, 5, 2)
        for name, shape in {"Wh": (5, 3), "bh": (5,), "Wy": (2, 5), "by": (2,)}.items():
            expect(isinstance(params, dict) and name in params, f"params has no key {name!r}.")
            check_close(torch.as_tensor(params[name]) * 0.0, torch.zeros(shape), what=f"params[{name!r}]")

    def test_biases(self, student):
        """biases"""
        params = student.init_params(4, 7, 3)
        biases = torch.cat([params["bh"].reshape(-1), params["by"].reshape(-1)])
        expect(
            not bool(biases.any()),
            "Some biases do not start at 0.",
            "It looks like biases that are drawn as the weights are.",
            "The statement gives the start of the biases.",
            misconception="random_biases",
        )

    def test_new_weights(self, student):
        """new weights in every call"""
        one, two = (student.init_params(4, 7, 3)["Wh"] for _ in range(2))
        expect(
            not torch.equal(one, two),
            "Two calls give the same weights.",
            "It looks like a seed that is set inside the function.",
            "The notebook sets the seed before it calls: what do five runs with five seeds show then?",
            misconception="seed_set_inside" if one.std() > 0 else None,
        )

    @pytest.mark.parametrize("name", ["Wh", "Wy"])
    def test_distribution(self, student, name):
        """distribution of the weights"""
        weights = student.init_params(400, 300, 250)[name].double()
        deviation, mean = float(weights.std()), float(weights.mean())
        inside = float((weights.abs() < 0.3).double().mean())
        for tag, seen, looks_like in (
            (
                "zero_weights" if not weights.any() else "constant_weights",
                deviation < 1e-6,
                "all weights being equal",
            ),
            ("uniform_weights", weights.min() >= 0, "numbers between 0 and a bound (torch.rand)"),
            (
                "weights_not_scaled",
                abs(deviation - 1) < 0.03,
                "a standard normal distribution that is not scaled",
            ),
            (
                "variance_for_deviation",
                abs(deviation - 0.09) < 0.003,
                "the variance in the place of the deviation",
            ),
            (
                "deviation_for_variance",
                abs(deviation - 0.3**0.5) < 0.02,
                "the deviation in the place of the variance",
            ),
            (
                "centred_uniform_weights",
                abs(deviation - 0.3) < 0.01 and abs(inside - 0.577) < 0.02,
                "a uniform distribution",
            ),
        ):
            expect(
                not bool(seen),
                f"The weights have mean {mean:.2f} and standard deviation {deviation:.2f}.",
                f"It looks like {looks_like}.",
                "Compare with the distribution in the statement.",
                misconception=tag,
            )
        check_close(deviation, 0.3, rtol=0.02, what=f"the standard deviation of {name}")
        check_close(mean, 0.0, atol=0.01, what=f"the mean of {name}")
        check_close(inside, 0.683, atol=0.02, what="the share of the weights within one standard deviation")


@exercise("forward", rules=BY_HAND)
class TestForward:
    @pytest.mark.parametrize("step", ["htilde", "h", "ytilde", "yhat"])
    def test_steps(self, student, reference, rng, step):
        """a step of the pass, in batches of 5, 1 and 4"""
        for n_batch in (5, 1, 4):
            params, (X, _) = net.draw_params(rng, 3, 4, 2), net.draw_batch(rng, n_batch, 3, 2)
            _, outputs = student.forward(params, X)
            sizes = {"the batch size": n_batch, "the number of classes": 2}
            expected = {step: reference.forward(params, X)[1][step]}
            check_close(outputs, expected, what="outputs", sizes=sizes, rtol=NEAR)

    def test_five_classes(self, student, reference, rng):
        """probabilities of five classes, and the inputs kept for the backward pass"""
        params, (X, _) = net.draw_params(rng, 2, 3, 5), net.draw_batch(rng, 6, 2, 5)
        yhat, outputs = student.forward(params, X)
        expected, steps = reference.forward(params, X)
        sizes = {"the batch size": 6, "the number of classes": 5}
        check_close(yhat, expected, what="yhat", sizes=sizes, rtol=NEAR)
        check_close(outputs, {"X": steps["X"], "yhat": expected}, what="outputs", rtol=NEAR)

    @pytest.mark.parametrize("logit", [1000.0, -1000.0])
    def test_large_logits(self, student, reference, rng, logit):
        """large logits"""
        params, (X, _) = net.draw_params(rng, 3, 4, 2), net.draw_batch(rng, 5, 3, 2)
        params["by"] += logit
        check_close(
            student.forward(params, X)[0],
            reference.forward(params, X)[0],
            what="yhat for large logits",
            rtol=NEAR_LARGE,
        )

    def test_rows_of_all_sizes(self, student, reference, rng):
        """large and small logits in one batch"""
        params, (X, _) = net.draw_params(rng, 2, 4, 3), net.draw_batch(rng, 5, 2, 3)
        params["Wy"] *= torch.tensor([[900.0], [500.0], [700.0]])
        yhat = student.forward(params, X)[0]
        check_close(yhat, reference.forward(params, X)[0], what="yhat for large and small logits", rtol=NEAR)

    def test_inputs_stay(self, student, rng):
        """the arguments stay as they are"""
        params, (X, _) = net.draw_params(rng, 3, 4, 2), net.draw_batch(rng, 5, 3, 2)
        before, X_before = clone(params), X.clone()
        yhat, _ = student.forward.inplace(params, X)
        check_form(yhat, torch.zeros(5, 2), what="yhat")
        expect(
            same(before, params) and torch.equal(X, X_before),
            "X or a parameter was changed by the forward pass.",
            "It looks like an operation in place (+=, *=, or a name that ends with _).",
            "Which of your tensors is the argument itself?",
            misconception="inputs_changed",
        )


@exercise("loss_accuracy", rules=BY_HAND)
class TestLossAccuracy:
    @pytest.mark.parametrize(("n_batch", "ny"), [(6, 5), (1, 3), (7, 2)])
    def test_loss(self, student, reference, rng, n_batch, ny):
        """the loss"""
        Yhat, Y = self.predictions(rng, n_batch, ny)
        L, _ = student.loss_accuracy(Yhat, Y)
        sizes = {"the batch size": n_batch, "the number of classes": ny}
        check_close(L, reference.loss_accuracy(Yhat, Y)[0], what="the loss", sizes=sizes, rtol=NEAR_LOSS)

    @pytest.mark.parametrize(("n_batch", "ny"), [(8, 5), (9, 3), (7, 2)])
    def test_accuracy(self, student, reference, rng, n_batch, ny):
        """the accuracy"""
        Yhat, Y = self.predictions(rng, n_batch, ny)
        Yhat[0] = Y[0] * 0.9 + 0.1 / ny  # one at least is right, one at least is wrong
        Yhat[1] = Y[1].roll(1) * 0.9 + 0.1 / ny
        _, acc = student.loss_accuracy(Yhat, Y)
        sizes = {"the batch size": n_batch, "the number of classes": ny}
        check_close(acc, reference.loss_accuracy(Yhat, Y)[1], what="the accuracy", sizes=sizes, rtol=1e-6)

    def test_confident(self, student, reference, rng):
        """confident predictions, right and wrong"""
        Yhat = torch.tensor(
            [[0.998, 0.001, 0.001], [0.001, 0.001, 0.998], [0.2, 0.799, 0.001], [0.9, 0.05, 0.05]]
        )
        Yhat, Y = Yhat.double(), torch.eye(3, dtype=torch.float64)[torch.tensor([0, 0, 1, 2])]
        got, expected = student.loss_accuracy(Yhat, Y), reference.loss_accuracy(Yhat, Y)
        check_close(
            got[0],
            expected[0],
            what="the loss",
            rtol=NEAR_LOSS,
            sizes={"the batch size": 4, "the number of classes": 3},
        )

    @side_condition
    def test_inputs_stay(self, student, rng):
        """the arguments stay as they are"""
        Yhat, Y = self.predictions(rng, 6, 3)
        before = Yhat.clone(), Y.clone()
        student.loss_accuracy.inplace(Yhat, Y)
        expect(
            torch.equal(Yhat, before[0]) and torch.equal(Y, before[1]),
            "Yhat or Y was changed by loss_accuracy.",
            "It looks like an operation in place (+=, or a name that ends with _).",
            "What does the notebook find in its predictions afterwards?",
            misconception="predictions_changed",
        )

    def predictions(self, rng, n_batch, ny):
        Yhat = torch.randn(n_batch, ny, generator=rng, dtype=torch.float64).softmax(1)
        return Yhat, net.draw_batch(rng, n_batch, 1, ny)[1]


@exercise("backward", rules=BY_HAND, uses=("forward",))
class TestBackward:
    @pytest.mark.parametrize("layer", ["output", "hidden"])
    def test_gradients(self, student, reference, rng, layer):
        """gradients of a layer, in batches of 7, 1 and 4"""
        for n_batch in (7, 1, 4):
            params, (X, Y) = net.draw_params(rng, 2, 4, 3), net.draw_batch(rng, n_batch, 2, 3)
            outputs = reference.forward(params, X)[1]
            expected = reference.backward(params, outputs, Y)
            got = flat_biases(student.backward(params, outputs, Y))
            keys = ("Wy", "by") if layer == "output" else ("Wh", "bh")
            sizes = {"the batch size": n_batch, "the number of classes": 3}
            check_close(got, {k: expected[k] for k in keys}, what="grads", rtol=NEAR, sizes=sizes)

    def test_five_classes(self, student, reference, rng):
        """gradients for five classes"""
        params, (X, Y) = net.draw_params(rng, 2, 3, 5), net.draw_batch(rng, 7, 2, 5)
        outputs = reference.forward(params, X)[1]
        got = flat_biases(student.backward(params, outputs, Y))
        sizes = {"the batch size": 7, "the number of classes": 5}
        check_close(got, reference.backward(params, outputs, Y), what="grads", rtol=NEAR, sizes=sizes)

    def test_stacked_twice(self, student, reference, rng):
        """a batch stacked twice has the same gradients"""
        params, (X, Y) = net.draw_params(rng, 3, 5, 4), net.draw_batch(rng, 6, 3, 4)
        outputs = reference.forward(params, torch.cat([X, X]))[1]
        got = flat_biases(student.backward(params, outputs, torch.cat([Y, Y])))
        expected = reference.backward(params, reference.forward(params, X)[1], Y)
        check_close(
            got, expected, what="grads", rtol=NEAR, sizes={"the batch size": 12, "the number of classes": 4}
        )

    def test_inputs_stay(self, student, reference, rng):
        """the arguments stay as they are"""
        params, (X, Y) = net.draw_params(rng, 3, 4, 2), net.draw_batch(rng, 5, 3, 2)
        outputs = reference.forward(params, X)[1]
        before = {**clone(params), **clone(outputs), "Y": Y.clone()}
        got = student.backward.inplace(params, outputs, Y)
        check_form(flat_biases(got), before, what="grads", keys=params)
        expect(
            same(before, {**params, **outputs, "Y": Y}),
            "params, outputs or Y was changed by the backward pass.",
            "It looks like an operation in place (+=, -=, or a name that ends with _).",
            "Which of your tensors is the argument itself?",
            misconception="outputs_changed",
        )


def flat_biases(grads):
    """Gradients with those of the biases as (n,): (1, n) and (n, 1) hold the same numbers."""
    if not isinstance(grads, dict):
        return grads
    flat = dict(grads)
    for name in ("bh", "by"):
        value = grads.get(name)
        if isinstance(value, torch.Tensor) and value.ndim == 2 and 1 in value.shape:
            flat[name] = value.reshape(-1)
    return flat


def draw_grads(rng, nx, nh, ny):
    """Large gradients, in another order than the parameters."""
    grads = net.draw_params(rng, nx, nh, ny)
    return {name: 100 * grads[name] for name in reversed(grads)}


@exercise("sgd", rules=BY_HAND)
class TestSgd:
    @pytest.mark.parametrize("eta", [0.3, 0.02])
    def test_one_step(self, student, reference, rng, eta):
        """one step"""
        params, grads = net.draw_params(rng, 3, 4, 2), draw_grads(rng, 3, 4, 2)
        expected = reference.sgd(params, grads, eta)
        got = student.sgd(params, grads, eta)
        expect(
            got is not None,
            "sgd returned None.",
            "The updated dictionary is not returned.",
            "Look at the last line of the function.",
            misconception="nothing_returned",
        )
        check_close(got, expected, what="the updated parameters")

    def test_two_steps(self, student, reference, rng):
        """two steps with different gradients"""
        params, first, second = (net.draw_params(rng, 2, 5, 3) for _ in range(3))
        expected = reference.sgd(reference.sgd(params, first, 0.1), second, 0.5)
        check_close(
            student.sgd(student.sgd(params, first, 0.1), second, 0.5), expected, what="the parameters"
        )

    def test_gradients_stay(self, student, rng):
        """the gradients stay as they are"""
        params, grads = net.draw_params(rng, 3, 4, 2), net.draw_params(rng, 3, 4, 2)
        before, start = clone(grads), clone(params)
        check_form(student.sgd.inplace(params, grads, 0.7), start, what="the updated parameters", keys=start)
        expect(
            same(before, grads),
            "The gradients were changed by sgd.",
            "It looks like an operation in place on grads.",
            "Which tensors may the step change?",
            misconception="gradients_changed",
        )


@exercise("train", rules=BY_HAND, uses=("forward", "loss_accuracy", "backward", "sgd"))
class TestTrain(TrainChecks):
    @pytest.fixture(autouse=True)
    def lend_sgd(self, student, reference):
        """A step like the notebook's own: who has one in place may use it so, who has not must keep what it returns."""
        if "sgd" not in student.lent:
            return
        student.define(MAY_STEP_IN_PLACE)
        in_place = student.may_step_in_place() is not False

        def sgd(params, grads, eta):
            new = reference.sgd(params, grads, eta)
            if not in_place:
                return new
            for name, value in new.items():
                params[name].copy_(value)
            return params

        student.lend(sgd=sgd)

    def test_curves(self, student, rng):
        """four lists with one number per epoch"""
        self.check_lengths(student, net.draw_problem(rng, n=3, n_test=4))

    @side_condition
    def test_sets_stay(self, student, rng):
        """the two sets stay as they are"""
        params, *sets = net.draw_problem(rng, n=6, n_test=4)
        before = [values.clone() for values in sets]
        student.train.inplace(params, *sets, 0.2, 4, 2, 0)
        expect(
            all(map(torch.equal, before, sets)),
            "The training or the test set was changed by train.",
            "It looks like a shuffle in place.",
            "In which order are the examples when the notebook trains the next network?",
            misconception="sets_shuffled_in_place",
        )
