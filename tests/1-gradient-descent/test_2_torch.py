"""Hidden checks of gradient descent with PyTorch.

The training functions are judged by what they leave: with few examples all orders can be worked out, and the
parameters say which examples were visited, in which batches and in which order, whatever drew it.
"""

import functools
import itertools
import math

import numpy as np
import pytest
import torch

from grader.checks import check_close, exercise, expect, note_chance, side_condition

LR = 0.05


def problem(n, n_in=3, n_out=2, seed=0, dtype=torch.float64):
    """Uneven data and parameters: inputs (n, n_in), targets (n, n_out), w (n_out, n_in), b (n_out,)."""
    draw = np.random.default_rng([seed, n, n_in, n_out])
    arrays = [draw.normal(0.5, 1, size=s) for s in ((n, n_in), (n, n_out), (n_out, n_in), (n_out,))]
    inputs, targets, w, b = (torch.tensor(a, dtype=dtype) for a in arrays)
    return inputs, targets + 1, w.requires_grad_(), (b + 0.4).requires_grad_()


def lend_model(student):
    """`make_model` of the notebook, computed on this side, where it is to be lent."""
    if "make_model" in student.lent:
        student.lend(lent_linear=lambda inputs, w, b: inputs @ w.T + b)
        student.define("def make_model(w, b):\n    return lambda inputs: lent_linear(inputs, w, b)\n")


def lend_update(student):
    """An update that returns the loss before it, as many students' own do, where one is to be lent."""

    def perform_one_update(inputs, targets, w, b, lr):
        loss = (inputs @ w.T + b - targets).square().mean()
        loss.backward()
        with torch.no_grad():
            for parameter in (w, b):
                parameter -= lr * parameter.grad
                parameter.grad = None
        return loss.detach()

    if "perform_one_update" in student.lent:
        student.lend(perform_one_update=perform_one_update)


def partitions(n, sizes):
    """Every way to visit n examples once in batches of the given sizes, in order."""

    def grow(left, sizes):
        if not sizes:
            yield ()
            return
        for batch in itertools.combinations(left, sizes[0]):
            for rest in grow([i for i in left if i not in batch], sizes[1:]):
                yield (batch, *rest)

    return list(grow(list(range(n)), tuple(sizes)))


def few(n, sizes, epochs):
    """Whether all ways of visiting in so many epochs can be worked out quickly."""
    ways = n**n if sizes is None else math.perm(n, sum(sizes)) // math.prod(map(math.factorial, sizes))
    return ways**epochs <= 20_000


def sizes_of(n, bs):
    return tuple(min(bs, n - start) for start in range(0, n, bs))


class Ends:
    """The parameters after some epochs, for every way of visiting: `visits` for one epoch."""

    def __init__(self, data, visits, epochs):
        inputs, targets, w, b = (t.detach().double().numpy() for t in data)
        self.visits, self.epochs = visits, epochs
        self.w, self.b = w[np.newaxis], b[np.newaxis]
        for _ in range(epochs):
            ends = [self.after(visit, inputs, targets) for visit in visits]
            self.w, self.b = (np.concatenate(parts) for parts in zip(*ends, strict=True))

    def after(self, visit, inputs, targets):
        w, b = self.w, self.b
        for batch in map(list, visit):
            error = w @ inputs[batch].T + (b[:, :, np.newaxis] - targets[batch].T)  # (states, n_out, batch)
            scale = LR * 2 / error[0].size
            w = w - scale * (error @ inputs[batch])
            b = b - scale * error.sum(axis=2)
        return w, b

    def find(self, w, b, tolerance=1e-8):
        """The visits of each epoch that end at (w, b), or None."""
        if w.shape != self.w.shape[1:] or b.shape != self.b.shape[1:]:
            return None
        off = np.abs(self.w - w).max(axis=(1, 2)) + np.abs(self.b - b).max(axis=1)
        place = int(np.argmin(off))
        if not off[place] < tolerance:
            return None
        found = []
        for epoch in reversed(range(self.epochs)):
            last, place = divmod(place, len(self.visits) ** epoch)
            found.append(self.visits[last])
        return found[::-1]


@functools.cache
def ends(n, seed, sizes, epochs):
    """All ends of training on problem(n, seed); sizes of the batches, or None for draws with replacement."""
    if sizes is None:
        visits = [tuple((i,) for i in draw) for draw in itertools.product(range(n), repeat=n)]
    else:
        visits = partitions(n, sizes)
    return Ends(problem(n, seed=seed), visits, epochs)


# Examples, batch size and epochs of the checks of a new order, by the problem's seed; worked out here, before any student.
ORDERS = {10: ((4, 1, 3), (4, 1, 3), (5, 1, 2)), 13: ((5, 2, 3), (4, 1, 3), (5, 2, 2), (5, 2, 2))}
for _seed, _runs in ORDERS.items():
    for _n, _bs, _epochs in _runs:
        ends(_n, _seed, sizes_of(_n, _bs), _epochs)


class Training:
    """Checks of a training function; `tags` are the bank's names of the usual mistakes."""

    def __init__(self, student, name, tags, *options):
        lend_model(student)
        lend_update(student)
        self.student, self.function = student, getattr(student, name)
        self.tags, self.options = tags, options

    def run(self, data, epochs):
        """Train in place on copies; (w, b) as arrays. The examples must stay as they are."""
        inputs, targets, w, b = (t.detach().clone() for t in data)
        w.requires_grad_()
        b.requires_grad_()
        self.function.inplace(inputs, targets, w, b, epochs, LR, *self.options)
        expect(
            torch.equal(inputs, data[0]) and torch.equal(targets, data[1]),
            "The inputs or targets that were given have changed.",
            "It looks like a shuffle in place.",
            "Shuffle indices, not tensors.",
        )
        expect(
            not (torch.equal(w, data[2]) and torch.equal(b, data[3])),
            "w and b are the same as before the training.",
            "It looks like no update at all, or like the update of a copy.",
            "The tensors that were given must change in place.",
            misconception=self.tags.get("copy") if len(inputs) > 1 and epochs > 1 else None,
        )
        return w.detach().double().numpy(), b.detach().double().numpy()

    def exact_fit_stays(self):
        """Targets that the parameters predict exactly: nothing moves as long as pairs are kept."""
        inputs, _, w, b = problem(5, seed=8)
        targets = (inputs @ w.T + b).detach()
        kept = w.detach().clone()
        given = inputs.clone()
        self.function.inplace(given, targets, w, b, 3, LR, *self.options)
        expect(
            torch.equal(given, inputs),
            "The inputs that were given have changed.",
            "It looks like a shuffle in place.",
            "Shuffle indices, not tensors.",
        )
        expect(
            bool((w.detach() - kept).abs().max() < 1e-10),
            "Parameters that fit every example exactly have moved.",
            "It looks like inputs that meet the targets of other examples.",
            "Which index is used for the inputs, and which for the targets?",
            misconception=self.tags["pairs"],
        )

    def all_updates(self, n, epochs, updates):
        """n equal examples that the parameters nearly predict: no order matters and the loss hardly changes, but each
        epoch makes all its `updates`.
        """
        inputs, targets, w, b = problem(1, seed=14)
        inputs = inputs / 10  # slow enough for the last update to show
        targets = (inputs @ w.T + b).detach() + targets / 1e4
        end = Ends((inputs, targets, w, b), [((0,),)], epochs * updates)
        got = self.run((inputs.repeat(n, 1), targets.repeat(n, 1), w, b), epochs)
        expected = {"w": end.w[0], "b": end.b[0]}
        check_close(dict(zip("wb", got, strict=True)), expected, what="the parameters")

    def visits(self, n, seed, bs, epochs):
        """The visits of each epoch; fails with the name of a known mistake where one fits."""
        end = self.run(problem(n, seed=seed), epochs)
        found = ends(n, seed, sizes_of(n, bs), epochs).find(*end)
        if found is not None:
            note_chance(0.0)  # every order is tried
            return found
        others = [(tag, sizes) for tag, sizes in self.other_ways(n, bs) if few(n, sizes, epochs)]
        ways = [tag for tag, sizes in others if ends(n, seed, sizes, epochs).find(*end)]
        expect(
            False,
            f"The parameters after {n} examples and {epochs} epochs fit no order that visits each example once.",
            "It looks like examples left out or visited twice, batches of another size, or other steps.",
            "Print the indices that your loop visits in one epoch.",
            misconception=ways[0] if ways else None,
        )
        return []

    def other_ways(self, n, bs):
        """Usual other ways to visit n examples: (the bank's name of the mistake, sizes of the batches)."""
        right = sizes_of(n, bs)
        ways = {
            "all": (n,),
            "single": (1,) * n,
            "dropped": tuple(s for s in right if s == bs),
            "first": right[:1],
            "chunk": tuple(len(c) for c in torch.arange(n).chunk(max(1, n // bs))),
        }
        known = [(self.tags[k], s) for k, s in ways.items() if k in self.tags and s and s != right]
        if "replacement" in self.tags:
            known.append((self.tags["replacement"], None))
        return known

    def new_order_each_epoch(self, runs):
        """`runs`: the visits of several runs of several epochs. Chance brings equal orders in all of them, or the order of
        the table in all first epochs, at most once in 50,000 runs.
        """
        flat = [[sum(visit, ()) for visit in epochs] for epochs in runs]
        in_order = all(list(order) == sorted(order) for epochs in flat for order in epochs)
        note_chance(2e-5)
        expect(
            not all(len(set(epochs)) == 1 for epochs in runs),
            "Every epoch visits the examples in the same order.",
            "It looks like an order that is " + ("never drawn." if in_order else "drawn once."),
            "What belongs inside the loop over the epochs?",
            misconception=self.tags["never"] if in_order else self.tags["once"],
        )
        expect(
            not all(list(epochs[0]) == sorted(epochs[0]) for epochs in flat),
            "The first epoch always visits the examples in the order of the table.",
            "It looks like a shuffle at the end of the epoch, or like an order that is turned instead of drawn.",
            "Where in the epoch is its order drawn?",
            misconception=self.tags["late"],
        )


@exercise("make_model")
class TestMakeModel:
    @pytest.mark.parametrize(("n", "n_in", "n_out"), [(5, 3, 2), (1, 2, 4), (3, 3, 3)])
    def test_predictions(self, student, reference, n, n_in, n_out):
        """predictions of the model"""
        inputs, _, w, b = problem(n, n_in, n_out)
        model = student.make_model(w, b)
        expect(callable(model), "The result is not a function.", "It looks like predictions, or nothing.")
        check_close(model(inputs), reference.make_model(w, b)(inputs), what="the predictions")

    def test_follows(self, student):
        """the model follows its tensors, and gradients reach them"""
        student.define(
            "import torch\n"
            "def check_follows(w, b, inputs):\n"
            "    model = make_model(w, b)\n"
            "    model(inputs)\n"
            "    with torch.no_grad():\n"
            "        w *= 2\n"
            "        b += 1\n"
            "    predictions = model(inputs)\n"
            "    if predictions.requires_grad:\n"
            "        predictions.sum().backward()\n"
            "    return predictions.detach(), w.grad, b.grad\n"
        )
        inputs, _, w, b = problem(4, seed=1)
        predictions, grad_w, grad_b = student.check_follows(w, b, inputs)
        expected = (inputs @ (2 * w).T + b + 1).detach()
        check_close(predictions, expected, what="the predictions after w and b changed")
        check_close(grad_w, inputs.sum(0).repeat(2, 1), what="the gradient that reaches w")
        check_close(grad_b, torch.full((2,), 4.0, dtype=torch.float64), what="the gradient that reaches b")

    def test_two_models(self, student, reference):
        """each model has its own tensors"""
        inputs, _, w, b = problem(4, seed=15)
        first, _ = student.make_model(w, b), student.make_model(2 * w.detach(), b.detach() + 1)
        check_close(
            first(inputs),
            reference.make_model(w, b)(inputs),
            what="the predictions of the first of two models",
        )


@exercise("mse")
class TestMse:
    @pytest.mark.parametrize("shape", [(3, 4), (5, 2), (1, 3), (4, 1)])
    def test_value(self, student, reference, shape):
        """loss of two matrices"""
        t1, t2 = (torch.tensor(np.random.default_rng(k).normal(size=shape)) for k in (0, 1))
        sizes = {"the number of rows": shape[0], "the number of columns": shape[1]}
        check_close(student.mse(t1, t2), reference.mse(t1, t2), what="the loss", sizes=sizes)

    def test_gradient(self, student):
        """the loss knows where it came from"""
        student.define(
            "def check_slope(t1, t2):\n"
            "    loss = mse(t1, t2)\n"
            "    if getattr(loss, 'requires_grad', False):\n"
            "        loss.backward()\n"
            "    return t1.grad, t2.grad\n"
        )
        t1, _, t2, _ = problem(2, seed=2)
        slope, other = student.check_slope(t1.requires_grad_(), t2)
        expect(
            slope is not None and other is not None,
            "No gradient comes back through the loss.",
            "It looks like a number, an array or a detached tensor inside.",
            "Keep tensors from the beginning to the end.",
        )
        expected = (t1 - t2).detach() / 3
        check_close((slope, other), (expected, -expected), what="the gradient of the loss")


@exercise("perform_one_update", uses=("make_model", "mse"))
class TestPerformOneUpdate:
    def update(self, student, data, lr):
        inputs, targets, w, b = data
        before = inputs.clone(), targets.clone()
        student.perform_one_update.inplace(inputs, targets, w, b, lr)
        expect(
            torch.equal(inputs, before[0]) and torch.equal(targets, before[1]),
            "The inputs or targets that were given have changed.",
        )
        return {"w": w.detach().clone(), "b": b.detach().clone()}

    def expected(self, data, lr):
        """One step, by autograd on this side."""
        inputs, targets, w, b = (t.detach().clone() for t in data)
        w.requires_grad_()
        b.requires_grad_()
        grads = torch.autograd.grad((inputs @ w.T + b - targets).square().mean(), (w, b))
        return {"w": (w - lr * grads[0]).detach(), "b": (b - lr * grads[1]).detach()}

    @pytest.mark.parametrize(("n", "n_in", "n_out"), [(5, 3, 2), (1, 2, 4), (3, 3, 3)])
    def test_one_update(self, student, n, n_in, n_out):
        """w and b after one update"""
        lend_model(student)
        inputs, targets, *parameters = problem(n, n_in, n_out, seed=3)
        data = (inputs, 100 ** (n_in - 2) * targets, *parameters)  # gradients of several sizes
        before = [t.detach().clone() for t in data[2:]]
        expected = self.expected(data, 0.1)
        got = self.update(student, data, 0.1)
        expect(
            not (torch.equal(got["w"], before[0]) and torch.equal(got["b"], before[1])),
            "w and b are the same as before.",
            "It looks like a name that means a new tensor: the ones that were given have not changed.",
            "Which operations change a tensor in place?",
        )
        check_close(got, expected, what="the parameters", sizes={"the number of examples": n, "n_out": n_out})

    def test_second_update(self, student):
        """a second update uses its own gradient only"""
        lend_model(student)
        data = problem(5, seed=4)
        self.update(student, data, 0.05)
        second = (*problem(4, seed=5)[:2], *data[2:])
        expected = self.expected(second, 0.02)
        check_close(
            self.update(student, second, 0.02), expected, what="the parameters after the second update"
        )

    @side_condition
    def test_gradients_are_reset(self, student):
        """afterwards the gradients are None or zero"""
        lend_model(student)
        data = problem(5, seed=6)
        self.update(student, data, 0.05)
        for name, parameter in zip("wb", data[2:], strict=True):
            left = parameter.grad
            expect(
                left is None or not left.any(),
                f"{name}.grad is neither None nor zero after the update.",
                "It looks like a gradient that is not reset.",
                "PyTorch adds the next gradient to it.",
            )


@exercise("train_with_GD", uses=("make_model", "mse", "perform_one_update"))
class TestTrainWithGD:
    @pytest.mark.parametrize(("n", "epochs"), [(5, 4), (1, 3), (3, 6)])
    def test_parameters(self, student, n, epochs):
        """w and b after some epochs"""
        data = problem(n, seed=7)
        w, b = Training(student, "train_with_GD", {"copy": "trains_a_copy"}).run(data, epochs)
        end = ends(n, 7, (n,), epochs)
        check_close({"w": w, "b": b}, {"w": end.w[0], "b": end.b[0]}, what="the parameters")

    def test_all_epochs(self, student):
        """all epochs, also where the loss hardly changes"""
        Training(student, "train_with_GD", {"copy": "trains_a_copy"}).all_updates(4, epochs=6, updates=1)


@exercise("train_with_SGD", uses=("make_model", "mse", "perform_one_update"))
class TestTrainWithSGD:
    TAGS = {
        "copy": "trains_a_copy_in_vain",
        "pairs": "pairs_broken",
        "all": "one_update_with_all_examples",
        "replacement": "drawn_with_replacement",
        "never": "never_shuffled",
        "once": "shuffled_once",
        "late": "first_epoch_not_shuffled",
    }

    def training(self, student):
        return Training(student, "train_with_SGD", self.TAGS)

    @side_condition
    def test_pairs(self, student):
        """an exact fit stays: inputs keep their targets"""
        self.training(student).exact_fit_stays()

    @pytest.mark.parametrize(("n", "epochs"), [(4, 1), (1, 3), (5, 1), (3, 2)])
    def test_visits(self, student, n, epochs):
        """every example once per epoch, one per update"""
        self.training(student).visits(n, 9, 1, epochs)

    def test_all_examples(self, student):
        """all examples of a larger table, also where the loss hardly changes"""
        self.training(student).all_updates(17, epochs=3, updates=17)

    def test_orders(self, student):
        """a new order in each epoch"""
        training, runs = self.training(student), []
        for seed, (n, bs, epochs) in enumerate(ORDERS[10], 1):
            student.seed(seed)
            runs.append(training.visits(n, 10, bs, epochs))
        training.new_order_each_epoch(runs)

    def test_float32(self, student):
        """float32, as in the notebook"""
        end = self.training(student).run(problem(3, seed=11, dtype=torch.float32), 1)
        found = ends(3, 11, (1, 1, 1), 1).find(*end, tolerance=1e-5)
        expect(found is not None, "In float32 the parameters fit no order of the examples.")


@exercise("train_with_minibatchSGD", uses=("make_model", "mse", "perform_one_update"))
class TestTrainWithMinibatchSGD:
    TAGS = {
        "pairs": "pairs_broken_in_batches",
        "all": "one_batch_with_all_examples",
        "single": "one_example_at_a_time",
        "dropped": "last_batch_dropped",
        "first": "first_batch_only",
        "chunk": "number_of_batches_instead_of_size",
        "never": "never_shuffled_batches",
        "once": "batches_shuffled_once",
        "late": "batches_of_the_first_epoch_not_shuffled",
    }

    def training(self, student, bs):
        return Training(student, "train_with_minibatchSGD", self.TAGS, bs)

    @side_condition
    def test_pairs(self, student):
        """an exact fit stays: inputs keep their targets"""
        self.training(student, 2).exact_fit_stays()

    @pytest.mark.parametrize(
        ("n", "bs", "epochs"), [(5, 2, 1), (6, 3, 1), (4, 1, 1), (5, 5, 2), (3, 4, 2), (7, 3, 1)]
    )
    def test_visits(self, student, n, bs, epochs):
        """every example once per epoch, in batches of bs and a short last one"""
        self.training(student, bs).visits(n, 12, bs, epochs)

    def test_all_examples(self, student):
        """all examples of a larger table, also where the loss hardly changes"""
        self.training(student, 4).all_updates(18, epochs=3, updates=5)

    def test_orders(self, student):
        """new batches in each epoch"""
        runs = []
        for seed, (n, bs, epochs) in enumerate(ORDERS[13], 1):
            student.seed(seed)
            training = self.training(student, bs)
            runs.append(training.visits(n, 13, bs, epochs))
        training.new_order_each_epoch(runs)
