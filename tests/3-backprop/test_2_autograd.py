"""Hidden checks of the network with autograd: what is a leaf, what is reset, what a training leaves."""

import pytest
import torch

from grader.checks import check_close, exercise, expect, side_condition
from grader.checks import classifier as net
from grader.checks.training import TrainChecks

KEYS = ("Wh", "bh", "Wy", "by")

# Runs beside the student's functions: what is a leaf is seen only where the tensors are.
PROBE = """
def probe_state(params):
    return {
        key: {
            "value": value.detach().clone(),
            "leaf": bool(value.is_leaf),
            "requires_grad": bool(value.requires_grad),
            "grad": value.grad.clone() if value.is_leaf and value.grad is not None else None,
        }
        for key, value in params.items()
    }

def probe_init(nx, nh, ny):
    return probe_state(init_params(nx, nh, ny))

def probe_steps(params, slopes, eta, n_steps):
    params = {key: value.clone().requires_grad_(True) for key, value in params.items()}
    for _ in range(n_steps):
        sum((params[key] * slopes[key]).sum() for key in slopes).backward()
        sgd(params, eta)
    return probe_state(params)
"""

PARAMETERS = """
def checks_parameters(nx, nh, ny):
    params = init_params(nx, nh, ny)
    return dict(params.items()) if hasattr(params, "items") else params
"""

# Whatever differentiates backwards comes to this engine, under whichever name it was imported.
BACKWARD_PASSES = """
def checks_backward_passes(params, *others):
    import torch

    class Counted:
        passes = 0

        def run_backward(self, *args, **kwargs):
            self.passes += 1
            return engine.run_backward(*args, **kwargs)

        def __getattr__(self, name):
            return getattr(engine, name)

    engine, counted = torch.autograd.Variable._execution_engine, Counted()
    torch.autograd.Variable._execution_engine = counted
    try:
        train(params, *others)
    finally:
        torch.autograd.Variable._execution_engine = engine
    return counted.passes
"""


def leaves(params):
    return {key: value.clone().requires_grad_(True) for key, value in params.items()}


@exercise("init_params")
class TestInitParams:
    @side_condition
    def test_shapes(self, student):
        """shapes of the four parameters"""
        student.define(PARAMETERS)
        params = student.checks_parameters(3, 5, 2)
        for name, shape in {"Wh": (5, 3), "bh": (5,), "Wy": (2, 5), "by": (2,)}.items():
            expect(isinstance(params, dict) and name in params, f"params has no key {name!r}.")
            check_close(
                torch.as_tensor(params[name]).detach() * 0.0, torch.zeros(shape), what=f"params[{name!r}]"
            )

    @pytest.mark.parametrize("kind", ["weights", "biases"])
    def test_leaves(self, student, kind):
        """leaves that require gradients"""
        student.define(PROBE)
        state = student.probe_init(4, 7, 3)
        for key in ("Wh", "Wy") if kind == "weights" else ("bh", "by"):
            seen = state[key]
            expect(
                seen["requires_grad"],
                f"params[{key!r}] does not require gradients.",
                "It is a plain tensor: nothing computed from it is recorded.",
                "Which attribute tells autograd that a tensor is a parameter?",
            )
            expect(
                seen["leaf"],
                f"params[{key!r}] is not a leaf.",
                "It is computed from a tensor that requires gradients, so its own .grad stays None.",
                "In which order are the numbers scaled and the gradients asked for?",
                misconception="not_a_leaf",
            )

    def test_new_weights(self, student):
        """new weights in every call"""
        one, two = (student.init_params(4, 7, 3)["Wh"].detach() for _ in range(2))
        expect(
            not torch.equal(one, two),
            "Two calls give the same weights.",
            "It looks like a seed that is set inside the function, or like weights that are not drawn.",
            "Who sets the seed, and what do five runs with five seeds show then?",
            misconception="seed_set_inside" if one.std() > 0 else None,
        )

    def test_distribution(self, student):
        """distribution of the weights, biases at 0"""
        params = student.init_params(400, 300, 250)
        for name in ("Wh", "Wy"):
            weights = params[name].detach().double()
            check_close(float(weights.std()), 0.3, rtol=0.02, what=f"the standard deviation of {name}")
            check_close(float(weights.mean()), 0.0, atol=0.01, what=f"the mean of {name}")
            inside = float((weights.abs() < 0.3).double().mean())
            check_close(
                inside, 0.683, atol=0.02, what="the share of the weights within one standard deviation"
            )
        biases = torch.cat([params["bh"].reshape(-1), params["by"].reshape(-1)])
        expect(
            not bool(biases.any()), "Some biases do not start at 0.", "", "The statement gives their start."
        )


@exercise("sgd")
class TestSgd:
    def run(self, student, rng, eta, n_steps):
        """State of the parameters after steps with constant gradients, and where they should be."""
        student.define(PROBE)
        params = net.draw_params(rng, 3, 4, 2)
        slopes = {key: 100 * slope for key, slope in net.draw_params(rng, 3, 4, 2).items()}
        state = student.probe_steps(params, slopes, eta, n_steps)
        return state, {key: params[key] - n_steps * eta * slopes[key] for key in KEYS}

    @pytest.mark.parametrize("eta", [0.3, 0.02])
    def test_one_step(self, student, rng, eta):
        """values after one step"""
        state, expected = self.run(student, rng, eta, 1)
        check_close({key: state[key]["value"] for key in KEYS}, expected, what="params")

    def test_three_steps(self, student, rng):
        """values after three steps, each with a backward pass of its own"""
        state, expected = self.run(student, rng, 0.1, 3)
        check_close({key: state[key]["value"] for key in KEYS}, expected, what="params")

    def test_leaves(self, student, rng):
        """leaves that require gradients after a step"""
        state, expected = self.run(student, rng, 0.1, 1)
        for key in KEYS:
            moved = (state[key]["value"] - expected[key]).abs().max() < 0.05 * expected[key].abs().max()
            expect(bool(moved), f"params[{key!r}] did not take the step.", "", "Where does the new value go?")
            expect(
                state[key]["requires_grad"] and state[key]["leaf"],
                f"After a step params[{key!r}] is {'' if state[key]['leaf'] else 'not '}a leaf and "
                f"{'requires' if state[key]['requires_grad'] else 'does not require'} gradients.",
                "The dictionary holds a tensor that was computed in the step.",
                "Change the tensor that is there, or make the new one a parameter again.",
            )

    def test_gradients_reset(self, student, rng):
        """gradients after a step"""
        state, _ = self.run(student, rng, 0.1, 1)
        left = [key for key in KEYS if state[key]["grad"] is not None and bool(state[key]["grad"].any())]
        expect(
            not left,
            f"After a step the gradient of {', '.join(left)} is still there.",
            "The next backward pass will add to it.",
            "When is a gradient used for the last time?",
        )


@exercise("train", uses=("forward", "loss_accuracy", "sgd"))
class TestTrain(TrainChecks):
    def train(self, student, problem, *settings):
        return student.train(leaves(problem[0]), *problem[1:], *settings)

    def test_autograd(self, student, rng):
        """gradients that come from autograd"""
        params, *others = net.draw_problem(rng, n=5, n_test=4)
        student.define(BACKWARD_PASSES)
        passes = student.checks_backward_passes(leaves(params), *others, 0.2, 3, 2, 0)
        expect(
            passes > 0,
            "In a whole training there is no backward pass of autograd.",
            "It looks like the gradients of part 1, by hand.",
            "Which call fills the .grad of the parameters?",
            misconception="gradients_by_hand",
        )
