"""One training for many batch sizes, learning rates and seeds: all models of a batch size learn at once.

A cell of the grid is a network that starts anew: nothing is carried from one cell to the next. Models that share
a batch size see batches of the same shape, so that their parameters can be stacked and one call of the step, mapped
over the stack by `torch.func.vmap`, updates them all. Where the step cannot be mapped (it prints numbers, or
decides on values) the models are trained one after another, with the same numbers.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from utils.notebook import grading
from utils.progressbar import progress

Params = dict[str, Tensor]
Step = Callable[[Params, Tensor, Tensor, Any], Params]
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
    shape = (len(batch_sizes), len(learning_rates), len(seeds))
    values = {name: np.zeros(shape) for name in METRICS}
    for i, n_batch in enumerate(progress(batch_sizes, "batch sizes")):
        models = None
        if at_once:
            models = _train_at_once(init, step, train, n_batch, learning_rates, seeds, n_epochs)
            at_once = models is not None
        if models is None:
            models = _train_in_turn(init, step, train, n_batch, learning_rates, seeds, n_epochs)
        for k, params in enumerate(models):
            place = (i, *divmod(k, len(seeds)))
            measured = [*measure(params, *train), *measure(params, *val)]
            for name, value in zip(METRICS, measured, strict=True):
                values[name][place] = float(value)
    seconds = time.perf_counter() - start
    return Sweep(batch_sizes, learning_rates, seeds, values, at_once, seconds)


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


def _start(init: Callable[[], Params], seed: int) -> Params:
    torch.manual_seed(seed)
    return {key: value.detach().clone() for key, value in init().items()}


def _orders(n: int, n_epochs: int, seed: int) -> Tensor:
    """The order of the examples in each epoch (n_epochs, n); it depends on the seed alone."""
    shuffler = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randperm(n, generator=shuffler) for _ in range(n_epochs)])


def _train_in_turn(
    init: Callable[[], Params],
    step: Step,
    train: tuple[Tensor, Tensor],
    n_batch: int,
    learning_rates: Sequence[float],
    seeds: Sequence[int],
    n_epochs: int,
) -> list[Params]:
    """The trained parameters of every cell, one cell after another."""
    X, Y = train
    models = []
    for eta in progress(learning_rates, f"learning rates with batches of {n_batch}"):
        for seed in seeds:
            params = _start(init, seed)
            for order in _orders(len(X), n_epochs, seed).to(X.device):
                for batch in order.split(n_batch):
                    params = step(params, X[batch], Y[batch], eta)
            models.append({key: value.detach() for key, value in params.items()})
    return models


def _train_at_once(
    init: Callable[[], Params],
    step: Step,
    train: tuple[Tensor, Tensor],
    n_batch: int,
    learning_rates: Sequence[float],
    seeds: Sequence[int],
    n_epochs: int,
) -> list[Params] | None:
    """The same by one step on the stack of all cells; None where the step cannot be mapped over a stack."""
    X, Y = train
    starts = [_start(init, seed) for _ in learning_rates for seed in seeds]
    params = {key: torch.stack([start[key] for start in starts]) for key in starts[0]}
    etas = torch.tensor(learning_rates, dtype=X.dtype, device=X.device).repeat_interleave(len(seeds))
    orders = torch.stack([_orders(len(X), n_epochs, seed) for seed in seeds]).to(X.device)
    steps: dict[int, Step] = {}
    for rows in _batches(orders, n_batch, copies=len(learning_rates)):
        arguments = (params, X[rows], Y[rows], etas)
        size = rows.shape[1]
        if size not in steps:
            try:
                steps[size] = _mapped(step, arguments)
            except (RuntimeError, ValueError, TypeError, KeyError):
                return None
        # Nothing is recorded for a backward pass: that would be a quarter of the time.
        with torch.inference_mode():
            params = steps[size](*arguments)
    return [{key: value[k].clone() for key, value in params.items()} for k in range(len(starts))]


def _batches(orders: Tensor, n_batch: int, copies: int) -> Iterator[Tensor]:
    """Batches of indices (copies * seeds, n_batch), epoch by epoch; the last of an epoch may be short."""
    for order in orders.unbind(dim=1):
        yield from order.repeat(copies, 1).split(n_batch, dim=1)


def _mapped(step: Step, arguments: tuple[Params, Tensor, Tensor, Tensor]) -> Step:
    """The step over a stack of models, recorded once as a list of tensor operations.

    For networks this small, mapping and Python take longer than the arithmetic; the recording does without them.
    """
    from torch.fx.experimental.proxy_tensor import make_fx

    names = list(arguments[0])

    def over_stack(X: Tensor, Y: Tensor, etas: Tensor, *values: Tensor) -> tuple[Tensor, ...]:
        params = dict(zip(names, values, strict=True))
        after = torch.func.vmap(step)(params, X, Y, etas)
        return tuple(after[name].detach() for name in names)

    flat = (*arguments[1:], *(value.clone() for value in arguments[0].values()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a trace is taken of one kind of batch only, as it is used
        operations = torch.jit.trace(make_fx(over_stack)(*flat), flat, check_trace=False)

    def recorded(params: Params, X: Tensor, Y: Tensor, etas: Tensor) -> Params:
        return dict(zip(names, operations(X, Y, etas, *params.values()), strict=True))

    return recorded
