"""Hidden checks of the linear classifiers."""

import numpy as np
import pytest

from grader.checks import check_close, exercise, expect, side_condition

SIZES = [(5, 4, 3), (1, 2, 4), (3, 3, 3), (7, 1, 5)]  # (N, nx, ny)


def problem(n, nx, ny, seed=0):
    """Uneven classes and a bias that is not zero: X (n, nx), one-hot Y (n, ny), W (ny, nx), b (ny,)."""
    draw = np.random.default_rng([seed, n, nx, ny])
    X, W, b = draw.normal(0.5, 1.5, size=(n, nx)), draw.normal(size=(ny, nx)), draw.normal(size=ny)
    labels = np.minimum(draw.integers(0, ny + 1, size=n), ny - 1)  # the last class is twice as likely
    return X, np.eye(ny)[labels], W, b


def named(n, ny):
    return {"the number of examples": n, "the number of classes": ny}


def gradients(got, ny):
    """The two gradients by name; that of the bias may be a row."""
    expect(
        isinstance(got, tuple | list) and len(got) == 2,
        "Two values should be returned: grad_W and grad_b.",
        "",
        "Look at the return line.",
    )
    grad_W, grad_b = got
    return {"grad_W": grad_W, "grad_b": np.reshape(grad_b, ny) if np.shape(grad_b) == (1, ny) else grad_b}


def stays(arguments, copies):
    for name, copy in copies.items():
        expect(
            np.array_equal(arguments[name], copy),
            f"The array {name} that was given has changed.",
            "It looks like an update in place.",
            "Look for -=, /= or an assignment to a part of it.",
        )


@exercise("sigmoid")
class TestSigmoid:
    @pytest.mark.parametrize("shape", [(7,), (2, 3), (1, 1)])
    def test_values(self, student, reference, shape):
        """values for an array"""
        z = np.random.default_rng(len(shape)).normal(0, 4, size=shape)
        check_close(student.sigmoid(z), reference.sigmoid(z), what="the result")

    def test_limits(self, student):
        """limits for large scores"""
        z = np.array([-1e6, -1000.0, -800.0, 800.0, 1000.0, 1e6])
        check_close(student.sigmoid(z), np.array([0.0, 0, 0, 1, 1, 1]), what="the result", atol=1e-12)

    @side_condition
    def test_scores_stay(self, student):
        """the scores stay as they are"""
        z = np.random.default_rng(5).normal(size=(3, 2))
        copy = z.copy()
        student.sigmoid.inplace(z)
        stays({"z": z}, {"z": copy})

    @side_condition
    def test_no_overflow(self, student):
        """no overflow on the way"""
        student.define(
            "import contextlib, numpy\n"
            "def check_sigmoid(z):\n"
            "    sigmoid(numpy.zeros(2))\n"
            "    own = numpy.errstate, numpy.seterr\n"
            "    with numpy.errstate(over='raise', invalid='raise', divide='raise'):\n"
            "        numpy.errstate = lambda **_: contextlib.nullcontext()  # an overflow that is silenced is one\n"
            "        numpy.seterr = lambda *_, **__: {}\n"
            "        try:\n"
            "            sigmoid(z)\n"
            "        except FloatingPointError as error:\n"
            "            return str(error)\n"
            "        finally:\n"
            "            numpy.errstate, numpy.seterr = own\n"
            "    return 'none'\n"
        )
        for z in (np.array([-1000.0, -0.5, 2.0]), np.array([-1.5, 0.5, 1000.0])):
            seen = student.check_sigmoid(z)
            expect(
                seen == "none",
                f"There was an {str(seen)[:80]} for scores of large size.",
                "It looks like exp of a large positive number.",
                "For which sign of z is the argument of exp positive?",
            )


@exercise("softmax")
class TestSoftmax:
    @pytest.mark.parametrize(("n", "k"), [(5, 3), (3, 3), (1, 4), (4, 2)])
    def test_values(self, student, reference, n, k):
        """probabilities of N examples and K classes"""
        Z = np.random.default_rng([n, k]).normal(0.5, 2, size=(n, k))
        check_close(student.softmax(Z), reference.softmax(Z), what="the result", sizes=named(n, k))

    def test_large_scores(self, student, reference):
        """large scores of both signs"""
        Z = np.array(
            [[1000.0, 1001.0, 999.5], [-1000.0, -1002.0, -1000.5], [1000.0, -1000.0, 0.0], [0.1, 0.2, -0.3]]
        )
        check_close(student.softmax(Z), reference.softmax(Z), what="the result")

    @side_condition
    def test_scores_stay(self, student):
        """the scores stay as they are"""
        Z = np.random.default_rng(3).normal(size=(4, 3))
        copy = Z.copy()
        student.softmax.inplace(Z)
        stays({"Z": Z}, {"Z": copy})


@exercise("cross_entropy")
class TestCrossEntropy:
    @pytest.mark.parametrize(("n", "k"), [(5, 3), (3, 3), (1, 4), (6, 5)])
    def test_value(self, student, reference, n, k):
        """loss of N examples and K classes"""
        P = np.random.default_rng([n, k]).dirichlet(np.ones(k) * 2, size=n)
        Y = problem(n, 2, k, seed=1)[1]
        got, expected = student.cross_entropy(P, Y), reference.cross_entropy(P, Y)
        check_close(got, expected, what="the loss", sizes=named(n, k), rtol=1e-5)

    def test_zero_probabilities(self, student):
        """a probability of zero for a class that is not the true one"""
        P = np.array([[0.0, 1.0, 0.0], [0.0, 0.25, 0.75], [0.5, 0.0, 0.5], [1.0, 0.0, 0.0]])
        Y = np.eye(3)[[1, 2, 0, 0]]
        expected = -np.log(0.75 * 0.5) / 4
        check_close(student.cross_entropy(P, Y), expected, what="the loss", sizes=named(4, 3), rtol=1e-4)

    @side_condition
    def test_probabilities_stay(self, student):
        """the probabilities and classes stay as they are"""
        P, Y = np.array([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [0.2, 0.3, 0.5]]), np.eye(3)[[1, 2, 0]]
        copies = {"P": P.copy(), "Y": Y.copy()}
        student.cross_entropy.inplace(P, Y)
        stays({"P": P, "Y": Y}, copies)


@exercise("softmax_regression_gradients", uses=("softmax", "cross_entropy"))
class TestSoftmaxRegressionGradients:
    @pytest.mark.parametrize(("n", "nx", "ny"), SIZES)
    def test_gradients(self, student, reference, n, nx, ny):
        """gradients for N examples"""
        data = problem(n, nx, ny, seed=2)
        got = gradients(student.softmax_regression_gradients(*data), ny)
        expected = gradients(reference.softmax_regression_gradients(*data), ny)
        check_close(got, expected, what="returned", sizes=named(n, ny))

    def test_every_example_four_times(self, student, reference):
        """every example four times gives the same gradients"""
        X, Y, W, b = problem(5, 4, 3, seed=3)
        copies = np.tile(X, (4, 1)), np.tile(Y, (4, 1))
        got = gradients(student.softmax_regression_gradients(*copies, W, b), 3)
        expected = gradients(reference.softmax_regression_gradients(X, Y, W, b), 3)
        check_close(
            got, expected, what="returned", sizes={"the number of examples": 20, "the number of copies": 4}
        )

    @side_condition
    def test_arguments_stay(self, student):
        """the arguments stay as they are"""
        arguments = dict(zip("XYWb", problem(5, 4, 3, seed=4), strict=True))
        copies = {name: value.copy() for name, value in arguments.items()}
        student.softmax_regression_gradients.inplace(*arguments.values())
        stays(arguments, copies)


@exercise("fit_softmax_regression", uses=("softmax", "cross_entropy", "softmax_regression_gradients"))
class TestFitSoftmaxRegression:
    def fit(self, student, X, Y, lr, n_epochs, *seed):
        got = student.fit_softmax_regression(X, Y, lr, n_epochs, *seed)
        expect(
            isinstance(got, tuple | list) and len(got) == 3,
            "Three values should be returned: W, b and losses.",
            "",
            "Look at the return line.",
        )
        W, b, losses = got
        expect(
            np.shape(W) == (Y.shape[1], X.shape[1]),
            f"W has shape {np.shape(W)} where {(Y.shape[1], X.shape[1])} is expected.",
            "",
            "Compare with the table of shapes.",
        )
        expect(
            len(losses) == n_epochs,
            f"There are {len(losses)} losses for {n_epochs} updates.",
            "",
            "Each update has one loss, taken before it.",
        )
        losses = np.array([float(value) for value in losses])
        b = np.reshape(b, Y.shape[1]) if np.size(b) == Y.shape[1] else b
        return {"W": W, "b": b, "losses": losses}

    def path(self, start, X, Y, lr, n_epochs):
        """The same number of updates from the same start, on this side."""
        W, b, losses = start["W"], start["b"], []
        for _ in range(n_epochs):
            Z = X @ W.T + b
            Z = Z - Z.max(axis=1, keepdims=True)
            log_p = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
            losses.append(-(Y * log_p).sum() / len(X))
            delta = (np.exp(log_p) - Y) / len(X)
            W, b = W - lr * delta.T @ X, b - lr * delta.sum(axis=0)
        return {"W": W, "b": b, "losses": np.array(losses)}

    @pytest.mark.parametrize(("n", "nx", "ny", "n_epochs"), [(5, 4, 3, 4), (3, 3, 3, 1), (7, 1, 5, 3)])
    def test_trajectory(self, student, n, nx, ny, n_epochs):
        """parameters and losses after some epochs"""
        X, Y, _, _ = problem(n, nx, ny, seed=5)
        start = self.fit(student, X, Y, 0.0, 1, 3)  # a rate of zero shows where it starts
        got = self.fit(student, X, Y, 0.4, n_epochs, 3)
        expected = self.path(start, X, Y, 0.4, n_epochs)
        check_close(got, expected, what="returned", sizes=named(n, ny), rtol=1e-6)

    @side_condition
    def test_at_the_minimum(self, student):
        """all updates that are asked for, also where nothing is left to learn"""
        X, Y = np.zeros((6, 2)), np.eye(3)[[0, 1, 2, 2, 1, 0]]
        losses = self.fit(student, X, Y, 0.5, 5, 1)["losses"]
        check_close(losses, np.full(5, np.log(3)), what="the losses", atol=0.01)

    def test_start(self, student):
        """the start is near zero"""
        X, Y, _, _ = problem(6, 5, 4, seed=6)
        start = self.fit(student, X, Y, 0.0, 1, 1)
        expect(
            bool(np.abs(start["W"]).max() < 0.1 and np.abs(start["b"]).max() < 0.1),
            "Some initial parameters are larger than 0.1.",
            "It looks like a larger spread than the one asked for.",
            "The first loss of an untrained classifier is about ln K.",
        )

    def test_seed(self, student):
        """the seed decides the start, and nothing else does"""
        X, Y, _, _ = problem(5, 4, 3, seed=7)
        once, again, other = (self.fit(student, X, Y, 0.2, 2, seed) for seed in (1, 1, 2))
        check_close(again, once, what="a second run with the same seed")
        start = self.fit(student, X, Y, 0.0, 1, 1)
        expect(
            not np.any(start["W"]) or not np.array_equal(once["W"], other["W"]),
            "Two seeds give the same random weights.",
            "It looks like a seed that is fixed in the function.",
            "Where is the argument seed used?",
        )
        zero = self.fit(student, X, Y, 0.2, 2, 0)
        check_close(self.fit(student, X, Y, 0.2, 2), zero, what="a run without a seed, which is 0 then")

    @side_condition
    def test_arguments_stay(self, student):
        """the arguments stay as they are"""
        X, Y, _, _ = problem(5, 4, 3, seed=8)
        copies = {"X": X.copy(), "Y": Y.copy()}
        student.fit_softmax_regression.inplace(X, Y, 0.1, 2)
        stays({"X": X, "Y": Y}, copies)
