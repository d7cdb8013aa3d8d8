"""Hidden checks of the support vector machines: what a machine decides tells which kernel it has."""

import functools
from typing import Any

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from grader.checks import check_close, exercise, expect

FIT = '''
def checks_fit(name, arguments, probes):
    """What a fitted machine is, what it decides and predicts at the probes, and whether the data were kept."""
    before = [a.copy() for a in arguments if hasattr(a, "copy")]
    model = globals()[name](*arguments)
    kept = all((a == b).all() for a, b in zip(before, arguments))
    decisions = [model.decision_function(points) for points in probes]
    return repr(model), decisions, [model.predict(points) for points in probes], kept, hasattr(model, "support_")
'''
DECISION_TOLERANCE = 0.005  # solvers stop a little before the minimum: ten times closer than this
KERNELS = ("linear", "poly2", "poly3", "sigmoid", "rbf")


def problem(kind: str, n: int, p: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Points X (n, p) and classes y (n,), uneven, with a boundary that the kernel of that name can draw."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(3 * n, p))
    if kind in ("poly2", "rbf"):
        score = (X**2).sum(1) - 0.7 * p
    elif kind == "poly3":
        score = X[:, 0] ** 3 - 3 * X[:, 0] * X[:, 1] ** 2 + 0.5 * X[:, 1] ** 3
    else:
        score = X @ np.arange(1, p + 1) / p
    clear = np.abs(score) > 0.3
    return X[clear][:n], (score[clear][:n] > 0).astype(int)


@functools.cache
def usual_decisions(
    kind: str, kernel: str = ""
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[np.ndarray]]:
    """Inputs of different scales away from the origin with their classes, some of them on the wrong side; probes; and what
    machines with the usual settings decide there.
    """
    X, y = problem(kind, 60, 2, seed=9)
    X, y = X * [0.5, 3] + 0.7, np.where(np.arange(60) % 9, y, 1 - y)
    probes = np.random.default_rng(3).normal(size=(40, 2)) * [0.5, 3] + 0.7
    if kernel:
        name, degree = kernel.rstrip("23"), int(kernel[4:] or 3) if kernel.startswith("poly") else 3
        machines = [SVC(kernel=name, degree=degree)]
    else:
        plain = LinearSVC(), SVC(kernel="linear")
        machines = [*plain, *(make_pipeline(StandardScaler(), machine) for machine in plain)]
    return X, y, probes, [machine.fit(X, y).decision_function(probes) for machine in machines]


def along_lines(p: int, rng: np.random.Generator, reach: float = 2.0) -> list[np.ndarray]:
    """Seven evenly spaced points on each of three lines."""
    t = np.linspace(-reach, reach, 7)[:, None]
    return [rng.normal(size=p) + t * rng.normal(size=p) for _ in range(3)]


def degree(values: np.ndarray) -> int:
    """The degree of the polynomial that runs through seven evenly spaced values; 6 for none that is lower."""
    scale = max(np.abs(values - values.mean()).max(), 1e-12)
    for d in range(6):
        if np.abs(np.diff(values, d + 1)).max() < 1e-6 * scale * 2**d:
            return d
    return 6


class Machine:
    """What both functions must give: a fitted support vector machine for any data."""

    name = ""

    def fit(self, student: Any, X: np.ndarray, y: np.ndarray, probes: list, kernel: tuple = ()) -> tuple:
        """Its text, decisions, predictions and whether X and y were kept."""
        student.define(FIT)
        return student.checks_fit(self.name, [X, y, *kernel], probes)

    def demand_machine(self, student: Any, kind: str, seed: int, kernel: tuple = ()) -> None:
        """What is returned is a support vector machine, and the data are as they were."""
        text, _, _, kept, _ = self.fit(student, *problem(kind, 40, 3, seed=seed), [np.zeros((1, 3))], kernel)
        expect(
            "SVC" in text,
            f"What is returned is {text}.",
            "It is no support vector machine.",
            "See the statement.",
        )
        expect(kept, "X or y has changed.", "", "Fit to what is given, and change nothing.")

    def demand_decisions(self, student: Any, kind: str, kernel: tuple = ()) -> None:
        """The decisions of a machine with the usual settings."""
        X, y, probes, expected = usual_decisions(kind, *kernel)
        decisions = np.asarray(self.fit(student, X, y, [probes], kernel)[1][0])
        off = min(np.abs(decisions - values).max() / np.abs(values).max() for values in expected)
        expect(
            off < DECISION_TOLERANCE,
            "The machine does not decide as one with the usual settings that is fitted to all points.",
            "It looks like a setting that was changed, or like points that were left out or rescaled.",
            "Which settings does the statement name, and what does the machine see?",
        )

    def demand_accuracy(self, student: Any, kind: str, labels: tuple = (0, 1), kernel: tuple = ()) -> None:
        """New points must be classified, nearly as well as the machine can."""
        X, y = problem(kind, 150, 2, seed=1)
        X_new, y_new = problem(kind, 200, 2, seed=2)
        predicted = self.fit(student, X, np.array(labels)[y], [X_new], kernel)[2][0]
        expect(
            set(np.unique(predicted)) <= set(labels),
            "The machine predicts classes that are not those it was given.",
            "It looks like classes that were coded in another way before the fit.",
            "Give y to the machine as it is.",
        )
        share = float(np.mean(predicted == np.array(labels)[y_new]))
        expect(
            share > 0.85,
            f"On data that suit this machine, {share:.0%} of new points are classified.",
            "It looks like a machine that was fitted to other data, or with another kernel.",
            "Which X, which y and which kernel does it get?",
        )


@exercise("fit_linear")
class TestLinear(Machine):
    name = "fit_linear"

    @pytest.mark.parametrize(("n", "p"), [(40, 3), (30, 2)])
    def test_straight(self, student, n, p):
        """the boundary is straight"""
        probes = along_lines(p, np.random.default_rng(3))
        decisions = self.fit(student, *problem("linear", n, p, seed=n), probes)[1]
        expect(
            all(degree(np.asarray(values)) <= 1 for values in decisions),
            "The decision does not change evenly along a line.",
            "It looks like a machine with a kernel that bends the boundary.",
            "Which kernel has SVC when none is named?",
        )

    @pytest.mark.parametrize("labels", [(0, 1), (3, 8)])
    def test_new_points(self, student, labels):
        """new points are classified"""
        self.demand_accuracy(student, "linear", labels)

    def test_intercept(self, student):
        """a boundary that does not pass through the origin"""
        X, y = problem("linear", 80, 3, seed=4)
        probe = np.array([[4.0, 4, 4]]) + np.array([[2.0, 2, 2], [-2, -2, -2]])
        predicted = self.fit(student, X + 4, y, [probe])[2][0]
        check_close(np.asarray(predicted), np.array([1, 0]), what="the classes of a point on each side")

    def test_usual_settings(self, student):
        """the decisions of a machine with the usual settings"""
        self.demand_decisions(student, "linear")

    def test_machine(self, student):
        """it is a support vector machine, and the data are kept"""
        self.demand_machine(student, "linear", seed=5)


@exercise("fit_kernel")
class TestKernel(Machine):
    name = "fit_kernel"

    @pytest.mark.parametrize(("kernel", "wanted"), [("linear", 1), ("poly2", 2), ("poly3", 3)])
    def test_degree(self, student, kernel, wanted):
        """the degree of the boundary"""
        probes = along_lines(3, np.random.default_rng(6))
        decisions = self.fit(student, *problem("linear", 60, 3, seed=6), probes, (kernel,))[1]
        got = max(degree(np.asarray(values)) for values in decisions)
        words = f"has degree {got}" if got < 6 else "is no polynomial"
        expect(
            got == wanted,
            f"With {kernel} the decision along a line {words}.",
            "It looks like another kernel, or another degree.",
            "Which settings of SVC belong to this name?",
        )

    def test_rbf(self, student):
        """far from all points an rbf machine always decides the same"""
        far, near = self._far_and_near(student, "rbf")
        expect(
            float(np.ptp(far)) < 1e-6 and float(np.ptp(near)) > 1e-3,
            "With rbf the decisions far away from all points differ.",
            "It looks like another kernel.",
            "Which kernel belongs to this name?",
        )

    def test_sigmoid(self, student):
        """far away a sigmoid machine depends on the direction only"""
        far, _ = self._far_and_near(student, "sigmoid")
        pairs = far.reshape(2, -1)
        expect(
            float(np.abs(pairs[0] - pairs[1]).max()) < 1e-6 * float(np.abs(pairs).max())
            and float(np.ptp(far)) > 1e-3,
            "With sigmoid the decisions far away are not those of a tanh.",
            "It looks like another kernel.",
            "Which kernel belongs to this name?",
        )

    def _far_and_near(self, student: Any, kernel: str) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(7)
        directions = rng.normal(size=(5, 3))
        far = np.concatenate([1e6 * directions, 3e6 * directions])
        X, y = problem("linear", 60, 3, seed=7)
        straight = self.fit(student, X, y, along_lines(3, rng), ("linear",))[1]
        expect(
            all(degree(np.asarray(values)) <= 1 for values in straight),
            f"Beside {kernel}, the boundary of linear was looked at, and it is not straight.",
            "It looks like one kernel for several names.",
            "Where does `kernel` enter?",
        )
        decisions = self.fit(student, X + 0.3, y, [far, directions], (kernel,))[1]
        return np.asarray(decisions[0]), np.asarray(decisions[1])

    @pytest.mark.parametrize("kernel", KERNELS)
    def test_new_points(self, student, kernel):
        """new points are classified"""
        self.demand_accuracy(student, kernel, kernel=(kernel,))

    @pytest.mark.parametrize("kernel", KERNELS)
    def test_usual_settings(self, student, kernel):
        """the decisions of a machine whose other settings are the usual ones"""
        self.demand_decisions(student, "rbf", (kernel,))

    def test_labels(self, student):
        """classes keep their numbers"""
        self.demand_accuracy(student, "rbf", (-1, 1), kernel=("rbf",))

    def test_machine(self, student):
        """it is a support vector machine, and the data are kept"""
        self.demand_machine(student, "rbf", seed=8, kernel=("rbf",))
        svc = self.fit(student, *problem("rbf", 40, 3, seed=8), [np.zeros((1, 3))], ("rbf",))[4]
        expect(
            svc,
            "What is returned does not tell its support vectors.",
            "It looks like an SVC that is wrapped in something else, or another class.",
            "Return the SVC itself.",
        )


AGAINST_C = '''
def checks_against_C(X, y, X_val, y_val, Cs):
    """Both lists as plain numbers, and whether the data were kept."""
    before = [a.copy() for a in (X, y, X_val, y_val)]
    accuracies, counts = accuracy_against_C(X, y, X_val, y_val, Cs)
    kept = all((a == b).all() for a, b in zip(before, (X, y, X_val, y_val)))
    return [float(a) for a in accuracies], [float(n) for n in counts], kept
'''


@exercise("accuracy_against_C")
class TestAgainstC:
    @staticmethod
    def data(seed: int, n: int = 50, m: int = 37, p: int = 3) -> list[np.ndarray]:
        """Noisy training and validation examples of different numbers."""
        X, y = problem("rbf", n + m, p, seed)
        rng = np.random.default_rng(seed)
        y = np.where(rng.random(len(y)) < 0.15, 1 - y, y)
        return [X[:n], y[:n], X[n:], y[n:]]

    def compare(self, student: Any, reference: Any, data: list, Cs: Any, parts: str = "both") -> None:
        """Both results against the reference's."""
        student.define(AGAINST_C)
        accuracies, counts, _ = student.checks_against_C(*data, Cs)
        wanted = reference.accuracy_against_C(*data, Cs)
        sizes = {
            "the number of validation examples": len(data[3]),
            "the number of training examples": len(data[1]),
        }
        if parts in ("both", "accuracies"):
            check_close(accuracies, [float(a) for a in wanted[0]], what="the accuracies", sizes=sizes)
        if parts in ("both", "counts"):
            check_close(
                counts, [float(n) for n in wanted[1]], what="the numbers of support vectors", sizes=sizes
            )

    @pytest.mark.parametrize("seed", [1, 2])
    def test_accuracies(self, student, reference, seed):
        """the accuracies on the validation set"""
        self.compare(student, reference, self.data(seed), [0.1, 1.0, 10.0, 1000.0], "accuracies")

    @pytest.mark.parametrize("seed", [3, 4])
    def test_support_vectors(self, student, reference, seed):
        """the numbers of support vectors"""
        self.compare(student, reference, self.data(seed), [0.01, 1.0, 30.0], "counts")

    def test_order(self, student, reference):
        """Cs in any order"""
        self.compare(student, reference, self.data(5), [10.0, 0.01, 300.0, 1.0])

    def test_array(self, student, reference):
        """Cs as an array, other sizes, other class numbers"""
        X, y, X_val, y_val = self.data(6, n=41, m=60, p=2)
        self.compare(student, reference, [X, 2 * y - 1, X_val, 2 * y_val - 1], np.array([0.5, 50.0]))

    def test_one(self, student, reference):
        """a single C, few validation examples"""
        self.compare(student, reference, self.data(7, m=5), [2.0])

    def test_data_stay(self, student):
        """the data are kept"""
        student.define(AGAINST_C)
        kept = student.checks_against_C(*self.data(8), [1.0])[2]
        expect(kept, "What the function was given has changed.", "", "Change nothing that is given.")


def loss(w: np.ndarray, b: float, X: np.ndarray, y: np.ndarray, C: float) -> float:
    """The value asked for, point by point."""
    slack = sum(max(0.0, 1 - yi * (float(np.dot(w, x)) + b)) for x, yi in zip(X, y, strict=True))
    return float(np.dot(w, w)) / 2 + C * slack


@exercise("hinge_loss")
class TestHinge:
    @staticmethod
    def data(n: int, p: int, seed: int) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
        """w, b, X, y with points on both sides of the margin."""
        rng = np.random.default_rng(seed)
        y = np.where(np.arange(n) % 3 == 0, 1, -1)
        return rng.normal(size=p), 0.7, 1.5 * rng.normal(size=(n, p)), y

    @pytest.mark.parametrize(("n", "p", "C"), [(7, 3, 0.3), (5, 2, 4.0), (1, 3, 2.0), (4, 1, 10.0)])
    def test_value(self, student, n, p, C):
        """the loss of a line"""
        w, b, X, y = self.data(n, p, seed=n)
        sizes = {"the number of points": n}
        check_close(
            student.hinge_loss(w, b, X, y, C), loss(w, b, X, y, C), what="the loss", sizes=sizes, rtol=1e-6
        )

    def test_no_line(self, student):
        """w = 0 and b = 0"""
        _, _, X, y = self.data(6, 3, seed=11)
        check_close(
            student.hinge_loss(np.zeros(3), 0.0, X, y, 1.5), 9.0, what="the loss of w = 0, b = 0", rtol=1e-6
        )

    def test_outside_the_margin(self, student):
        """points outside the margin cost nothing"""
        X, y = np.array([[3.0, 1], [2, -4], [-5, 2]]), np.array([1, 1, -1])
        got = student.hinge_loss(np.array([1.0, 0.0]), 0.0, X, y, 7.0)
        check_close(got, 0.5, what="the loss", rtol=1e-6)

    def test_only_the_slacks(self, student):
        """what the price of slack changes"""
        w, b, X, y = self.data(7, 3, seed=12)
        got = student.hinge_loss(w, b, X, y, 5.0) - student.hinge_loss(w, b, X, y, 2.0)
        wanted = loss(w, b, X, y, 5.0) - loss(w, b, X, y, 2.0)
        check_close(got, wanted, what="the difference between C = 5 and C = 2", rtol=1e-6)

    def test_intercept(self, student):
        """a large intercept"""
        w, _, X, y = self.data(5, 3, seed=13)
        check_close(
            student.hinge_loss(w, -6.5, X, y, 0.8), loss(w, -6.5, X, y, 0.8), what="the loss", rtol=1e-6
        )

    def test_twice(self, student):
        """all points twice"""
        w, b, X, y = self.data(5, 2, seed=14)
        twice = student.hinge_loss(w, b, np.concatenate([X, X]), np.concatenate([y, y]), 0.9)
        check_close(twice, loss(w, b, X, y, 1.8), what="the loss of all points given twice", rtol=1e-6)
