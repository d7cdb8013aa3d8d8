"""Right answers that differ in rounding only: the solution itself, called in another precision, with its inputs moved
by one unit in the last place, with two threads, on another device.

A variant wraps a function: it changes the arguments on the way in. One that a check cannot take, such as a copy where
the argument itself is to be changed, is told by `plain_copies`, which changes nothing but the identity.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


def _mapped(value: Any, change: Callable[[Any], Any], whole: bool = False) -> Any:
    """The nested value with every floating-point tensor and array exchanged; with `whole` the tensors of all kinds."""
    import torch

    if isinstance(value, torch.Tensor):
        return _tensor(value, change) if whole or value.is_floating_point() else value
    if isinstance(value, np.ndarray):
        return change(value) if not whole and value.dtype.kind == "f" else value
    if isinstance(value, list | tuple):
        return type(value)(_mapped(v, change, whole) for v in value)
    if isinstance(value, dict):
        return {k: _mapped(v, change, whole) for k, v in value.items()}
    return value


def _tensor(value: Any, change: Callable[[Any], Any]) -> Any:
    new = change(value.detach())
    return new.requires_grad_() if value.requires_grad and value.is_leaf else new


def _on_arguments(change: Callable[[Any], Any]) -> Wrap:
    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*args: Any, **kwargs: Any) -> Any:
            return function(*_mapped(args, change), **_mapped(kwargs, change))

        return changed

    return wrap


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value.clone()


def _single(value: Any) -> Any:
    return value.astype(np.float32) if isinstance(value, np.ndarray) else value.float()


def _double(value: Any) -> Any:
    return value.astype(np.float64) if isinstance(value, np.ndarray) else value.double()


def _rounded(value: Any) -> Any:
    """The value times 1 + eps; whole numbers (one-hot rows, labels, zeros) stay."""
    import torch

    if bool((value == value.round()).all()):
        return _copy(value)
    limits: Any = np.finfo(value.dtype) if isinstance(value, np.ndarray) else torch.finfo(value.dtype)
    return value * (1 + float(limits.eps))


def _threads(function: Callable[..., Any]) -> Callable[..., Any]:
    def threaded(*args: Any, **kwargs: Any) -> Any:
        import torch

        before = torch.get_num_threads()
        torch.set_num_threads(2)
        try:
            return function(*args, **kwargs)
        finally:
            torch.set_num_threads(before)

    return threaded


def on_device(device: str) -> Wrap:
    """The tensors among the arguments go to a device, those of the result come back to the CPU."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        def moved(*args: Any, **kwargs: Any) -> Any:
            there = [_mapped(part, lambda t: t.to(device), whole=True) for part in (args, kwargs)]
            return _mapped(function(*there[0], **there[1]), lambda t: t.cpu(), whole=True)

        return moved

    return wrap


plain_copies = _on_arguments(_copy)


def variants() -> dict[str, Wrap]:
    """The variants of this machine by name."""
    import torch

    found: dict[str, Wrap] = {
        "in float32": _on_arguments(_single),
        "in float64": _on_arguments(_double),
        "inputs off by one rounding": _on_arguments(_rounded),
        "two threads": _threads,
    }
    if torch.cuda.is_available():
        found["on the GPU"] = on_device("cuda")
    return found


@contextlib.contextmanager
def full_precision() -> Any:
    """Products of float32 in float32 itself, not in TF32 or bfloat16, on any device."""
    import torch

    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before[0])
        torch.backends.cudnn.allow_tf32 = before[1]
