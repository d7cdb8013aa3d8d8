"""One training for many batch sizes, learning rates and seeds: all models of a batch size learn at once.

A cell of the grid is a network that starts anew: nothing is carried from one cell to the next. Models that share
a batch size see batches of the same shape, so that their parameters can be stacked and one step updates them all
(`utils.stacked`). Where the step cannot be mapped over a stack (it prints numbers, or decides on values) the models
are trained one after another, with the same numbers. All is done where the training set is: on a GPU as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from utils.notebook import grading
from utils.progressbar import progress
from utils.stacked import Params, Step, record

_NUMBERS_AT_A_TIME = 1 << 22  # that are gathered before they are used: 16 MB
METRICS = ("loss_train", "acc_train", "loss_val", "acc_val")


@dataclass(frozen=True)
class Sweep:
    """What a sweep measured: `values[metric]` has shape (batch sizes, learning rates, seeds)."""

    batch_sizes: Sequence[int]
    learning_rates: Sequence[float]
    seeds: Sequence[int]
    values: Mapping[str, np.ndarray]
    at_once: bool
    seconds: float

    def mean(self) -> dict[str, np.ndarray]:
        """Mean over the seeds, metric -> (batch sizes, learning rates)."""
        return {name: table.mean(axis=2) for name, table in self.values.items()}

    def spread(self) -> dict[str, np.ndarray]:
        """Standard deviation over the seeds, metric -> (batch sizes, learning rates)."""
        return {name: table.std(axis=2) for name, table in self.values.items()}

    def plot(self, title: str = "") -> None:
        """Draw the four heat maps, mean and spread over the seeds."""
        if not self.values:
            return
        from utils.plots import plot_heatmaps

        plot_heatmaps(self.mean(), self.batch_sizes, self.learning_rates, spread=self.spread(), title=title)


def sweep(
    init: Callable[[], Params],
    step: Step,
    measure: Callable[[Params, Tensor, Tensor], tuple[Any, Any]],
    train: tuple[Tensor, Tensor],
    val: tuple[Tensor, Tensor],
    *,
    batch_sizes: Sequence[int] = (10, 20, 50, 100),
    learning_rates: Sequence[float] = (0.01, 0.03, 0.05, 0.1),
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    n_epochs: int = 150,
    at_once: bool = True,
) -> Sweep:
    """Train a network for every batch size, learning rate and seed, and measure each at the end.

    init(): new parameters, drawn from torch's global generator, which is seeded with the cell's seed before.
    step(params, X, Y, eta): the parameters after one update on the batch X (n_batch, nx), Y (n_batch, ny).
    measure(params, X, Y): mean loss and accuracy. train, val: (X, Y) of the training and the validation set.
    at_once: False trains the models one after another; the numbers are the same up to rounding.
    While the notebook is graded nothing is trained and the result is empty.
    """
    if grading():
        print("The sweep is not run while grading.")
        return Sweep(batch_sizes, learning_rates, seeds, {}, at_once, 0.0)
    start = time.perf_counter()
    starts = [_start(init, seed, train[0].device) for seed in seeds]
    orders = [_orders(len(train[0]), n_epochs, seed).to(train[0].device) for seed in seeds]
    grid = Grid(step, train, learning_rates, starts, orders)
    rows = []
    for n_batch in progress(batch_sizes, "batch sizes"):
        models = grid.train_at_once(n_batch) if at_once else None
        at_once = models is not None
        models = grid.train_in_turn(n_batch) if models is None else models
        rows.append([[float(v) for v in (*measure(m, *train), *measure(m, *val))] for m in models])
    table = np.array(rows).reshape(len(batch_sizes), len(learning_rates), len(seeds), len(METRICS))
    values = {name: table[..., k] for k, name in enumerate(METRICS)}
    seconds = time.perf_counter() - start
    return Sweep(batch_sizes, learning_rates, seeds, values, at_once, seconds)


@dataclass(frozen=True)
class Grid:
    """The cells that share a batch size: every learning rate with the start and the order of every seed.

    starts: a seed's parameters before the first update. orders: a seed's examples in each epoch (n_epochs, n).
    """

    step: Step
    train: tuple[Tensor, Tensor]
    learning_rates: Sequence[float]
    starts: Sequence[Params]
    orders: Sequence[Tensor]

    def train_in_turn(self, n_batch: int) -> list[Params]:
        """The trained parameters of every cell, one after another: learning rate by learning rate, seed by seed."""
        X, Y = self.train
        models = []
        for eta in progress(self.learning_rates, f"learning rates with batches of {n_batch}"):
            for start, of_seed in zip(self.starts, self.orders, strict=True):
                params = {key: value.clone() for key, value in start.items()}
                for order in of_seed:
                    for batch in order.split(n_batch):
                        params = self.step(params, X[batch], Y[batch], eta)
                models.append({key: value.detach() for key, value in params.items()})
        return models

    def train_at_once(self, n_batch: int) -> list[Params] | None:
        """The same by one step on the stack of all cells; None where the step cannot be mapped over a stack."""
        kind, copies = self.train[0], len(self.learning_rates)
        params = {key: torch.stack([start[key] for start in self.starts] * copies) for key in self.starts[0]}
        etas = torch.tensor(self.learning_rates, dtype=kind.dtype, device=kind.device)
        etas = etas.repeat_interleave(len(self.starts))
        steps: dict[int, Step | None] = {}
        for X, Y in _batches(self.train, torch.stack(list(self.orders)).repeat(copies, 1, 1), n_batch):
            size = X.shape[1]
            if size not in steps:
                steps[size] = record(self.step, params, X, Y, etas)
            one_step = steps[size]
            if one_step is None:
                return None
            # Nothing is kept for a backward pass: that would be a quarter of the time.
            with torch.inference_mode():
                params = one_step(params, X, Y, etas)
        return [{key: value[k].clone() for key, value in params.items()} for k in range(len(etas))]


def module_functions(
    make: Callable[[], tuple[Any, Any]], loss_accuracy: Callable[[Any, Tensor, Tensor], tuple[Any, Any]]
) -> tuple[Callable[[], Params], Step, Any]:
    """The three functions of a sweep for models of torch.nn, trained by plain gradient descent.

    make(): a new model and its loss. loss_accuracy(loss, Yhat, Y): loss and accuracy of the model's output.
    Returns init, step and measure.
    """
    model, loss = make()

    def judge(params: Params, X: Tensor, Y: Tensor) -> tuple[Any, Any]:
        return loss_accuracy(loss, torch.func.functional_call(model, params, (X,)), Y)

    def init() -> Params:
        return dict(make()[0].named_parameters())

    def step(params: Params, X: Tensor, Y: Tensor, eta: Any) -> Params:
        grads = torch.func.grad(judge, has_aux=True)(params, X, Y)[0]
        return {name: params[name] - eta * grad for name, grad in grads.items()}

    return init, step, torch.no_grad()(judge)


def _start(init: Callable[[], Params], seed: int, device: torch.device) -> Params:
    torch.manual_seed(seed)
    return {key: value.detach().to(device, copy=True) for key, value in init().items()}


def _orders(n: int, n_epochs: int, seed: int) -> Tensor:
    """The order of the examples in each epoch (n_epochs, n); it depends on the seed alone."""
    shuffler = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randperm(n, generator=shuffler) for _ in range(n_epochs)])


def _batches(train: tuple[Tensor, Tensor], orders: Tensor, n_batch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches X (n_models, n_batch, nx), Y (n_models, n_batch, ny), epoch by epoch; the last of each may be short.

    orders: (n_models, n_epochs, n). Many batches are gathered at a time, as many as a moderate memory holds.
    """
    n_models, row = len(orders), train[0][0].numel()
    at_a_time = n_batch * max(1, _NUMBERS_AT_A_TIME // (n_models * n_batch * row))
    for order in orders.unbind(dim=1):
        for rows in order.split(at_a_time, dim=1):
            yield from zip(*(part[rows].split(n_batch, dim=1) for part in train), strict=True)
