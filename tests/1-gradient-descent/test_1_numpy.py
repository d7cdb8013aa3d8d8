"""Hidden checks of gradient descent with numpy."""

import numpy as np
import pytest

from grader.checks import check_close, exercise, expect, side_condition

SIZES = [(5, 3), (1, 4), (3, 3), (4, 1)]  # (N, P)


def problem(n, p, seed=0):
    """Uneven data with a bias of either sign that is not zero: X (n, p), y (n,), w (p,), b."""
    draw = np.random.default_rng([seed, n, p])
    b = (-1) ** n * (0.7 + draw.random())
    return draw.normal(1, 2, size=(n, p)), draw.normal(2, 3, size=n), draw.normal(size=p), b


def named(n, p):
    return {"the number of examples": n, "the number of features": p}


def number(value):
    """A number may come as an array of one."""
    return value.reshape(()) if isinstance(value, np.ndarray) and value.shape == (1,) else value


def parts(got, names, count):
    """The items of a returned tuple by their names, so that a message says which one differs."""
    expect(
        isinstance(got, tuple | list) and len(got) == count,
        f"{count} values should be returned: {', '.join(names)}.",
        "",
        "Look at the return line.",
    )
    return dict(zip(names, got, strict=True))


def unchanged(arguments, copies):
    for name in copies:
        expect(
            np.array_equal(arguments[name], copies[name]),
            f"The array {name} that was given has changed.",
            "It looks like an update in place.",
            "Look for -=, += or an assignment to a part of it.",
            misconception="changes_the_given_weights" if name == "w" else None,
        )


@exercise("linear_predict")
class TestLinearPredict:
    @pytest.mark.parametrize(("n", "p"), SIZES)
    def test_prediction(self, student, reference, n, p):
        """predictions of N examples with P features"""
        X, _, w, b = problem(n, p)
        got = student.linear_predict(X, w, b)
        check_close(got, reference.linear_predict(X, w, b), what="the prediction", sizes=named(n, p))

    @side_condition
    def test_arguments_stay(self, student):
        """the arguments stay as they are"""
        X, _, w, b = problem(5, 3, seed=7)
        copies = {"X": X.copy(), "w": w.copy()}
        student.linear_predict.inplace(X, w, b)
        unchanged({"X": X, "w": w}, copies)


@exercise("mse")
class TestMse:
    @pytest.mark.parametrize("n", [5, 1, 4])
    def test_value(self, student, reference, n):
        """loss of N examples"""
        _, y, _, _ = problem(n, 2)
        yhat = problem(n, 2, seed=1)[1]
        got = number(student.mse(y, yhat))
        check_close(got, reference.mse(y, yhat), what="the loss", sizes={"the number of examples": n})

    @side_condition
    def test_perfect(self, student):
        """loss of a perfect prediction"""
        _, y, _, _ = problem(6, 2)
        check_close(
            number(student.mse(y, y.copy())), 0.0, what="the loss of a perfect prediction", atol=1e-12
        )

    @side_condition
    def test_arguments_stay(self, student):
        """the arguments stay as they are"""
        y, yhat = problem(5, 2)[1], problem(5, 2, seed=1)[1]
        copies = {"y": y.copy(), "yhat": yhat.copy()}
        student.mse.inplace(y, yhat)
        unchanged({"y": y, "yhat": yhat}, copies)


@exercise("mse_gradients", uses=("linear_predict", "mse"))
class TestMseGradients:
    NAMES = ("grad_w", "grad_b")

    @pytest.mark.parametrize(("n", "p"), SIZES)
    def test_gradients(self, student, reference, n, p):
        """gradients for N examples with P features"""
        X, y, w, b = problem(n, p)
        got = parts(student.mse_gradients(X, y, w, b), self.NAMES, 2)
        got["grad_b"] = number(got["grad_b"])
        expected = parts(reference.mse_gradients(X, y, w, b), self.NAMES, 2)
        check_close(got, expected, what="returned", sizes=named(n, p))

    def test_every_example_three_times(self, student, reference):
        """every example three times gives the same gradients"""
        X, y, w, b = problem(5, 3, seed=2)
        got = parts(student.mse_gradients(np.tile(X, (3, 1)), np.tile(y, 3), w, b), self.NAMES, 2)
        got["grad_b"] = number(got["grad_b"])
        expected = parts(reference.mse_gradients(X, y, w, b), self.NAMES, 2)
        check_close(
            got, expected, what="returned", sizes={"the number of examples": 15, "the number of copies": 3}
        )

    @side_condition
    def test_arguments_stay(self, student):
        """the arguments stay as they are"""
        X, y, w, b = problem(5, 3, seed=3)
        copies = {"X": X.copy(), "y": y.copy(), "w": w.copy()}
        student.mse_gradients.inplace(X, y, w, b)
        unchanged({"X": X, "y": y, "w": w}, copies)


@exercise("gradient_descent", uses=("linear_predict", "mse", "mse_gradients"))
class TestGradientDescent:
    NAMES = ("w", "b", "losses")

    def run(self, who, X, y, w, b, lr, n_epochs):
        got = parts(who.gradient_descent(X, y, w, b, lr, n_epochs), self.NAMES, 3)
        got["b"] = number(got["b"])
        losses = [float(number(value)) for value in got["losses"]]
        expect(
            len(losses) == n_epochs,
            f"There are {len(losses)} losses for {n_epochs} updates.",
            "",
            "Each update has one loss, taken before it.",
        )
        return {**got, "losses": np.array(losses)}

    @pytest.mark.parametrize(
        ("n", "p", "n_epochs", "lr"), [(5, 3, 4, 0.03), (3, 3, 1, 0.01), (6, 1, 7, 0.02), (4, 5, 5, 0.7)]
    )
    def test_trajectory(self, student, reference, n, p, n_epochs, lr):
        """parameters and losses after some epochs, converging or not"""
        X, y, w, b = problem(n, p, seed=4)
        got = self.run(student, X, y, w, b, lr, n_epochs)
        expected = self.run(reference, X, y, w, b, lr, n_epochs)
        check_close(got, expected, what="returned", sizes=named(n, p), rtol=1e-5)

    @side_condition
    def test_at_the_minimum(self, student):
        """all updates that are asked for, also where nothing is left to learn"""
        X, _, w, b = problem(5, 3, seed=5)
        got = self.run(student, X, X @ w + b, w, b, 0.03, 6)
        check_close(got, {"w": w, "b": b, "losses": np.zeros(6)}, what="returned", rtol=1e-5, atol=1e-9)

    @side_condition
    def test_arguments_stay(self, student):
        """the arguments stay as they are"""
        X, y, w, b = problem(5, 3, seed=6)
        copies = {"X": X.copy(), "y": y.copy(), "w": w.copy()}
        student.gradient_descent.inplace(X, y, w, b, 0.01, 3)
        unchanged({"X": X, "y": y, "w": w}, copies)
