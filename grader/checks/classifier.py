"""A small classifier for checks: tanh layer, softmax, mean cross-entropy, in float64, and its gradient descent.

Parameters are `Wh (nh, nx)`, `bh (nh,)`, `Wy (ny, nh)`, `by (ny,)`; a problem is (params, X, Y, X_test, Y_test).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from grader.checks.loops import Loop

Params = dict[str, Tensor]
Problem = tuple[Params, Tensor, Tensor, Tensor, Tensor]
CURVES = ("loss_train", "acc_train", "loss_test", "acc_test")


def draw_params(rng: Generator, nx: int, nh: int, ny: int) -> Params:
    """Parameters in float64; no bias is 0."""
    shapes = {"Wh": (nh, nx), "bh": (nh,), "Wy": (ny, nh), "by": (ny,)}
    return {k: torch.randn(*s, generator=rng, dtype=torch.float64) for k, s in shapes.items()}


def draw_batch(rng: Generator, n: int, nx: int, ny: int) -> tuple[Tensor, Tensor]:
    """Inputs (n, nx) and one-hot targets (n, ny); the classes are not equally frequent."""
    classes = (torch.rand(n, generator=rng) ** 2 * ny).long()
    X = torch.randn(n, nx, generator=rng, dtype=torch.float64)
    return X, torch.eye(ny, dtype=torch.float64)[classes]


def draw_problem(rng: Generator, n: int, n_test: int, nx: int = 2, nh: int = 5, ny: int = 3) -> Problem:
    """Parameters to start from, a training set and a test set."""
    return draw_params(rng, nx, nh, ny), *draw_batch(rng, n, nx, ny), *draw_batch(rng, n_test, nx, ny)


def outputs_of(params: Params, X: Tensor) -> tuple[Tensor, Tensor]:
    """Hidden outputs (n, nh) and probabilities (n, ny)."""
    h = torch.tanh(X @ params["Wh"].T + params["bh"])
    return h, torch.softmax(h @ params["Wy"].T + params["by"], dim=1)


def gradients(params: Params, X: Tensor, Y: Tensor) -> Params:
    """Gradients of the mean cross-entropy."""
    h, yhat = outputs_of(params, X)
    delta = (yhat - Y) / len(X)
    hidden = delta @ params["Wy"] * (1 - h * h)
    return {"Wh": hidden.T @ X, "bh": hidden.sum(0), "Wy": delta.T @ h, "by": delta.sum(0)}


def loop(problem: Problem, eta: float, n_batch: int) -> Loop:
    """The training of a problem, one update at a time, for the search through all orders of an epoch: in numpy, for many
    small products at once.
    """
    X, Y = problem[1].numpy(), problem[2].numpy()

    def transposed(values: Any) -> Any:
        return np.swapaxes(values, -1, -2)

    def outputs(params: Mapping[str, Any], x: Any) -> tuple[Any, Any]:
        h = np.tanh(x @ transposed(params["Wh"]) + params["bh"][..., np.newaxis, :])
        odds = np.exp(h @ transposed(params["Wy"]) + params["by"][..., np.newaxis, :])
        return h, odds / odds.sum(-1, keepdims=True)

    def step(params: Mapping[str, Any], rows: Any, targets: Any) -> dict[str, Any]:
        now = {name: np.asarray(value) for name, value in params.items()}
        x, y = X[rows], Y[targets]
        h, yhat = outputs(now, x)
        delta = (yhat - y) / x.shape[-2]
        hidden = delta @ now["Wy"] * (1 - h * h)
        grads = {
            "Wh": transposed(hidden) @ x,
            "bh": hidden.sum(-2),
            "Wy": transposed(delta) @ h,
            "by": delta.sum(-2),
        }
        return {name: value - eta * grads[name] for name, value in now.items()}

    def loss(params: Mapping[str, Any], rows: Any) -> Any:
        now = {name: np.asarray(value) for name, value in params.items()}
        return -(Y[rows] * np.log(outputs(now, X[rows])[1])).sum(-1).mean(-1)

    return Loop(len(X), n_batch, step, loss)


def cross_entropy(params: Params, X: Tensor, Y: Tensor) -> float:
    """Mean cross-entropy."""
    return float(-(Y * outputs_of(params, X)[1].log()).sum(1).mean())


def descend(problem: Problem, eta: float, n_epochs: int) -> tuple[Params, dict[str, list[float]]]:
    """Parameters and curves of gradient descent with one batch that holds everything."""
    params, X, Y, X_test, Y_test = problem
    curves: dict[str, list[float]] = {name: [] for name in CURVES}
    for _ in range(n_epochs):
        grads = gradients(params, X, Y)
        params = {name: value - eta * grads[name] for name, value in params.items()}
        for part, x, y in (("train", X, Y), ("test", X_test, Y_test)):
            yhat = outputs_of(params, x)[1]
            curves[f"loss_{part}"].append(cross_entropy(params, x, y))
            curves[f"acc_{part}"].append(float((yhat.argmax(1) == y.argmax(1)).double().mean()))
    return params, curves


def as_numbers(curves: Mapping[str, Sequence[Any]]) -> dict[str, list[float]]:
    """The four curves as plain numbers."""
    return {name: [float(value) for value in curves[name]] for name in CURVES}
