"""Hidden checks of the network with torch.optim."""

import pytest
import torch

from grader.checks import check_close, exercise, expect
from grader.checks import classifier as net
from grader.checks.training import TrainChecks

# Runs beside the student's functions, where the models are. Parameters are found by their shapes.
PROBE = """
def checks_put(model, params):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.data = parameter.data.double()
            for value in params.values():
                if value.shape == parameter.shape:
                    parameter.copy_(value)
    return model

def checks_take(model, shapes):
    return {
        key: parameter.detach().clone()
        for parameter in model.parameters()
        for key, shape in shapes.items()
        if list(parameter.shape) == list(shape)
    }

def checks_make(params, eta):
    nh, nx = params["Wh"].shape
    model, loss, optim = init_model(nx, nh, params["Wy"].shape[0], eta)
    return checks_put(model, params), loss, optim

def checks_shapes_of(params):
    return {key: value.shape for key, value in params.items()}

def probe_network(params, X, Y):
    model, loss, _ = checks_make(params, 0.1)
    Yhat = model(X)
    try:
        L = loss(Yhat, Y)
    except (RuntimeError, TypeError, IndexError, ValueError):
        L = loss(Yhat, Y.argmax(1))
    return Yhat.detach(), L.detach(), [list(p.shape) for p in model.parameters()]

def probe_steps(params, slopes, eta):
    model, _, optim = checks_make(params, eta)
    seen = []
    for slope in slopes:
        optim.zero_grad()
        for parameter in model.parameters():
            parameter.grad = None
        total = 0
        for parameter in model.parameters():
            for value in slope.values():
                if value.shape == parameter.shape:
                    total = total + (parameter * value).sum()
        total.backward()
        optim.step()
        seen.append(checks_take(model, checks_shapes_of(params)))
    return seen

def probe_train(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed, momentum=0.0):
    nh, nx = params["Wh"].shape
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, params["Wy"].shape[0]))
    model = checks_put(model, params)
    optim = torch.optim.SGD(model.parameters(), lr=eta, momentum=momentum)
    loss = torch.nn.CrossEntropyLoss()
    model, curves = train(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed)
    return checks_take(model, checks_shapes_of(params)), curves
"""

FRESH = """
def checks_fresh(*sizes):
    models = [init_model(*sizes)[0] for _ in range(2)]
    weights = [[p.detach().clone() for p in model.parameters() if p.ndim == 2] for model in models]
    return *weights, models[0] is models[1]
"""


@exercise("init_model")
class TestInitModel:
    @pytest.fixture(autouse=True)
    def probe(self, student):
        student.define("import torch\n" + PROBE)

    def test_network(self, student, rng):
        """the network of part 3 and its loss"""
        params, (X, Y) = net.draw_params(rng, 3, 5, 2), net.draw_batch(rng, 7, 3, 2)
        Yhat, L, shapes = student.probe_network(params, X, Y)
        check_close(sorted(shapes), [[2], [2, 5], [5], [5, 3]], what="the sorted shapes of the parameters")
        expect(
            not (bool((Yhat >= 0).all()) and bool((Yhat.sum(dim=1) - 1).abs().max() < 1e-6)),
            "The rows of the model's output sum to 1.",
            "The model ends with a softmax, and the loss will take another one.",
            "Models return logits.",
            misconception="softmax_in_the_model",
        )
        check_close(
            torch.softmax(Yhat, dim=1), net.outputs_of(params, X)[1], what="the softmax of the outputs"
        )
        sizes = {"the batch size": 7, "the number of classes": 2}
        check_close(L, net.cross_entropy(params, X, Y), what="the loss", sizes=sizes)

    @pytest.mark.parametrize("eta", [0.3, 0.02])
    def test_one_step(self, student, rng, eta):
        """one step of the optimizer"""
        params, slope = net.draw_params(rng, 3, 5, 2), net.draw_params(rng, 3, 5, 2)
        (seen,) = student.probe_steps(params, [slope], eta)
        check_close(
            seen, {k: params[k] - eta * slope[k] for k in params}, what="the parameters after one step"
        )

    def test_three_steps(self, student, rng):
        """three steps with different gradients"""
        params, slopes = net.draw_params(rng, 2, 4, 3), [net.draw_params(rng, 2, 4, 3) for _ in range(3)]
        seen = student.probe_steps(params, slopes, 0.2)
        expected = {k: params[k] - 0.2 * sum(slope[k] for slope in slopes) for k in params}
        check_close(seen[-1], expected, what="the parameters after three steps")

    def test_zero_gradient(self, student, rng):
        """a step with gradient zero moves nothing"""
        params = net.draw_params(rng, 3, 5, 2)
        (seen,) = student.probe_steps(params, [{k: 0 * v for k, v in params.items()}], 0.5)
        check_close(seen, params, what="the parameters after a step with gradient zero")

    def test_own_start(self, student):
        """initial weights: those of the layers, new ones in every call"""
        student.define(FRESH)
        one, two, same = student.checks_fresh(100, 300, 200, 0.1)
        deviations = [float(weights.std()) for weights in one]
        expect(
            min(deviations) > 1e-3,
            "All weights of a layer are equal.",
            "It looks like weights that are set to a constant.",
            "What do two hidden units with equal weights learn? Leave the layers their own weights.",
            misconception="constant_weights",
        )
        expect(
            max(deviations) < 0.5,
            f"The weights of a layer with 100 inputs or more have a standard deviation of {max(deviations):.2g}.",
            "It looks like weights that are drawn anew, and far too large.",
            "Leave the layers their own weights.",
            misconception="weights_too_large",
        )
        expect(
            not any(map(torch.equal, one, two)),
            "Two calls give the same weights.",
            "It looks like a seed that is set inside the function, or like a model that is made once.",
            "What does each call make anew, and who sets the seed?",
            misconception="model_made_once" if same else "seed_set_inside",
        )


@exercise("train", uses=("loss_accuracy",))
class TestTrain(TrainChecks):
    @pytest.fixture(autouse=True)
    def lend(self, student):
        """The loss is the one that the probe gives; its own graph goes through the boundary."""
        student.define("import torch\n" + PROBE)
        if "loss_accuracy" not in student.lent:
            return

        def loss_accuracy(loss, Yhat, Y):
            acc = (Yhat.argmax(dim=1) == Y.argmax(dim=1)).double().mean()
            return torch.nn.functional.cross_entropy(Yhat, Y), acc

        student.lend(loss_accuracy=loss_accuracy)

    def train(self, student, problem, *settings):
        return student.probe_train(*problem, *settings)

    def test_given_optimizer(self, student, rng):
        """steps of the optimizer that is given, one with momentum, along large gradients"""
        params, X, Y, *test = net.draw_problem(rng, n=5, n_test=4)
        X, now = 100 * X, {**params, "Wh": params["Wh"] / 100}
        got, _ = student.probe_train(now, X, Y, *test, 1e-4, 5, 3, 1, momentum=0.5)
        moves = dict.fromkeys(now, 0.0)
        for _ in range(3):
            grads = net.gradients(now, X, Y)
            moves = {name: 0.5 * moves[name] - 1e-4 * grads[name] for name in now}
            now = {name: now[name] + moves[name] for name in now}
        check_close(got, now, what="the trained parameters")
