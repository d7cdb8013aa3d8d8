"""Hidden checks of the network from lists."""

import math
import random

import numpy as np
import pytest

from grader.checks import PURE_PYTHON, check_close, exercise, expect, side_condition

HELPERS = ("dot_product", "add_bias", "get_columns", "transpose", "matrix_multiplication")
LAYERS = (*HELPERS, "forward_layer", "sigmoid")
KEYS = ("W1", "b1", "W2", "b2")


def matrix(rows, columns, seed, spread=2.0):
    """Uneven numbers without symmetry, as a list of rows."""
    draw = random.Random(1000 * rows + 10 * columns + seed)
    return [[draw.uniform(-spread, spread) + 0.3 for _ in range(columns)] for _ in range(rows)]


def network(d_input, d_hidden, d_output, seed=0):
    """Parameters with biases that are not zero."""
    return {
        "W1": matrix(d_input, d_hidden, seed, 1.5),
        "b1": matrix(1, d_hidden, seed + 1)[0],
        "W2": matrix(d_hidden, d_output, seed + 2, 1.5),
        "b2": matrix(1, d_output, seed + 3)[0],
    }


def plain(value):
    """Tuples as lists, so that both are right."""
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def same_after(call, *arguments):
    """Call in place; the arguments must stay as they are."""
    before = repr(arguments)
    result = call.inplace(*arguments)
    expect(
        repr(arguments) == before,
        "A list that was given has changed.",
        "It looks like an append or an assignment to an element.",
        "Make a new list.",
    )
    return plain(result)


@exercise("constants")
class TestConstants:
    KNOWN = {
        ("N", 600): "coordinates_counted_instead_of_points",
        ("d_input", 300): "points_taken_for_inputs",
        ("d_output", 1): "one_output_for_two_classes",
        ("epsilon", 0.03): "rate_for_sums",
    }

    @pytest.mark.parametrize("name", ["N", "d_input", "d_output", "d_hidden", "epsilon"])
    def test_number(self, student, reference, name):
        """the numbers of the problem"""
        got = student.get(name)
        number = isinstance(got, int | float | np.number) and not isinstance(got, bool)
        expect(
            number and got == reference.get(name),
            f"{name} is {got if number else 'no number'}.",
            "",
            "Look at the data and at the statement.",
            misconception=self.KNOWN.get((name, got)) if number else None,
        )


@exercise("init_model", rules=PURE_PYTHON)
class TestInitModel:
    @pytest.mark.parametrize(("sizes", "seed"), [((3, 5, 2), 0), ((2, 4, 3), 7), ((4, 3, 2), 1)])
    def test_draws(self, student, reference, sizes, seed):
        """the draws of a seed, in their order"""
        got = student.init_model(*sizes, seed)
        expect(
            isinstance(got, dict) and set(KEYS) <= set(got),
            "The result is not a dict with the keys W1, b1, W2 and b2.",
            "",
            "Look at the return line.",
        )
        got = {key: plain(got[key]) for key in KEYS}
        check_close(got, reference.init_model(*sizes, seed), what="the model")

    def test_seed(self, student):
        """the same seed again gives the same model"""
        for seed in (5, 0):
            once = plain(student.init_model(3, 2, 4, seed)["W2"])
            student.init_model(2, 2, 2, 6)
            again = plain(student.init_model(3, 2, 4, seed)["W2"])
            check_close(again, once, what="W2 of a second call")


@exercise("dot_product", rules=PURE_PYTHON)
class TestDotProduct:
    @pytest.mark.parametrize("n", [4, 1, 7])
    def test_value(self, student, reference, n):
        """vectors of n numbers"""
        v1, v2 = matrix(2, n, 0)
        got = same_after(student.dot_product, v1, v2)
        check_close(got, reference.dot_product(v1, v2), what="the dot product")


@exercise("add_bias", rules=PURE_PYTHON)
class TestAddBias:
    @pytest.mark.parametrize("n", [4, 1, 7])
    def test_value(self, student, reference, n):
        """vectors of n numbers"""
        v1, v2 = matrix(2, n, 1)
        check_close(same_after(student.add_bias, v1, v2), reference.add_bias(v1, v2), what="the sum")


@exercise("get_columns", rules=PURE_PYTHON)
class TestGetColumns:
    @pytest.mark.parametrize(
        ("rows", "columns", "index"), [(3, 4, 0), (3, 4, 3), (2, 2, 1), (4, 1, 0), (1, 3, 2)]
    )
    def test_value(self, student, reference, rows, columns, index):
        """a column of a matrix"""
        W = matrix(rows, columns, 2)
        got = same_after(student.get_columns, W, index)
        check_close(got, reference.get_columns(W, index), what="the column")


@exercise("transpose", rules=PURE_PYTHON, uses=("get_columns",))
class TestTranspose:
    @pytest.mark.parametrize(("rows", "columns"), [(2, 3), (4, 2), (3, 3), (1, 4), (3, 1)])
    def test_value(self, student, reference, rows, columns):
        """a matrix of some size"""
        W = matrix(rows, columns, 3)
        check_close(same_after(student.transpose, W), reference.transpose(W), what="the transpose")


@exercise(
    "matrix_multiplication", rules=PURE_PYTHON, uses=("dot_product", "get_columns", "transpose", "add_bias")
)
class TestMatrixMultiplication:
    @pytest.mark.parametrize(("n", "m", "p"), [(2, 3, 4), (3, 3, 3), (1, 4, 2), (4, 1, 3), (5, 2, 1)])
    def test_value(self, student, reference, n, m, p):
        """a product of (n, m) and (m, p)"""
        X, W = matrix(n, m, 4), matrix(m, p, 5)
        got = same_after(student.matrix_multiplication, X, W)
        check_close(
            got, reference.matrix_multiplication(X, W), what="the product", sizes={"the inner size": m}
        )


@exercise("forward_layer", rules=PURE_PYTHON, uses=HELPERS)
class TestForwardLayer:
    @pytest.mark.parametrize(("n", "m", "p"), [(5, 3, 4), (3, 3, 3), (1, 2, 5), (4, 2, 1)])
    def test_value(self, student, reference, n, m, p):
        """an affine layer"""
        X, W, b = matrix(n, m, 6), matrix(m, p, 7), matrix(1, p, 8)[0]
        got = same_after(student.forward_layer, X, W, b)
        check_close(got, reference.forward_layer(X, W, b), what="the layer")


@exercise("sigmoid", rules=PURE_PYTHON)
class TestSigmoid:
    @pytest.mark.parametrize("x", [0.7, -1.3, 4.0, -6.5, 0.0, 12.0, -15.0])
    def test_value(self, student, reference, x):
        """values for numbers of usual size"""
        check_close(student.sigmoid(x), reference.sigmoid(x), what="sigmoid")

    @pytest.mark.parametrize("x", [1000.0, 750])
    def test_limits(self, student, x):
        """limits for numbers of large size"""
        check_close([student.sigmoid(x), student.sigmoid(-x)], [1.0, 0.0], what="sigmoid", atol=1e-12)


@exercise("forward_function", rules=PURE_PYTHON, uses=LAYERS)
class TestForwardFunction:
    @pytest.mark.parametrize(("n", "sizes"), [(5, (3, 4, 2)), (3, (2, 3, 3)), (1, (4, 2, 5))])
    def test_probabilities(self, student, reference, n, sizes):
        """probabilities of some examples"""
        X, model = matrix(n, sizes[0], 9), network(*sizes)
        arguments = (X, *(model[key] for key in KEYS))
        got = same_after(student.forward_function, *arguments)
        named = {"the number of examples": n, "the number of classes": sizes[2]}
        check_close(got, reference.forward_function(*arguments), what="the probabilities", sizes=named)

    def test_large_scores(self, student, reference):
        """scores of large size"""
        X, model = matrix(3, 2, 10), network(2, 4, 3, seed=3)
        for b2 in ([1000.0, 1001.0, 999.0], [-1000.0, -1000.5, -1001.0], [900.0, -900.0, 0.0]):
            arguments = (X, model["W1"], model["b1"], model["W2"], b2)
            got = plain(student.forward_function(*arguments))
            check_close(got, reference.forward_function(*arguments), what="the probabilities", atol=1e-12)

    def test_rows_apart(self, student, reference):
        """rows whose scores lie far apart"""
        for X in ([[9.0], [-9.0], [0.001]], [[-9.0], [0.002], [9.0]]):
            arguments = (X, [[100.0]], [0.0], [[2000.0, 2000.0]], [0.0, 1.0])
            got = plain(student.forward_function(*arguments))
            check_close(got, reference.forward_function(*arguments), what="the probabilities", rtol=1e-6)


@exercise("train_model", rules=PURE_PYTHON, uses=(*LAYERS, "forward_function"))
class TestTrainModel:
    def train(self, who, model, X, y, epsilon, num_epochs):
        got = who.train_model(model, X, y, epsilon, num_epochs)
        expect(
            isinstance(got, tuple | list) and len(got) == 2,
            "Two values should be returned: the model and the losses.",
            "",
            "Look at the return line.",
        )
        trained, losses = got
        expect(
            isinstance(trained, dict) and set(KEYS) <= set(trained),
            "The first result is not a dict with the keys W1, b1, W2 and b2.",
        )
        expect(
            isinstance(losses, list | tuple) and len(losses) == num_epochs,
            f"There are {len(losses) if isinstance(losses, list | tuple) else 'no'} losses for {num_epochs} updates.",
            "",
            "Each update has one loss, taken before it.",
        )
        result = {key: plain(trained[key]) for key in KEYS}
        return result, plain(losses)

    @pytest.mark.parametrize(
        ("n", "sizes", "num_epochs"),
        [(5, (3, 6, 4), 3), (4, (2, 4, 3), 1), (1, (4, 2, 5), 2), (7, (2, 5, 3), 2)],
    )
    def test_trajectory(self, student, reference, n, sizes, num_epochs):
        """the model and the losses after some epochs"""
        X, model = matrix(n, sizes[0], 11), network(*sizes, seed=4)
        y = [(3 * i + i // 2) % sizes[2] for i in range(n)]
        got, losses = self.train(student, model, X, y, 0.4, num_epochs)
        expected, expected_losses = self.train(reference, model, X, y, 0.4, num_epochs)
        named = {"the number of examples": n, "the number of classes": sizes[2]}
        check_close(losses, expected_losses, what="the list of losses", sizes=named, rtol=1e-5)
        if num_epochs == 1:  # changes, so that a factor of the gradients shows as a factor
            moved, due = (
                {key: change(values[key], model[key]) for key in KEYS} for values in (got, expected)
            )
            check_close(moved, due, what="the change of the model", sizes=named)
        check_close(got, expected, what="the model", sizes=named)

    def test_every_example_twice(self, student, reference):
        """every example twice gives the same training"""
        X, y, model = matrix(4, 3, 12), [0, 1, 2, 0], network(3, 5, 3, seed=5)
        got, losses = self.train(student, model, X + X, y + y, 0.3, 2)
        expected, expected_losses = self.train(reference, model, X, y, 0.3, 2)
        check_close(
            losses, expected_losses, what="the list of losses", sizes={"the number of examples": 8}, rtol=1e-5
        )
        check_close(got, expected, what="the model")

    @side_condition
    def test_at_the_minimum(self, student):
        """all updates that are asked for, also where nothing is left to learn"""
        X, y = matrix(1, 3, 15) * 2, [0, 1]  # one point of both classes
        model = {**network(3, 4, 2, seed=8), "W2": [[0.0, 0.0] for _ in range(4)], "b2": [0.0, 0.0]}
        got, losses = self.train(student, model, X, y, 0.3, 5)
        check_close(losses, [math.log(2)] * 5, what="the list of losses", rtol=1e-5)
        check_close(got, model, what="the model", atol=1e-9)

    @side_condition
    def test_given_model(self, student):
        """the model, the examples and the classes that are given stay as they are"""
        X, y, model = matrix(4, 3, 13), [1, 0, 1, 1], network(3, 2, 2, seed=6)
        before = repr((model, X, y))
        student.train_model.inplace(model, X, y, 0.3, 2)
        expect(
            repr((model, X, y)) == before,
            "The model (or X or y) that was given has changed.",
            "It looks like new values that are written into the old lists or the old dict.",
            "Make new lists and a new dict.",
            misconception="changes_the_given_model",
        )


def change(new, old):
    """new - old, entry by entry."""
    if isinstance(new, list) and isinstance(old, list):
        return [change(a, b) for a, b in zip(new, old, strict=False)]
    return new - old


@exercise("predict", rules=PURE_PYTHON, uses=(*LAYERS, "forward_function"))
class TestPredict:
    @pytest.mark.parametrize(
        ("n", "sizes"), [(9, (3, 4, 3)), (6, (2, 3, 2)), (1, (4, 2, 5)), (12, (2, 6, 4))]
    )
    def test_classes(self, student, reference, n, sizes):
        """class numbers of some examples"""
        X, model = matrix(n, sizes[0], 14, spread=4.0), network(*sizes, seed=7)
        model["b2"] = [0.1 * k for k in range(sizes[2])]
        got = student.predict(model, X)
        expect(
            isinstance(got, list | tuple) and len(got) == n,
            f"The result is {'a list of ' + str(len(got)) if isinstance(got, list | tuple) else 'no list'}"
            f" for {n} examples.",
            "",
            "There is one class number per example.",
        )
        wrong = sum(g != e for g, e in zip(got, reference.predict(model, X), strict=True))
        expect(
            wrong == 0,
            f"{wrong} of {n} predictions are not the class with the largest probability.",
            "It looks like a probability, a one-hot row or another index.",
            "Where in its row does the largest probability stand?",
        )
