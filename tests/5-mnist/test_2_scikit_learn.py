"""Hidden checks of scikit-learn's network: its settings, its epochs, its seed."""

from typing import Any

import numpy as np
import pytest

from grader.checks import check_close, exercise, expect

FIT = '''
import warnings as checks_warnings
from sklearn.neural_network import MLPClassifier as ChecksMLP


def checks_fit(X, y, **settings):
    """What the fitted network is, does and has learned."""
    checks_warnings.simplefilter("ignore")
    kept = X.copy(), y.copy()
    mlp = fit_mlp(X, y, **settings)
    if not isinstance(mlp, ChecksMLP):
        return {"kind": type(mlp).__name__}
    names = (
        "solver", "batch_size", "momentum", "nesterovs_momentum", "learning_rate_init", "learning_rate", "activation",
        "alpha", "n_iter_", "t_",
    )
    found = {name: getattr(mlp, name) for name in names}
    found["shapes"] = [list(w.shape) for w in mlp.coefs_]
    found["weights"] = mlp.coefs_[-1].copy()
    found["classes"] = [int(c) for c in mlp.classes_]
    found["kind"] = "MLPClassifier"
    found["kept"] = bool((kept[0] == X).all() and (kept[1] == y).all())
    return found


def checks_score(X, y, X_new, y_new):
    """The share of new examples that a network of many epochs classifies."""
    checks_warnings.simplefilter("ignore")
    return float(fit_mlp(X, y, seed=1, n_epochs=60).score(X_new, y_new))
'''


def problem(n: int = 150, p: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (n, p) around three centres and their class numbers (n,)."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    centres = np.random.default_rng(1).normal(scale=1.5, size=(3, p))
    return centres[y] + 0.3 * rng.normal(size=(n, p)), y


@exercise("fit_mlp")
class TestFitMlp:
    @staticmethod
    def fit(student: Any, **settings: Any) -> dict[str, Any]:
        """What is known of the student's network, fitted to the small problem."""
        student.define(FIT)
        found = student.checks_fit(*problem(), **settings)
        expect(
            found["kind"] == "MLPClassifier",
            f"What is returned is a {found['kind']}.",
            "A fitted MLPClassifier is asked for.",
            "Look at the return line.",
        )
        return found

    def test_network(self, student):
        """an MLPClassifier with one hidden layer of 50 units"""
        found = self.fit(student, n_epochs=2)
        check_close(found["shapes"], [[6, 50], [50, 3]], what="the shapes of the weights")

    @pytest.mark.parametrize(
        ("setting", "wanted"),
        [
            ("solver", "sgd"),
            ("batch_size", 64),
            ("momentum", 0.9),
            ("nesterovs_momentum", True),
            ("learning_rate_init", 0.01),
            ("learning_rate", "constant"),
            ("activation", "relu"),
            ("alpha", 1e-4),
        ],
    )
    def test_settings(self, student, setting, wanted):
        """a setting of the table, or one that stays as it is"""
        got = self.fit(student, n_epochs=2)[setting]
        expect(
            got == wanted,
            f"The setting {setting} is {got}.",
            "It looks like a default of scikit-learn, or another number than the table's.",
            "Compare with the table of settings.",
        )

    def test_all_examples(self, student):
        """every epoch sees all examples"""
        found = self.fit(student, n_epochs=2)
        sizes = {"the number of epochs": 2}
        check_close(
            found["t_"] / found["n_iter_"], 150, what="the number of examples in an epoch", sizes=sizes
        )

    @pytest.mark.parametrize("n_epochs", [3, 7])
    def test_epochs(self, student, n_epochs):
        """as many epochs as asked for"""
        got = self.fit(student, n_epochs=n_epochs)["n_iter_"]
        expect(
            got == n_epochs,
            f"Asked for {n_epochs} epochs, the network was trained for {got}.",
            "It looks like an argument that is not handed on, or like a stop before the end.",
            "Which setting bounds the epochs?",
        )

    def test_defaults(self, student):
        """seed 0 and ten epochs unless told otherwise"""
        plain, told = self.fit(student), self.fit(student, seed=0, n_epochs=10)
        check_close(plain["n_iter_"], 10, what="the number of epochs")
        check_close(plain["weights"], told["weights"], what="the weights with the default seed")

    def test_seed(self, student):
        """the seed decides the random numbers"""
        one, again, other = (self.fit(student, seed=s, n_epochs=2)["weights"] for s in (4, 4, 5))
        expect(
            np.array_equal(one, again),
            "Two calls with the same seed give different networks.",
            "It looks like random numbers that nobody seeds.",
            "Which setting takes the seed?",
            misconception="seed_ignored",
        )
        expect(
            not np.array_equal(one, other),
            "Two seeds give the same network.",
            "It looks like a seed that is written in the function.",
            "Where does `seed` enter?",
            misconception="seed_written_in",
        )

    def test_learns(self, student):
        """new examples are classified"""
        student.define(FIT)
        share = student.checks_score(*problem(), *problem(seed=7))
        expect(
            share > 0.9,
            f"{share:.0%} of new examples are classified after 60 epochs.",
            "It looks like another training set.",
            "Which X and y does the network see?",
        )

    def test_data_stay(self, student):
        """the data are kept"""
        expect(self.fit(student, n_epochs=1)["kept"], "X or y has changed.", "", "Fit to what is given.")
