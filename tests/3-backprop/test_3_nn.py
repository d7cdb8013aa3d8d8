"""Hidden checks of the network with torch.nn: judged by what models compute, not by how they are built."""

import itertools

import pytest
import torch

from grader.checks import check_close, exercise, expect
from grader.checks import classifier as net
from grader.checks.training import TrainChecks

# Runs beside the student's functions, where the models are. Parameters are found by their shapes.
PROBE = '''
def checks_put(model, params):
    model = model.double()
    with torch.no_grad():
        for parameter in model.parameters():
            for value in params.values():
                if value.shape == parameter.shape:
                    parameter.copy_(value)
    return model

def checks_take(model, shapes, grads=False):
    found = {}
    for parameter in model.parameters():
        for key, shape in shapes.items():
            if list(parameter.shape) == list(shape):
                found[key] = parameter.grad if grads else parameter.detach().clone()
    return found

def checks_apply_loss(loss, Yhat, Y):
    """One-hot targets or class numbers: whichever the loss takes."""
    try:
        return loss(Yhat, Y)
    except (RuntimeError, TypeError, IndexError, ValueError):
        return loss(Yhat, Y.argmax(1))

def probe_shapes(nx, nh, ny):
    return [list(parameter.shape) for parameter in init_model(nx, nh, ny)[0].parameters()]

def probe_outputs(params, X):
    model, _ = init_model(*(params["Wh"].shape[::-1]), params["Wy"].shape[0])
    return checks_put(model, params)(X).detach()

def probe_loss(params, X, Y):
    model, loss = init_model(*(params["Wh"].shape[::-1]), params["Wy"].shape[0])
    L = checks_apply_loss(loss, checks_put(model, params)(X), Y)
    L.backward()
    return L.detach(), checks_take(model, {key: value.shape for key, value in params.items()}, grads=True)

def probe_loss_accuracy(Yhat, Y, factor):
    class Loss(torch.nn.CrossEntropyLoss):
        def forward(self, input, target):
            return factor * super().forward(input, target)
    Yhat = Yhat.clone().requires_grad_(True)
    L, acc = loss_accuracy(Loss(), Yhat, Y)
    if isinstance(L, torch.Tensor) and L.requires_grad:
        L.backward()
        return L.detach(), acc, Yhat.grad
    return L, acc, None

def probe_sgd(sizes, slopes, eta, n_steps):
    model = torch.nn.Sequential(*(torch.nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))).double()
    start = [parameter.detach().clone() for parameter in model.parameters()]
    for _ in range(n_steps):
        sum((parameter * slope).sum() for parameter, slope in zip(model.parameters(), slopes)).backward()
        sgd(model, eta)
    moves = [parameter.detach() - old for parameter, old in zip(model.parameters(), start)]
    left = [parameter.grad is not None and bool(parameter.grad.any()) for parameter in model.parameters()]
    return moves, left

def probe_train(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    nh, nx = params["Wh"].shape
    ny = params["Wy"].shape[0]
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    loss = torch.nn.CrossEntropyLoss()
    model, curves = train(checks_put(model, params), loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed)
    shapes = {key: value.shape for key, value in params.items()}
    return checks_take(model, shapes), curves
'''

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

    @pytest.mark.parametrize(("nx", "nh", "ny"), [(3, 5, 2), (2, 10, 4)])
    def test_parameters(self, student, nx, nh, ny):
        """weights and biases of two layers"""
        shapes = student.probe_shapes(nx, nh, ny)
        check_close(
            sorted(shapes),
            sorted([[nh, nx], [nh], [ny, nh], [ny]]),
            what="the sorted shapes of the parameters",
        )

    def test_outputs(self, student, rng):
        """outputs of a model with given weights"""
        params, (X, _) = net.draw_params(rng, 3, 5, 2), net.draw_batch(rng, 6, 3, 2)
        output = student.probe_outputs(params, X)
        expect(
            isinstance(output, torch.Tensor) and output.shape == (6, 2),
            f"The output for a batch of 6 examples has shape {tuple(getattr(output, 'shape', ()))}.",
            "One row of logits for each example is expected: (6, 2).",
        )
        sums = output.sum(dim=1)
        expect(
            not (bool((output >= 0).all()) and bool((sums - 1).abs().max() < 1e-6)),
            "The rows of the model's output sum to 1.",
            "The model ends with a softmax, and the loss will take another one.",
            "Models return logits.",
            misconception="softmax_in_the_model",
        )
        expected = net.outputs_of(params, X)[1]
        check_close(torch.softmax(output, dim=1), expected, what="the softmax of the outputs")

    @pytest.mark.parametrize("ny", [2, 4])
    def test_loss(self, student, rng, ny):
        """the loss of a batch"""
        params, (X, Y) = net.draw_params(rng, 3, 5, ny), net.draw_batch(rng, 7, 3, ny)
        L, _ = student.probe_loss(params, X, Y)
        sizes = {"the batch size": 7, "the number of classes": ny}
        check_close(L, net.cross_entropy(params, X, Y), what="the loss", sizes=sizes)

    def test_gradients(self, student, rng):
        """the gradients, equal to those by hand on the same weights"""
        params, (X, Y) = net.draw_params(rng, 3, 5, 4), net.draw_batch(rng, 7, 3, 4)
        _, grads = student.probe_loss(params, X, Y)
        sizes = {"the batch size": 7, "the number of classes": 4}
        check_close(grads, net.gradients(params, X, Y), what="the gradients", sizes=sizes)

    def test_large_logits(self, student, rng):
        """the loss of large logits"""
        params, (X, Y) = net.draw_params(rng, 3, 5, 2), net.draw_batch(rng, 4, 3, 2)
        params["by"] = torch.tensor([900.0, 0.0], dtype=torch.float64)
        L, _ = student.probe_loss(params, X, Y)
        h, _ = net.outputs_of(params, X)
        logits = h @ params["Wy"].T + params["by"]
        check_close(L, torch.nn.functional.cross_entropy(logits, Y), what="the loss of large logits")

    def test_own_start(self, student):
        """initial weights: those of the layers, new ones in every call"""
        student.define(FRESH)
        one, two, same = student.checks_fresh(100, 300, 200)
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


@exercise("loss_accuracy")
class TestLossAccuracy:
    @pytest.fixture(autouse=True)
    def probe(self, student):
        student.define("import torch\n" + PROBE)

    @pytest.mark.parametrize(("n_batch", "ny"), [(6, 5), (1, 3), (7, 2)])
    def test_loss(self, student, rng, n_batch, ny):
        """the loss"""
        Yhat, Y = self.logits(rng, n_batch, ny)
        L, _, _ = student.probe_loss_accuracy(Yhat, Y, 1.0)
        sizes = {"the batch size": n_batch, "the number of classes": ny}
        check_close(L, torch.nn.functional.cross_entropy(Yhat, Y), what="the loss", sizes=sizes)

    @pytest.mark.parametrize(("n_batch", "ny"), [(8, 5), (9, 3), (7, 2)])
    def test_accuracy(self, student, rng, n_batch, ny):
        """the accuracy"""
        Yhat, Y = self.logits(rng, n_batch, ny)
        Yhat[0] = 3 * Y[0]  # one at least is right, one at least is wrong
        Yhat[1] = 3 * Y[1].roll(1)
        _, acc, _ = student.probe_loss_accuracy(Yhat, Y, 1.0)
        expected = (Yhat.argmax(1) == Y.argmax(1)).double().mean()
        sizes = {"the batch size": n_batch, "the number of classes": ny}
        check_close(acc, expected, what="the accuracy", sizes=sizes, rtol=1e-6)

    def test_differentiable(self, student, rng):
        """the loss can be differentiated"""
        Yhat, Y = self.logits(rng, 5, 3)
        _, _, grad = student.probe_loss_accuracy(Yhat, Y, 1.0)
        expect(
            grad is not None,
            "The loss cannot be differentiated.",
            "It is a plain number, or cut off from its graph.",
            "What does .item() or .detach() leave of a tensor?",
            misconception="loss_without_graph",
        )
        expected = (torch.softmax(Yhat, dim=1) - Y) / 5
        check_close(grad, expected, what="the gradient of the loss", sizes={"the batch size": 5})

    def test_given_loss(self, student, rng):
        """the loss object that is given is used"""
        Yhat, Y = self.logits(rng, 6, 3)
        L, _, _ = student.probe_loss_accuracy(Yhat, Y, 2.5)
        check_close(
            L, 2.5 * torch.nn.functional.cross_entropy(Yhat, Y), what="the loss with another loss object"
        )

    def logits(self, rng, n_batch, ny):
        return torch.randn(n_batch, ny, generator=rng, dtype=torch.float64) * 2, net.draw_batch(
            rng, n_batch, 1, ny
        )[1]


@exercise("sgd")
class TestSgd:
    def run(self, student, rng, eta, n_steps, sizes=(3, 4, 2, 5)):
        """How far the parameters of a model moved in steps with constant gradients, and how far they should."""
        student.define("import torch\n" + PROBE)
        shapes = [shape for a, b in itertools.pairwise(sizes) for shape in ((b, a), (b,))]
        slopes = [100 * torch.randn(shape, generator=rng, dtype=torch.float64) for shape in shapes]
        moves, left = student.probe_sgd(list(sizes), slopes, eta, n_steps)
        return moves, left, [-n_steps * eta * slope for slope in slopes]

    @pytest.mark.parametrize("eta", [0.3, 0.02])
    def test_one_step(self, student, rng, eta):
        """one step of a model with three layers"""
        moves, _, expected = self.run(student, rng, eta, 1)
        check_close(moves, expected, what="the moves of the parameters")

    def test_three_steps(self, student, rng):
        """three steps, each with a backward pass of its own"""
        moves, _, expected = self.run(student, rng, 0.1, 3, sizes=(2, 6, 3))
        check_close(moves, expected, what="the moves of the parameters")

    def test_gradients_reset(self, student, rng):
        """gradients after a step"""
        _, left, _ = self.run(student, rng, 0.1, 1)
        expect(
            not any(left),
            f"After a step {sum(left)} of {len(left)} gradients are still there.",
            "The next backward pass will add to them.",
            "When is a gradient used for the last time?",
        )


@exercise("train", uses=("loss_accuracy", "sgd"))
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
