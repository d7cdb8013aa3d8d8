"""Hidden checks of the step from circles to digits: what is built, what an epoch visits, what is measured."""

import math
from typing import Any

import pytest
import torch

from grader.checks import check_close, exercise, expect, note_chance

BUILD = '''
import torch as checks_torch


def checks_model(weights, X):
    """The outputs for X of a fresh model whose parameters were set by their shapes."""
    nh, nx = weights["Wh"].shape
    model, _, _ = init_model(nx, nh, len(weights["by"]), 0.1)
    checks_set(model, weights)
    return model(X).detach()


def checks_set(model, weights):
    """Give the parameters of a model the values of `weights`, told apart by their shapes."""
    values = {tuple(value.shape): value for value in weights.values()}
    with checks_torch.no_grad():
        for p in model.parameters():
            if tuple(p.shape) not in values:
                raise ValueError(f"the model has a parameter of shape {tuple(p.shape)}")
            p.data = values[tuple(p.shape)].clone()


def checks_shapes(nx, nh, ny):
    """The shapes of the parameters of a fresh model."""
    return sorted(tuple(p.shape) for p in init_model(nx, nh, ny, 0.1)[0].parameters())


def checks_loss(weights, X, Y):
    """The loss that comes with the model, of the model's own outputs."""
    nh, nx = weights["Wh"].shape
    model, loss, _ = init_model(nx, nh, len(weights["by"]), 0.1)
    checks_set(model, weights)
    return float(checks_torch.as_tensor(loss(model(X), Y)).detach())


def checks_steps(weights, gradients, eta):
    """The parameters after each step of the optimizer, when the given gradients arrive."""
    nh, nx = weights["Wh"].shape
    model, _, optim = init_model(nx, nh, len(weights["by"]), eta)
    checks_set(model, weights)
    names = {tuple(value.shape): name for name, value in weights.items()}
    places = []
    for step in gradients:
        optim.zero_grad()
        for p in model.parameters():
            p.grad = step[names[tuple(p.shape)]].clone()
        optim.step()
        places.append({names[tuple(p.shape)]: p.detach().clone() for p in model.parameters()})
    return places


def checks_fresh(nx, nh, ny):
    """The first weights of two models made one after the other, and whether they share anything."""
    one, two = (init_model(nx, nh, ny, 0.1)[0] for _ in range(2))
    shared = any(p is q for p in one.parameters() for q in two.parameters())
    matrices = [p.detach() for p in one.parameters() if p.ndim == 2]
    return matrices, [p.detach() for p in two.parameters() if p.ndim == 2], shared
'''


def network(nx: int = 3, nh: int = 4, ny: int = 2, seed: int = 0) -> dict[str, torch.Tensor]:
    """Parameters in float64, biases not zero."""
    generator = torch.Generator().manual_seed(seed)
    shapes = {"Wh": (nh, nx), "bh": (nh,), "Wy": (ny, nh), "by": (ny,)}
    return {
        name: torch.randn(shape, generator=generator, dtype=torch.float64) for name, shape in shapes.items()
    }


def logits(weights: dict[str, torch.Tensor], X: torch.Tensor) -> torch.Tensor:
    """What the network gives."""
    return torch.tanh(X @ weights["Wh"].T + weights["bh"]) @ weights["Wy"].T + weights["by"]


def examples(n: int, nx: int, ny: int, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """X (n, nx) and uneven one-hot Y (n, ny), float64."""
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(n, nx, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, ny, (n,), generator=generator)
    labels[: min(n, 2)] = 0
    return X, torch.eye(ny, dtype=torch.float64)[labels]


@exercise("init_model")
class TestInitModel:
    @pytest.mark.parametrize(("nx", "nh", "ny"), [(3, 4, 2), (7, 5, 6)])
    def test_shapes(self, student, nx, nh, ny):
        """the parameters of both layers"""
        student.define(BUILD)
        got = student.checks_shapes(nx, nh, ny)
        wanted = sorted([(nh, nx), (nh,), (ny, nh), (ny,)])
        expect(
            got == wanted,
            f"A model {nx}-{nh}-{ny} has parameters of the shapes {got}.",
            "It looks like sizes in the wrong places, missing biases or other layers.",
            "Two layers: what goes in, what comes out?",
        )

    @pytest.mark.parametrize(("nx", "nh", "ny", "n"), [(3, 4, 2, 5), (6, 3, 5, 4), (2, 7, 3, 1)])
    def test_outputs(self, student, nx, nh, ny, n):
        """the outputs for given weights"""
        student.define(BUILD)
        weights, (X, _) = network(nx, nh, ny), examples(n, nx, ny)
        got = student.checks_model(weights, X)
        expect(
            tuple(got.shape) == (n, ny),
            f"{n} examples give outputs of shape {tuple(got.shape)}.",
            f"{n} rows of {ny} logits are expected.",
            "Print the shapes.",
        )
        sums = got.sum(1)
        expect(
            not (bool((got >= 0).all()) and bool((sums - 1).abs().max() < 1e-6)),
            "Every row of the model's output sums to one.",
            "It looks like a softmax at the end of the model: the loss applies one as well.",
            "The model gives logits.",
            misconception="softmax_at_the_end",
        )
        check_close(
            torch.log_softmax(got, 1),
            torch.log_softmax(logits(weights, X), 1),
            what="the logits, up to a constant",
        )

    @pytest.mark.parametrize("n", [5, 1, 4])
    def test_loss(self, student, n):
        """the loss is the mean cross-entropy of the model's outputs"""
        student.define(BUILD)
        weights, (X, Y) = network(3, 6, 4), examples(n, 3, 4)
        wanted = -(Y * torch.log_softmax(logits(weights, X), 1)).sum(1).mean()
        got = student.checks_loss(weights, X, Y)
        check_close(
            got, float(wanted), what="the loss", sizes={"the batch size": n, "the number of classes": 4}
        )

    @pytest.mark.parametrize("eta", [0.3, 0.02])
    def test_optimizer(self, student, eta):
        """the optimizer: plain descent with the rate eta, over all parameters"""
        student.define(BUILD)
        weights = network()
        gradients = [network(seed=k) for k in (5, 6, 7)]
        wanted, now = [], weights
        for step in gradients:
            now = {name: now[name] - eta * step[name] for name in now}
            wanted.append(now)
        for k, (got, right) in enumerate(
            zip(student.checks_steps(weights, gradients, eta), wanted, strict=True)
        ):
            check_close(got, right, what=f"the parameters after step {k + 1}")

    def test_fresh(self, student):
        """every call makes a new model with random weights"""
        student.define(BUILD)
        one, two, shared = student.checks_fresh(5, 8, 3)
        expect(
            not shared and not any(torch.equal(a, b) for a, b in zip(one, two, strict=True)),
            "Two calls give the same weights.",
            "It looks like a model that is made once, or like constant initial weights.",
            "What does each call make anew?",
        )
        expect(
            all(float(a.std()) > 1e-3 and torch.linalg.matrix_rank(a) > 1 for a in one),
            "All hidden units start with the same weights.",
            "It looks like constant initial weights: the units would stay equal for ever.",
            "Leave the layers their own initial weights.",
        )


EPOCH = '''
import torch as checks_torch


class ChecksLinear(checks_torch.nn.Module):
    """A linear model that notes which rows it sees (column 0 of X is the row's number)."""

    def __init__(self, W, b):
        super().__init__()
        self.W, self.b = checks_torch.nn.Parameter(W.clone()), checks_torch.nn.Parameter(b.clone())
        self.rows = []

    def forward(self, X):
        self.rows.append([int(v) for v in X[:, 0]])
        return X[:, 1:] @ self.W.T + self.b


class ChecksLoss:
    """Mean cross-entropy that notes of which rows (each row has a class of its own)."""

    def __init__(self):
        self.rows = []

    def __call__(self, input, target):
        self.rows.append([int(v) for v in (target.argmax(1) if target.ndim == 2 else target)])
        return checks_torch.nn.functional.cross_entropy(input, target)


class ChecksSGD(checks_torch.optim.SGD):
    """SGD that notes after which batch it steps."""

    def step(self, closure=None):
        result = super().step(closure)
        self.seen.append((self.model.rows[-1], self.loss.rows[-1]))
        return result


def checks_epochs(W, b, X, Y, batch_size, eta, n_epochs):
    """The rows at each step, by inputs and by targets, the weights at the end, and whether the data were kept."""
    model, loss, before = ChecksLinear(W, b), ChecksLoss(), (X.clone(), Y.clone())
    optim = ChecksSGD(model.parameters(), lr=eta)
    optim.model, optim.loss, optim.seen = model, loss, []
    ends = []
    for _ in range(n_epochs):
        train_epoch(model, loss, optim, X, Y, batch_size)
        ends.append(len(optim.seen))
    kept = checks_torch.equal(before[0], X) and checks_torch.equal(before[1], Y)
    return [list(pair) for pair in optim.seen], ends, model.W.detach(), model.b.detach(), kept
'''


class Epochs:
    """Some epochs of the student's on n rows, each with a class of its own; the epochs by their rows."""

    def __init__(self, student: Any, n: int, batch_size: int, n_epochs: int = 3, eta: float = 0.2) -> None:
        student.define(EPOCH)
        generator = torch.Generator().manual_seed(n)
        self.W = torch.randn(n, 2, generator=generator, dtype=torch.float64)
        self.b = torch.randn(n, generator=generator, dtype=torch.float64)
        numbers = torch.arange(n, dtype=torch.float64)[:, None]
        self.X = torch.cat([numbers, 10 * torch.randn(n, 2, generator=generator, dtype=torch.float64)], 1)
        self.eta, self.n = eta, n
        Y = torch.eye(n, dtype=torch.float64)
        seen, ends, self.W_end, self.b_end, self.kept = student.checks_epochs(
            self.W, self.b, self.X, Y, batch_size, eta, n_epochs
        )
        expect(bool(seen), "The optimizer never made a step.", "", "Who changes the weights?")
        note_chance(0.0)  # what was seen is compared with itself, whatever the order
        self.inputs = [rows for rows, _ in seen]
        self.targets = [rows for _, rows in seen]
        starts = [0, *ends[:-1]]
        self.epochs = [self.targets[a:b] for a, b in zip(starts, ends, strict=True)]

    def replayed(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The weights after plain descent on the batches that were visited."""
        W, b = self.W.clone(), self.b.clone()
        for rows, classes in zip(self.inputs, self.targets, strict=True):
            X = self.X[rows][:, 1:]
            delta = torch.softmax(X @ W.T + b, 1)
            delta[torch.arange(len(rows)), classes] -= 1
            delta /= len(rows)
            W, b = W - self.eta * delta.T @ X, b - self.eta * delta.sum(0)
        return W, b


@exercise("train_epoch")
class TestTrainEpoch:
    @pytest.mark.parametrize(("n", "batch_size"), [(10, 3), (8, 4), (7, 1), (9, 4)])
    def test_every_row_once(self, student, n, batch_size):
        """every example once in an epoch"""
        for batches in Epochs(student, n, batch_size).epochs:
            rows = [row for batch in batches for row in batch]
            expect(
                len(rows) == n,
                f"An epoch over {n} examples visited {len(rows)}.",
                "It looks like a rest that is dropped, or like more than one epoch.",
                "What happens to the last examples when batch_size does not divide their number?",
            )
            expect(
                sorted(rows) == list(range(n)),
                "In an epoch some examples came more than once and others never.",
                "It looks like drawing with replacement.",
                "How is the order of the rows made?",
            )

    @pytest.mark.parametrize(("n", "batch_size"), [(10, 3), (9, 4), (6, 6), (5, 20)])
    def test_batch_sizes(self, student, n, batch_size):
        """batches of batch_size examples, the rest in the last one"""
        wanted = sorted([batch_size] * (n // batch_size) + [n % batch_size] * (n % batch_size > 0))
        for batches in Epochs(student, n, batch_size, n_epochs=2).epochs:
            sizes = [len(batch) for batch in batches]
            expect(
                sorted(sizes) == wanted,
                f"{n} examples with batch_size = {batch_size} came in batches of {sizes}.",
                "It looks like another batch size, or like a rest that is dropped.",
                "How many rows has a batch, and what is left for the last one?",
            )

    def test_new_order(self, student):
        """a new order in every epoch"""
        epochs = [tuple(map(frozenset, batches)) for batches in Epochs(student, 10, 2, n_epochs=4).epochs]
        note_chance(7 / (math.factorial(10) / 2**5))  # six pairs of epochs, and the first one alone
        expect(
            len(set(epochs)) == 4,
            "Two epochs visited the examples in the same order.",
            "It looks like rows that are taken as they come, or like an order with a fixed seed.",
            "When is the order drawn?",
        )
        expect(
            epochs[0] != tuple(frozenset({k, k + 1}) for k in range(0, 10, 2)),
            "The first epoch visited the examples from the first to the last.",
            "It looks like a shuffle at the end of an epoch.",
            "When is the order drawn?",
        )
        expect(
            any((max(batch) - min(batch)) not in (1, 9) for batches in epochs for batch in batches),
            "Examples that are neighbours in the data stay together in every batch.",
            "It looks like blocks of rows that are shuffled, or like an order that is only turned round.",
            "How is the order of the rows made?",
            misconception="neighbours_stay_together",
        )
        expect(
            len({frozenset(batches) for batches in epochs}) > 1,
            "All epochs have the same batches, one after the other in another order.",
            "It looks like batches that are cut once.",
            "What is shuffled: batches or rows?",
        )

    @pytest.mark.parametrize("batch_size", [1, 3])
    def test_pairs(self, student, batch_size):
        """inputs keep their targets"""
        run = Epochs(student, 8, batch_size)
        expect(
            run.inputs == run.targets,
            "Inputs and targets of different rows were used together.",
            "It looks like inputs and targets in different orders.",
            "Use the same row numbers for both.",
        )

    @pytest.mark.parametrize(("n", "batch_size", "eta"), [(7, 2, 0.2), (5, 5, 0.4), (9, 4, 0.1)])
    def test_updates(self, student, n, batch_size, eta):
        """the weights after some epochs"""
        run = Epochs(student, n, batch_size, eta=eta)
        W, b = run.replayed()
        check_close({"W": run.W_end, "b": run.b_end}, {"W": W, "b": b}, what="the weights", rtol=1e-7)

    def test_data_stay(self, student):
        """the data are kept"""
        expect(
            Epochs(student, 8, 3).kept,
            "X or Y is not what it was before the epoch.",
            "It looks like rows that are shuffled in place.",
            "Shuffle row numbers, not the rows.",
        )


EVALUATE = '''
import torch as checks_torch


def checks_evaluate(W, X, Y, smoothing):
    """What evaluate returns, whether it carries a graph, and whether model, gradients and data were kept."""
    model = checks_torch.nn.Linear(W.shape[1], W.shape[0], bias=False).to(W.dtype)
    model.weight.data = W.clone()
    model.weight.grad = checks_torch.ones_like(W)
    before = W.clone(), X.clone(), Y.clone()
    loss = checks_torch.nn.CrossEntropyLoss(label_smoothing=smoothing)
    L, acc = evaluate(model, loss, X, Y)
    graph = any(getattr(v, "requires_grad", False) for v in (L, acc))
    kept = [checks_torch.equal(a, b) for a, b in zip(before, (model.weight.detach(), X, Y))]
    grad = model.weight.grad is None or checks_torch.equal(model.weight.grad, checks_torch.ones_like(W))
    return L, acc, graph, all(kept), grad


class ChecksDouble(checks_torch.nn.Module):
    """Twice its input."""

    def forward(self, X):
        return 2 * X


def checks_evaluate_others(X, Y):
    """The same for a model without parameters, and a loss that is a plain function."""
    return evaluate(ChecksDouble(), lambda input, target: ((input - input.mean()) ** 2).mean(), X, Y)
'''


@exercise("evaluate")
class TestEvaluate:
    @staticmethod
    def run(student: Any, n: int, ny: int, smoothing: float = 0.0, seed: int = 3) -> tuple:
        """The result and what is right: loss and accuracy."""
        student.define(EVALUATE)
        X, Y = examples(n, 3, ny, seed)
        W = torch.randn(ny, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        result = student.checks_evaluate(W, X, Y, smoothing)
        wanted = torch.nn.functional.cross_entropy(X @ W.T, Y, label_smoothing=smoothing)
        share = ((X @ W.T).argmax(1) == Y.argmax(1)).double().mean()
        return result, float(wanted), float(share)

    @pytest.mark.parametrize(("n", "ny", "smoothing"), [(603, 4, 0.0), (1, 3, 0.0), (7, 2, 0.2)])
    def test_loss(self, student, n, ny, smoothing):
        """the loss on a whole set"""
        (L, *_), wanted, _ = self.run(student, n, ny, smoothing)
        sizes = {"the number of examples": n, "the number of classes": ny}
        check_close(L, wanted, what="the loss", sizes=sizes, rtol=1e-6)

    @pytest.mark.parametrize(("n", "ny"), [(23, 5), (701, 3), (17, 2), (1, 4)])
    def test_accuracy(self, student, n, ny):
        """the accuracy on a whole set"""
        (_, acc, *_), _, share = self.run(student, n, ny)
        sizes = {"the number of examples": n, "the number of classes": ny}
        check_close(acc, share, what="the accuracy", sizes=sizes, rtol=1e-6, atol=1e-7)

    def test_no_graph(self, student):
        """the results carry no graph"""
        (*_, graph, _, _), _, _ = self.run(student, 6, 3)
        expect(
            not graph,
            "The loss or the accuracy still requires gradients.",
            "It looks like a loss tensor with its whole graph.",
            "A curve needs the number only.",
        )

    def test_nothing_changes(self, student):
        """model, gradients and data stay as they are"""
        (*_, kept, grad), _, _ = self.run(student, 6, 3)
        expect(
            kept, "Weights or data have changed.", "Measuring is not training.", "Which line changes them?"
        )
        expect(
            grad, "The gradients of the model have changed.", "Measuring needs no backward().", "Which line?"
        )

    def test_given_loss(self, student):
        """the model and the loss that are given are used"""
        student.define(EVALUATE)
        X, Y = examples(8, 3, 3, seed=4)
        L, acc = student.checks_evaluate_others(X, Y)
        check_close(L, float((2 * X).var(correction=0)), what="the loss", rtol=1e-6)
        share = float((X.argmax(1) == Y.argmax(1)).double().mean())
        check_close(acc, share, what="the accuracy", rtol=1e-6, atol=1e-7)
