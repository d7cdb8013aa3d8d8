"""Hidden checks of dataset, module and the two loops over loaders."""

from typing import Any

import numpy as np
import pytest
import torch

from grader.checks import check_close, exercise, expect

DATASET = '''
import torch as checks_torch


def checks_items(data, target, indices, factor=None):
    """The length and some items of a dataset, with the types of what comes out."""
    kept = data.copy(), target.copy()
    given = []

    def scaled(x):
        given.append([type(x).__name__, list(getattr(x, "shape", []))])
        return factor * x

    dataset = NumpyToTorchDataset(data, target, transform=None if factor is None else scaled)
    items = []
    for i in indices:
        x, y = dataset[i]
        items.append((x, int(y), str(checks_torch.as_tensor(y).dtype), type(y).__name__, x.dtype))
    same = bool((kept[0] == data).all() and (kept[1] == target).all())
    return len(dataset), items, given, same


def checks_without_transform(data, target):
    """An item of a dataset made with two arguments."""
    return NumpyToTorchDataset(data, target)[1][0]


def checks_batches(data, target, batch_size):
    """The batches of a loader that goes through the dataset in its order."""
    loader = checks_torch.utils.data.DataLoader(NumpyToTorchDataset(data, target), batch_size=batch_size)
    return [list(batch) for batch in loader]


def checks_shuffled(data, target):
    """Everything a shuffling loader gives in one epoch."""
    loader = checks_torch.utils.data.DataLoader(NumpyToTorchDataset(data, target), batch_size=4, shuffle=True)
    return [list(batch) for batch in loader]


def checks_asked_again(data, target):
    """An item, and the same item after what was given out has been changed in place by its user."""
    dataset = NumpyToTorchDataset(data, target, transform=lambda x: x + 1)
    first = dataset[2][0].clone()
    return first, dataset[2][0]
'''


@exercise("NumpyToTorchDataset")
class TestDataset:
    @staticmethod
    def arrays(shape: tuple[int, ...] = (7, 3), dtype: str = "float64") -> tuple[np.ndarray, np.ndarray]:
        """Inputs and classes."""
        rng = np.random.default_rng(0)
        return (10 * rng.random(shape)).astype(dtype), rng.integers(0, 5, shape[0])

    @pytest.mark.parametrize("dtype", ["float64", "float32", "uint8"])
    def test_items(self, student, dtype):
        """inputs come out as float32 tensors"""
        student.define(DATASET)
        data, target = self.arrays(dtype=dtype)
        _, items, _, _ = student.checks_items(data, target, [0, 4, 6])
        for i, (x, _, _, _, kind) in zip([0, 4, 6], items, strict=True):
            expect(
                kind == torch.float32, f"An input is {kind}.", "Layers hold float32 numbers.", "Convert it."
            )
            check_close(x, torch.tensor(data[i], dtype=torch.float32), what=f"the input of example {i}")

    @pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
    def test_classes(self, student, dtype):
        """classes come out as integers"""
        student.define(DATASET)
        data, target = self.arrays()
        _, items, _, _ = student.checks_items(data, target.astype(dtype), [1, 2, 5])
        check_close([item[1] for item in items], [int(target[i]) for i in (1, 2, 5)], what="the classes")
        expect(
            all(item[2] == "torch.int64" for item in items),
            f"A class comes out as {items[0][3]} of the type {items[0][2]}.",
            "The loss of class numbers needs long integers.",
            "Convert it.",
        )

    @pytest.mark.parametrize("n", [7, 1, 12])
    def test_length(self, student, n):
        """the number of examples"""
        student.define(DATASET)
        data, target = self.arrays((n, 3))
        length, items, _, _ = student.checks_items(data, target, [n - 1])
        check_close(length, n, what="the length", sizes={"the number of inputs": 3})
        check_close(items[0][1], int(target[-1]), what="the class of the last example")

    def test_images(self, student):
        """inputs of any shape"""
        student.define(DATASET)
        data, target = self.arrays((5, 4, 6))
        _, items, _, _ = student.checks_items(data, target, [3])
        check_close(items[0][0], torch.tensor(data[3], dtype=torch.float32), what="the input")

    def test_transform(self, student):
        """transform is applied to the input, as a tensor"""
        student.define(DATASET)
        data, target = self.arrays()
        _, items, given, _ = student.checks_items(data, target, [2, 3], 3.0)
        expect(
            bool(given) and all(kind == "Tensor" for kind, _ in given),
            "transform was not given a tensor." if given else "transform was not called.",
            "It looks like a transform that is stored and not used, or used on the array.",
            "When is it applied, and to what?",
        )
        expect(
            [shape for _, shape in given] == [[3], [3]],
            f"For two examples of shape (3,), transform was called on {[shape for _, shape in given]}.",
            "It looks like a transform of the whole table.",
            "It is applied to one example, whenever that is asked for.",
        )
        for i, item in zip((2, 3), items, strict=True):
            check_close(
                item[0], 3 * torch.tensor(data[i], dtype=torch.float32), what=f"the input of example {i}"
            )
            check_close(item[1], int(target[i]), what=f"the class of example {i}")

    def test_no_transform(self, student):
        """transform may be left out"""
        student.define(DATASET)
        data, target = self.arrays()
        got = student.checks_without_transform(data, target)
        check_close(got, torch.tensor(data[1], dtype=torch.float32), what="the input")

    def test_asked_twice(self, student):
        """the same example asked for twice is the same"""
        student.define(DATASET)
        data, target = self.arrays()
        first, second = student.checks_asked_again(data, target)
        check_close([first, second], [torch.tensor(data[2] + 1, dtype=torch.float32)] * 2, what="the input")

    def test_loader(self, student):
        """batches of a DataLoader"""
        student.define(DATASET)
        data, target = self.arrays()
        batches = student.checks_batches(data, target, 3)
        check_close([len(y) for _, y in batches], [3, 3, 1], what="the sizes of the batches")
        X, y = torch.cat([b[0] for b in batches]), torch.cat([b[1] for b in batches])
        check_close(X, torch.tensor(data, dtype=torch.float32), what="all inputs")
        expect(
            y.dtype == torch.int64,
            f"The classes of a batch are {y.dtype}.",
            "They should be long.",
            "Convert.",
        )
        check_close(y, torch.tensor(target), what="all classes")

    def test_pairs(self, student):
        """a shuffling loader keeps the pairs"""
        student.define(DATASET)
        data = np.arange(10.0)[:, None] + np.array([[0.0, 100.0]])
        batches = student.checks_shuffled(data, np.arange(10) % 4)
        rows = torch.cat([b[0] for b in batches])[:, 0].long()
        check_close(torch.cat([b[1] for b in batches]), rows % 4, what="the classes of the shuffled inputs")
        check_close(sorted(rows.tolist()), list(range(10)), what="the examples of one epoch, sorted")

    def test_data_stay(self, student):
        """the arrays are kept"""
        student.define(DATASET)
        kept = student.checks_items(*self.arrays(), [0, 1], 2.0)[3]
        expect(kept, "The arrays have changed.", "", "Change nothing that is given.")


MODULE = '''
import torch as checks_torch


def checks_mlp(d_in, d_hidden, d_out, X, seed=0):
    """Outputs of a fresh module for X, shapes of its parameters, and which of them get a gradient."""
    checks_torch.manual_seed(seed)
    model = TwoLayerMLP(d_in, d_hidden, d_out)
    out = model(X)
    checks_torch.nn.functional.cross_entropy(out, checks_torch.zeros(len(out), dtype=checks_torch.long)).backward()
    shapes = sorted(list(p.shape) for p in model.parameters())
    moved = [p.grad is not None and bool(p.grad.any()) for p in model.parameters()]
    return out.detach(), shapes, moved, isinstance(model, checks_torch.nn.Module)


def checks_by_parameters(sizes, settings, X):
    """Outputs of a module in evaluation mode, for each setting of its parameters (told apart by their shapes; a matrix may
    lie on its side).
    """
    outputs = []
    for values in settings:
        model = TwoLayerMLP(*sizes).eval()
        by_shape = {tuple(v.shape): v for value in values for v in (value, value.T) if v.ndim == value.ndim}
        for p in model.parameters():
            if tuple(p.shape) not in by_shape:
                raise ValueError(f"the module has a parameter of shape {tuple(p.shape)}")
            p.data = by_shape[tuple(p.shape)].clone()
        outputs.append(model(X).detach())
    return outputs


def checks_on_rows(d_in, X):
    """Outputs of one module for a batch and for each of its rows alone, and of a second module."""
    model, other = TwoLayerMLP(d_in, 5, 3).eval(), TwoLayerMLP(d_in, 5, 3).eval()
    return model(X).detach(), [model(x[None]).detach() for x in X], other(X).detach()


def checks_state(d_in):
    """Whether the numbers of one module make another one equal to it."""
    one, two = TwoLayerMLP(d_in, 5, 3).eval(), TwoLayerMLP(d_in, 5, 3).eval()
    two.load_state_dict(one.state_dict())
    X = checks_torch.randn(4, d_in)
    return one(X).detach(), two(X).detach()
'''


@exercise("TwoLayerMLP")
class TestModule:
    @pytest.mark.parametrize(("d_in", "d_hidden", "d_out"), [(6, 4, 3), (5, 7, 2)])
    def test_parameters(self, student, d_in, d_hidden, d_out):
        """two linear layers with biases"""
        student.define(MODULE)
        _, shapes, _, module = student.checks_mlp(d_in, d_hidden, d_out, torch.randn(3, d_in))
        expect(module, "TwoLayerMLP is no module.", "", "Which class does it derive from?")
        wanted = sorted(map(sorted, [[d_hidden, d_in], [d_hidden], [d_out, d_hidden], [d_out]]))
        expect(
            sorted(map(sorted, shapes)) == wanted,  # a matrix may lie on its side
            f"TwoLayerMLP({d_in}, {d_hidden}, {d_out}) has parameters of the shapes {shapes}.",
            "It looks like sizes in the wrong places, missing biases or other layers.",
            "Two layers: what goes in, what comes out?",
        )

    @pytest.mark.parametrize("shape", [(3, 6), (1, 6), (4, 2, 3), (5, 1, 3, 2)], ids=str)
    def test_flattens(self, student, shape):
        """inputs of any shape are flattened"""
        student.define(MODULE)
        out = student.checks_mlp(6, 4, 3, torch.randn(shape))[0]
        check_close(list(out.shape), [shape[0], 3], what="the shape of the outputs")

    @pytest.mark.parametrize("seed", [1, 2])
    def test_bends(self, student, seed):
        """the network is not affine"""
        student.define(MODULE)
        generator = torch.Generator().manual_seed(seed)
        values = [torch.randn(shape, generator=generator) for shape in ((4, 6), (4,), (3, 4), (3,))]
        x = 1e4 * torch.randn(6, generator=generator)
        [outputs] = student.checks_by_parameters([6, 4, 3], [values], torch.stack([x, -x, 0 * x]))
        ends, middle = outputs[:2], outputs[2:]
        plain = middle[0] - ends.mean(0)
        as_logits = middle[0] - torch.log_softmax(ends, 1).mean(0)  # log-probabilities count up to a constant
        bend = min(float(plain.abs().max()), float(as_logits.max() - as_logits.min()))
        expect(
            bend > 1e-3 * float(ends.abs().max()),
            "Half-way between two inputs the logits are half-way as well.",
            "It looks like two linear layers with nothing between them.",
            "What stands between the layers?",
            misconception="no_activation",
        )

    @staticmethod
    def settings(biases: list[torch.Tensor], last: list[torch.Tensor]) -> list[list[torch.Tensor]]:
        """Parameters of a module 6-4-3 whose first layer ignores its input, for some biases of both layers."""
        generator = torch.Generator().manual_seed(9)
        W2 = torch.randn(3, 4, generator=generator)
        return [[torch.zeros(4, 6), b1, W2, b2] for b1, b2 in zip(biases, last, strict=True)]

    def test_activation(self, student):
        """the activation stands between the two layers"""
        student.define(MODULE)
        one, two = torch.tensor([3.0, -2.0, 1.0, -4.0]), torch.tensor([-1.0, 5.0, -3.0, 2.0])
        settings = self.settings([one, two, (one + two) / 2], [torch.zeros(3)] * 3)
        outputs = student.checks_by_parameters([6, 4, 3], settings, torch.randn(2, 6))
        bend = torch.softmax(outputs[2], 1) - torch.softmax((outputs[0] + outputs[1]) / 2, 1)
        expect(
            float(bend.abs().max()) > 1e-3,
            "What the first layer gives reaches the second one without an activation.",
            "It looks like two linear layers in a row, or an activation in another place.",
            "What stands between the layers?",
        )

    def test_first_layer(self, student):
        """nothing comes before the first layer"""
        student.define(MODULE)
        generator = torch.Generator().manual_seed(3)
        shapes = (4, 6), (4,), (3, 4), (3,), (1, 6)
        W1, b1, W2, b2, x = (torch.randn(shape, generator=generator) for shape in shapes)
        # what the first layer gives for x can also come from its biases alone
        settings = [[W1, b1, W2, b2], [torch.zeros(4, 6), W1 @ x[0] + b1, W2, b2]]
        got, wanted = student.checks_by_parameters([6, 4, 3], settings, x)
        check_close(got, wanted, what="the logits of an input that the first layer sees as it is", rtol=1e-4)

    def test_last_layer(self, student):
        """nothing follows the last layer"""
        student.define(MODULE)
        b1, shift = torch.tensor([3.0, -2.0, 1.0, -4.0]), torch.tensor([40.0, -20.0, 10.0])
        settings = self.settings([b1, b1], [torch.zeros(3), shift])
        before, after = student.checks_by_parameters([6, 4, 3], settings, torch.randn(2, 6))
        moved = torch.log_softmax(after, 1) - torch.log_softmax(before, 1)
        wanted = shift.expand(2, 3)
        check_close(
            moved - moved[:, :1],
            wanted - wanted[:, :1],
            what="what a change of the last biases does to the logits",
            atol=1e-4,
        )

    def test_logits(self, student):
        """the outputs are logits"""
        student.define(MODULE)
        out = student.checks_mlp(6, 9, 4, 3 * torch.randn(8, 6))[0]
        expect(
            not (bool((out >= 0).all()) and bool((out.sum(1) - 1).abs().max() < 1e-4)),
            "Every row of the outputs sums to one.",
            "It looks like a softmax at the end: the loss applies one as well.",
            "The module gives logits.",
            misconception="probabilities_returned",
        )
        expect(
            bool((out < 0).any()),
            "No output is negative.",
            "It looks like an activation after the last layer.",
            "Logits can have any sign.",
        )

    def test_far_away(self, student):
        """large inputs do not overflow"""
        student.define(MODULE)
        out = student.checks_mlp(6, 9, 4, 1e4 * torch.randn(5, 6))[0]
        expect(
            bool(torch.isfinite(out).all()),
            "Very large inputs give nan or inf.",
            "It looks like an exponential that overflows.",
            "Look at the last lines of forward.",
        )

    def test_gradients(self, student):
        """all parameters get gradients"""
        student.define(MODULE)
        moved = student.checks_mlp(6, 8, 3, torch.randn(20, 6))[2]
        expect(
            all(moved),
            "A parameter gets no gradient.",
            "It looks like a layer that is not used, or a detached value.",
            "Follow forward from X to the logits.",
        )

    def test_rows(self, student):
        """each row has its own result"""
        student.define(MODULE)
        batch, alone, other = student.checks_on_rows(6, torch.randn(4, 2, 3))
        check_close(torch.cat(alone), batch, what="the rows, one by one", rtol=1e-4, atol=1e-6)
        expect(
            not torch.equal(batch, other),
            "Two modules give the same outputs.",
            "It looks like weights that are constant, or shared.",
            "Leave the layers their own initial weights.",
        )

    def test_state(self, student):
        """the state dict holds all numbers"""
        student.define(MODULE)
        one, two = student.checks_state(6)
        check_close(two, one, what="the outputs after loading the numbers of another module")


LOOPS = '''
import torch as checks_torch


class ChecksNet(checks_torch.nn.Module):
    """A linear model that notes its mode and whether a graph is built; half of its inputs drop out in training."""

    def __init__(self, W, b, dropout=0.0):
        super().__init__()
        self.W, self.b = checks_torch.nn.Parameter(W.clone()), checks_torch.nn.Parameter(b.clone())
        self.drop = checks_torch.nn.Dropout(dropout)
        self.modes, self.graphs, self.rows = [], [], []

    def forward(self, X):
        self.modes.append(self.training)
        self.graphs.append(checks_torch.is_grad_enabled())
        self.rows.append(len(X))
        return self.drop(X) @ self.W.T + self.b


def checks_loader(X, y, batch_size):
    """A loader in the order of the examples."""
    dataset = checks_torch.utils.data.TensorDataset(X, y)
    return checks_torch.utils.data.DataLoader(dataset, batch_size=batch_size)


def checks_train(W, b, X, y, batch_size, lr, n_epochs=1, start_in_training=False):
    """The weights after some calls with momentum, the modes seen, the final mode, and the rows of each batch."""
    model = ChecksNet(W, b)
    model.train(start_in_training)
    optimizer = checks_torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    for _ in range(n_epochs):
        train(model, checks_loader(X, y, batch_size), optimizer)
    return model.W.detach(), model.b.detach(), model.modes, model.training, model.rows


def checks_test(W, b, X, y, batch_size, dropout=0.0):
    """What test returns, with the modes and graphs it used, and whether anything changed."""
    model = ChecksNet(W, b, dropout)
    model.train()
    model.W.grad = checks_torch.ones_like(W)
    loss, accuracy = test(model, checks_loader(X, y, batch_size))
    graph = getattr(loss, "requires_grad", False) or getattr(accuracy, "requires_grad", False)
    same = checks_torch.equal(model.W.detach(), W) and checks_torch.equal(model.b.detach(), b)
    grad = model.W.grad is None or checks_torch.equal(model.W.grad, checks_torch.ones_like(W))
    return loss, accuracy, {"training": any(model.modes), "graph": bool(graph or any(model.graphs))}, same and grad
'''


def linear_problem(n: int, ny: int = 3, seed: int = 0) -> list[torch.Tensor]:
    """W (ny, 4), b (ny,), X (n, 4), class numbers y (n,); float64."""
    generator = torch.Generator().manual_seed(seed)
    W, b, X = (torch.randn(s, generator=generator, dtype=torch.float64) for s in ((ny, 4), (ny,), (n, 4)))
    y = torch.randint(0, ny, (n,), generator=generator)
    y[0] = ny - 1
    return [W, b, X, y]


def descended(
    W: torch.Tensor,
    b: torch.Tensor,
    X: torch.Tensor,
    y: torch.Tensor,
    size: int,
    lr: float,
    n_epochs: int = 1,
) -> dict[str, torch.Tensor]:
    """The weights after some epochs in batches of that size, with momentum 0.9."""
    step_W, step_b = torch.zeros_like(W), torch.zeros_like(b)
    for inputs, classes in n_epochs * [*zip(X.split(size), y.split(size), strict=True)]:
        delta = torch.softmax(inputs @ W.T + b, 1)
        delta[torch.arange(len(classes)), classes] -= 1
        delta /= len(classes)
        step_W, step_b = 0.9 * step_W + delta.T @ inputs, 0.9 * step_b + delta.sum(0)
        W, b = W - lr * step_W, b - lr * step_b
    return {"W": W, "b": b}


@exercise("train")
class TestTrain:
    @pytest.mark.parametrize(("n", "size", "lr"), [(10, 4, 0.3), (7, 7, 0.5), (5, 1, 0.1), (9, 2, 0.2)])
    def test_weights(self, student, n, size, lr):
        """the weights after one epoch"""
        student.define(LOOPS)
        W, b, X, y = linear_problem(n, seed=n)
        got = student.checks_train(W, b, 10 * X, y, size, lr)
        wanted = descended(W, b, 10 * X, y, size, lr)
        check_close({"W": got[0], "b": got[1]}, wanted, what="the weights", rtol=1e-7)

    def test_two_epochs(self, student):
        """a second call goes on where the first ended"""
        student.define(LOOPS)
        W, b, X, y = linear_problem(8, seed=4)
        got = student.checks_train(W, b, X, y, 3, 0.3, 2)
        wanted = descended(W, b, X, y, 3, 0.3, 2)
        check_close({"W": got[0], "b": got[1]}, wanted, what="the weights", rtol=1e-7)

    def test_every_batch(self, student):
        """every batch of the loader once"""
        student.define(LOOPS)
        *_, rows = student.checks_train(*linear_problem(11, seed=5), 4, 0.1)
        expect(
            rows == [4, 4, 3],
            f"A loader with batches of 4, 4 and 3 examples was seen as {rows}.",
            "It looks like batches that are left out, or like more than one epoch.",
            "What does the loop go through, and where does it end?",
        )

    @pytest.mark.parametrize("before", [False, True], ids=["after testing", "from the start"])
    def test_mode(self, student, before):
        """in training mode"""
        student.define(LOOPS)
        modes, at_the_end = student.checks_train(*linear_problem(6, seed=6), 3, 0.1, 1, before)[2:4]
        expect(
            len(modes) == 2,
            f"The model was called {len(modes)} times for two batches.",
            "",
            "What does the loop go through?",
        )
        expect(
            all(modes),
            "The model was in evaluation mode while it learned.",
            "It looks like the mode that a test before left behind.",
            "Who sets the mode?",
            misconception="mode_not_set",
        )
        expect(
            at_the_end,
            "After the epoch the model is in evaluation mode.",
            "It looks like an eval() in the training.",
            "Who sets which mode?",
        )


@exercise("test")
class TestTest:
    @staticmethod
    def run(student: Any, n: int, size: int, dropout: float = 0.0, ny: int = 3) -> tuple:
        """The student's result, and the right loss and accuracy."""
        student.define(LOOPS)
        W, b, X, y = linear_problem(n, ny, seed=n)
        logits = X @ W.T + b
        right = float((logits.argmax(1) == y).double().mean())
        return (
            student.checks_test(W, b, X, y, size, dropout),
            float(torch.nn.functional.cross_entropy(logits, y)),
            right,
        )

    @pytest.mark.parametrize(("n", "size"), [(9, 4), (14, 3), (6, 6), (5, 1)])
    def test_loss(self, student, n, size):
        """the loss over all examples"""
        (loss, *_), wanted, _ = self.run(student, n, size, ny=7)
        sizes = {
            "the number of examples": n,
            "the number of batches": -(-n // size),
            "the batch size": size,
            "the number of classes": 7,
        }
        check_close(loss, wanted, what="the loss", sizes=sizes, rtol=1e-6)

    @pytest.mark.parametrize(("n", "size"), [(21, 4), (19, 5), (18, 6), (13, 1)])
    def test_accuracy(self, student, n, size):
        """the accuracy over all examples"""
        (_, accuracy, *_), _, right = self.run(student, n, size, ny=4)
        sizes = {"the number of examples": n, "the number of batches": -(-n // size)}
        check_close(accuracy, right, what="the accuracy", sizes=sizes, rtol=1e-6, atol=1e-7)

    def test_mode(self, student):
        """in evaluation mode"""
        (loss, _, used, _), wanted, _ = self.run(student, 9, 4, dropout=0.5)
        expect(
            not used["training"],
            "The model was in training mode while it was tested.",
            "It looks like the mode that the training left behind: dropout would be at work.",
            "Who sets the mode?",
            misconception="tested_in_training_mode",
        )
        check_close(loss, wanted, what="the loss of a model with dropout", rtol=1e-6)

    def test_graph(self, student):
        """without a graph"""
        (loss, _, used, _), wanted, _ = self.run(student, 9, 4)
        check_close(loss, wanted, what="the loss", sizes={"the number of examples": 9}, rtol=1e-6)
        expect(
            not used["graph"],
            "While the model was tested, autograd kept a graph.",
            "It looks like a loop that is not told that nothing will be differentiated.",
            "Measuring needs no gradients.",
        )

    def test_nothing_changes(self, student):
        """model and gradients stay as they are"""
        (loss, _, _, same), wanted, _ = self.run(student, 9, 4)
        check_close(loss, wanted, what="the loss", sizes={"the number of examples": 9}, rtol=1e-6)
        expect(
            same,
            "Weights or gradients have changed.",
            "Measuring is not training.",
            "Which line changes them?",
        )
