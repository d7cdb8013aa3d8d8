"""Hidden checks of the notebook on digits.

`fit` is judged by what it leaves: with five examples all batches of an epoch can be worked out, and the
parameters say which of them were visited, whatever drew the order.
"""

import functools
import itertools

import numpy as np
import pytest

from grader.checks import check_close, exercise, expect, note_chance, side_condition

LR = 0.6


@exercise("digit_sizes")
class TestDigitSizes:
    KNOWN = {
        ("d_input", 8): "one_side_of_the_image",
        ("d_input", 1797): "images_taken_for_inputs",
        ("d_output", 1): "one_output_for_ten_classes",
        ("d_output", 9): "largest_class_number",
    }

    @pytest.mark.parametrize("name", ["d_input", "d_output", "d_hidden"])
    def test_size(self, student, reference, name):
        """the sizes of the network"""
        got = student.get(name)
        number = isinstance(got, int | np.integer) and not isinstance(got, bool)
        fits = number and (got == reference.get(name) if name != "d_hidden" else 2 <= got <= 1000)
        expect(
            fits,
            f"{name} is {got if number else 'no whole number'}.",
            "",
            "Look at one image, and at the classes.",
            misconception=self.KNOWN.get((name, int(got))) if number else None,
        )


@exercise("train_validation_split")
class TestTrainValidationSplit:
    def split(self, student, n, fraction, seed):
        """The two sets of a table whose rows say their number; what was given must stay."""
        y = np.arange(n) * 3
        X = np.stack([y, y + 0.5, -y], axis=1).astype(float)
        kept = X.copy(), y.copy()
        got = student.train_validation_split.inplace(X, y, fraction, seed)
        expect(
            np.array_equal(X, kept[0]) and np.array_equal(y, kept[1]),
            "X or y that was given has changed.",
            "It looks like a shuffle in place.",
            "Draw an order of indices.",
        )
        expect(
            isinstance(got, tuple | list) and len(got) == 4,
            "Four arrays should be returned: X_train, y_train, X_val, y_val.",
            "",
            "Look at the return line.",
        )
        X_train, y_train, X_val, y_val = (np.asarray(part) for part in got)
        shaped = X_train.ndim == X_val.ndim == 2 and y_train.ndim == y_val.ndim == 1
        expect(
            shaped,
            "The parts have other numbers of axes than X and y.",
            "",
            "In which order are they returned?",
        )
        return (X_train, y_train), (X_val, y_val)

    @pytest.mark.parametrize(("n", "fraction"), [(10, 0.3), (17, 0.2), (9, 0.5001), (12, 0.21), (23, 0.75)])
    def test_sizes(self, student, n, fraction):
        """sizes of the two sets"""
        train, val = self.split(student, n, fraction, 4)
        expected = round(fraction * n)
        expect(
            (len(train[1]), len(val[1])) == (n - expected, expected),
            f"Of {n} examples {len(train[1])} train and {len(val[1])} validate, for the fraction {fraction}.",
            "It looks like the two sets exchanged."
            if (len(val[1]), len(train[1])) == (n - expected, expected)
            else "It looks like another rounding or another share.",
            "The fraction is the share of the validation set, rounded to the nearest number.",
        )

    @pytest.mark.parametrize("seed", [0, 1])
    def test_pairs(self, student, seed):
        """every example once, with its own class"""
        train, val = self.split(student, 11, 0.3, seed)
        for X, y in (train, val):
            expect(
                len(X) == len(y) and np.array_equal(X, np.stack([y, y + 0.5, -y], axis=1)),
                "Rows of X and entries of y do not belong together.",
                "It looks like two orders, one for each.",
                "Draw one order and use it twice.",
            )
        together = sorted([*train[1].tolist(), *val[1].tolist()])
        expect(
            together == (np.arange(11) * 3).tolist(),
            "Some examples are in both sets or in none.",
            "It looks like two independent draws.",
            "Cut one order in two.",
        )

    def test_seed(self, student):
        """the seed decides the split"""
        n = 40
        sets = [tuple(self.split(student, n, 0.4, seed)[1][1].tolist()) for seed in (0, 1, 2, 3, 0)]
        expect(
            sets[0] == sets[4],
            "The same seed gives another split.",
            "It looks like a shuffle without the seed.",
            "Where is the argument seed used?",
        )
        note_chance(1e-9)  # there are 6e10 sets of 16 of 40 examples
        expect(
            len({tuple(sorted(part)) for part in sets}) == 4,
            "Several of four seeds give the same validation set.",
            "It looks like a cut without a shuffle, or a seed that is fixed.",
            "Where is the argument seed used?",
        )
        ends = [sum((y + 3) % (3 * n) not in part for y in part) for part in sets]
        expect(
            max(ends) > 1,
            "The examples of the validation set stand next to one another in the table.",
            "It looks like a cut that moves with the seed, without a shuffle.",
            "Data are often sorted: what is in neighbouring rows?",
        )


HELPERS = """
import numpy

def check_made(sizes, seed):
    net = NumpyMLP(sizes, seed)
    return list(net.weights), list(net.biases)

def check_set(sizes, weights, biases, seed=0):
    net = NumpyMLP(sizes, seed)
    for k in range(len(weights)):
        net.weights[k][...] = weights[k]
        net.biases[k][...] = numpy.reshape(biases[k], net.biases[k].shape)
    return net

def check_forward(sizes, weights, biases, X):
    return check_set(sizes, weights, biases).forward(X)

def check_predict(sizes, weights, biases, X):
    return check_set(sizes, weights, biases).predict(X)

def check_fit(sizes, weights, biases, seed, X, y, *options):
    net = check_set(sizes, weights, biases, seed)
    net.fit(X, y, *options)
    return [numpy.array(W) for W in net.weights], [numpy.ravel(b) for b in net.biases]
"""


def parameters(sizes, seed=0):
    """Weights and biases; float32 holds them exactly."""
    draw = np.random.default_rng([seed, *sizes])
    weights = [np.float32(draw.normal(0, 1, size=(m, n))).astype(float) for n, m in itertools.pairwise(sizes)]
    return weights, [np.float32(draw.normal(0.2, 0.5, size=m)).astype(float) for m in sizes[1:]]


def examples(n, sizes, seed=0):
    draw = np.random.default_rng([seed, n, *sizes])
    return draw.normal(0.3, 1.2, size=(n, sizes[0])), (3 * np.arange(n) + np.arange(n) // 2) % sizes[-1]


def forward(weights, biases, X):
    """Inputs and outputs of all layers."""
    values = [X]
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        values.append(1 / (1 + np.exp(-(values[-1] @ W.T + b))))
    scores = values[-1] @ weights[-1].T + biases[-1]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return [*values, powers / powers.sum(axis=1, keepdims=True)]


def step(weights, biases, X, y, decay):
    """One update on a batch."""
    *values, probs = forward(weights, biases, X)
    delta = (probs - np.eye(probs.shape[1])[y]) / len(X)
    new_weights, new_biases = list(weights), list(biases)
    for k in reversed(range(len(weights))):
        new_weights[k] = weights[k] - LR * (delta.T @ values[k] + decay * weights[k])
        new_biases[k] = biases[k] - LR * delta.sum(axis=0)
        delta = delta @ weights[k] * values[k] * (1 - values[k])
    return new_weights, new_biases


def named(weights, biases):
    """The parameters by name, so that a message says which are wrong."""
    table = {f"weights[{k}]": W for k, W in enumerate(weights)}
    return table | {f"biases[{k}]": b for k, b in enumerate(biases)}


@functools.cache
def ends_of_an_epoch(n, sizes, batches, decay=0.0):
    """Parameters after one epoch for every way to cut n examples into batches of these sizes, with the way."""
    X, y = examples(n, sizes, seed=5)
    weights, biases = parameters(sizes, seed=5)

    def grow(left, batches):
        if not batches:
            yield ()
            return
        for batch in itertools.combinations(left, batches[0]):
            for rest in grow([i for i in left if i not in batch], batches[1:]):
                yield (batch, *rest)

    found = []
    for visit in grow(list(range(n)), batches):
        state = weights, biases
        for batch in map(list, visit):
            state = step(*state, X[batch], y[batch], decay)
        found.append((visit, state))
    return found


def same(end, state):
    """Whether two networks are equal, to the precision of the first."""
    single = any(np.asarray(a).dtype.itemsize < 8 for part in end for a in part)
    return all(
        np.shape(a) == b.shape and np.allclose(a, b, rtol=0, atol=1e-5 if single else 1e-9)
        for part, other in zip(end, state, strict=True)
        for a, b in zip(part, other, strict=True)
    )


def visit_that_leads_to(n, sizes, batches, end, decay=0.0):
    for visit, state in ends_of_an_epoch(n, sizes, batches, decay):
        if same(end, state):
            return visit
    return None


@exercise("NumpyMLP")
class TestNumpyMLP:
    DEPTHS = [(3, 5, 2), (4, 3, 6, 2), (3, 2), (2, 4, 3, 5, 3)]

    @pytest.mark.parametrize("sizes", DEPTHS)
    def test_initial_parameters(self, student, sizes):
        """shapes, spread and seed of the initial parameters"""
        student.define(HELPERS)
        weights, biases = student.check_made(sizes, 3)
        shapes = [(m, n) for n, m in itertools.pairwise(sizes)]
        expect(
            [np.shape(W) for W in weights] == shapes,
            f"The weights have the shapes {[np.shape(W) for W in weights]} for the sizes {sizes}.",
            "",
            "Each layer has one row of weights per output.",
        )
        expect(
            [np.size(b) for b in biases] == list(sizes[1:]),
            f"The biases have the shapes {[np.shape(b) for b in biases]} for the sizes {sizes}.",
        )
        expect(
            all(np.unique(np.round(W, 12)).size == np.size(W) for W in weights),
            "Several weights of a layer are equal.",
            "It looks like constant weights: neurons that are equal stay equal.",
            "Draw each weight by itself.",
        )
        expect(
            all(np.abs(W).max() < 5 for W in weights),
            "Some initial weights are large.",
            "Sigmoids of large sums hardly change.",
            "Keep the spread at or below one.",
        )
        wide = student.check_made((64, 30, 20), 3)[0]  # large enough for its mean to tell
        expect(
            all(abs(float(np.mean(W))) < 0.8 for W in wide),
            "Nearly all initial weights of a layer are large and have the same sign.",
            "It looks like a distribution around a number far from 0.",
            "Small weights of both signs keep the sums of 64 inputs small.",
        )
        again, other = student.check_made(sizes, 3)[0], student.check_made(sizes, 4)[0]
        check_close(dict(enumerate(again)), dict(enumerate(weights)), what="the weights of the same seed")
        expect(
            not np.array_equal(other[0], weights[0]),
            "Two seeds give the same weights.",
            "",
            "Where is seed used?",
        )

    @pytest.mark.parametrize("sizes", DEPTHS)
    def test_forward(self, student, sizes):
        """probabilities and classes of some examples"""
        student.define(HELPERS)
        X, _ = examples(6, sizes)
        weights, biases = parameters(sizes)
        got = student.check_forward(sizes, weights, biases, X)
        expected = forward(weights, biases, X)[-1]
        check_close(got, expected, what="the probabilities", sizes={"the number of examples": 6})
        classes = student.check_predict(sizes, weights, biases, X)
        expect(
            np.shape(classes) == (6,) and np.array_equal(classes, expected.argmax(axis=1)),
            "predict does not give the class with the largest probability of each example.",
        )

    def test_large_scores(self, student):
        """large scores"""
        student.define(HELPERS)
        weights, biases = parameters((3, 4, 2))
        biases[-1] = np.array([1000.0, -1000.0])
        X, _ = examples(3, (3, 4, 2))
        got = student.check_forward((3, 4, 2), weights, biases, X)
        check_close(got, np.array([[1.0, 0.0]] * 3), what="the probabilities", atol=1e-12)
        far = [np.array([[2000.0], [2000.0]])], [np.array([0.0, 1.0])]
        X = np.array([[0.0], [1.0], [-1.0]])
        got = student.check_forward((1, 2), *far, X)
        check_close(got, forward(*far, X)[-1], what="the probabilities of rows whose scores lie far apart")

    @pytest.mark.parametrize("sizes", DEPTHS)
    @pytest.mark.parametrize("decay", [0.0, 0.1])
    def test_full_batch(self, student, sizes, decay):
        """training with all examples in each update, without and with weight decay"""
        student.define(HELPERS)
        X, y = examples(7, sizes, seed=1)
        weights, biases = parameters(sizes, seed=1)
        copies = X.copy(), y.copy()
        for n_epochs in (1, 3):
            got = student.check_fit(sizes, weights, biases, 0, X, y, LR, n_epochs, 7, decay)
            state = weights, biases
            for _ in range(n_epochs):
                state = step(*state, X, y, decay)
            known = {"the number of examples": 7, "the number of classes": sizes[-1]}
            check_close(named(*got), named(*state), what="the network", sizes=known)
        expect(np.array_equal(X, copies[0]) and np.array_equal(y, copies[1]), "X or y has changed.")

    @side_condition
    def test_all_epochs(self, student):
        """all epochs, also where the loss hardly changes"""
        student.define(HELPERS)
        X, y = (
            np.tile(examples(3, (3, 2))[0], (2, 1)),
            np.array([0, 0, 0, 1, 1, 1]),
        )  # each point has both classes
        state = [[1e-4 * part for part in parts] for parts in parameters((3, 2))]
        got = student.check_fit((3, 2), *state, 0, X, y, LR, 6, 6)
        for _ in range(6):
            state = step(*state, X, y, 0.0)
        check_close(named(*got), named(*state), what="the network", rtol=1e-3)

    @pytest.mark.parametrize(
        ("n", "batch_size", "decay"), [(5, 2, 0.0), (6, 3, 0.0), (4, 1, 0.0), (3, 5, 0.0), (5, 2, 0.1)]
    )
    def test_batches(self, student, n, batch_size, decay):
        """every example once per epoch, the short last batch included"""
        student.define(HELPERS)
        sizes = (3, 4, 2)
        X, y = examples(n, sizes, seed=5)
        batches = tuple(min(batch_size, n - start) for start in range(0, n, batch_size))
        end = student.check_fit(sizes, *parameters(sizes, seed=5), 1, X, y, LR, 1, batch_size, decay)
        note_chance(0.0)  # every order is tried
        expect(
            visit_that_leads_to(n, sizes, batches, end, decay) is not None,
            f"After one epoch with {n} examples in batches of {batch_size}, the parameters fit no order of the examples.",
            "It looks like examples left out or visited twice, pairs that are mixed, batches of another size"
            + (", or another decay." if decay else "."),
            "Print the indices that your loop visits.",
            misconception="decay_not_used" if decay and visit_that_leads_to(n, sizes, batches, end) else None,
        )

    def test_orders(self, student):
        """a new order in each epoch"""
        student.define(HELPERS)
        sizes, n = (3, 4, 2), 4
        X, y = examples(n, sizes, seed=5)
        equal, firsts = [], []
        for seed in range(4):
            end = student.check_fit(sizes, *parameters(sizes, seed=5), seed, X, y, LR, 2, 1)
            equal.append(self.same_order_twice(X, y, sizes, end))
            end = student.check_fit(sizes, *parameters(sizes, seed=5), seed, X, y, LR, 1, 1)
            firsts.append(visit_that_leads_to(n, sizes, (1,) * n, end))
        note_chance(2 * 24.0**-4)
        expect(
            not all(equal),
            "Both epochs visit the examples in the same order.",
            "It looks like an order that is drawn once, or never.",
            "What belongs inside the loop over the epochs?",
        )
        expect(
            not all(visit == ((0,), (1,), (2,), (3,)) for visit in firsts),
            "The first epoch always visits the examples in the order of the table.",
            "It looks like a shuffle at the end of the epoch, or like an order that is turned instead of drawn.",
            "Where in the epoch is its order drawn?",
            misconception="first_epoch_not_shuffled",
        )

    def same_order_twice(self, X, y, sizes, end):
        for visit, state in ends_of_an_epoch(len(X), sizes, (1,) * len(X)):
            for batch in map(list, visit):
                state = step(*state, X[batch], y[batch], 0.0)
            if same(end, state):
                return True
        return False
