"""Another device for the functions of a notebook: what they are given is there, and what they make is made there.

Random numbers are drawn on the CPU and moved, since a GPU's own stream gives other numbers from the same seed: code that is
right would differ from the reference. So would products in TF32 or bfloat16; those are switched off on any device by
`grader.boundary.defaults`.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

FACTORIES = frozenset(["rand", "randn", "randint", "randperm"])
LIKE = frozenset(["rand_like", "randn_like", "randint_like"])
DRAWS = FACTORIES | LIKE | {
    "alpha_dropout", "bernoulli", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout",
    "feature_dropout", "multinomial", "native_dropout", "normal", "poisson", "rrelu",
}  # fmt: skip


@contextlib.contextmanager
def placed(device: str | None, namespace: dict[str, Any]) -> Iterator[None]:
    """Have `namespace` and all that is made meanwhile on the device; nothing is done for None, the CPU."""
    if device is None:
        yield
        return
    import torch

    _begin(device)
    for name, value in list(namespace.items()):
        if not name.startswith("_"):
            namespace[name] = _moved(value, device)
    torch.set_default_device(device)
    try:
        with _draws_class()(device):
            yield
    finally:
        torch.set_default_device(None)


def _begin(device: str) -> None:
    """The first product on a GPU takes a second: not a call of the student's."""
    import torch

    if torch.device(device).type == "cuda":
        one = torch.ones(8, 8, device=device)
        (one @ one).sum().item()


def _moved(value: Any, device: str) -> Any:
    """The value with its tensors and modules on the device; a tensor that asks for gradients stays a leaf."""
    import torch

    if isinstance(value, torch.nn.Module):
        return value.to(device)
    if type(value) in (torch.Tensor, torch.nn.Parameter):
        there = value.detach().to(device)
        if type(value) is torch.nn.Parameter:
            return torch.nn.Parameter(there, value.requires_grad)
        return there.requires_grad_(value.requires_grad)
    if type(value) in (list, tuple):
        return type(value)(_moved(part, device) for part in value)
    if type(value) is dict:
        return {key: _moved(part, device) for key, part in value.items()}
    return value


@functools.cache
def _draws_class() -> Any:
    import torch
    from torch.overrides import TorchFunctionMode

    class Draws(TorchFunctionMode):
        """Draws on the CPU for the device, whatever function of torch asks."""

        def __init__(self, device: str) -> None:
            super().__init__()
            self.device = torch.device(device)

        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
        ) -> Any:
            kwargs, name = kwargs or {}, getattr(function, "__name__", "")
            drawn = name in DRAWS or name in IN_PLACE
            if not drawn or "out" in kwargs or not _of_cpu(kwargs.get("generator")):
                return function(*args, **kwargs)
            if name in IN_PLACE:
                return _in_place(function, args, kwargs)
            return _drawn(function, name, args, kwargs, self.device)

    return Draws


IN_PLACE = frozenset([
    "bernoulli_", "cauchy_", "dropout_", "exponential_", "geometric_", "kaiming_normal_", "kaiming_uniform_",
    "log_normal_", "normal_", "orthogonal_", "random_", "sparse_", "trunc_normal_", "uniform_", "xavier_normal_",
    "xavier_uniform_",
])  # fmt: skip


def _of_cpu(generator: Any) -> bool:
    return generator is None or generator.device.type == "cpu"


def _drawn(function: Any, name: str, args: Any, kwargs: dict[str, Any], device: Any) -> Any:
    """The result of a draw, made on the CPU; it is where its first argument is, where it was asked for, or on `device`."""
    wanted, leaf = kwargs.get("device"), kwargs.get("requires_grad")
    first = next(iter(_tensors([args, kwargs])), None)
    kwargs = {key: value for key, value in kwargs.items() if key not in ("device", "requires_grad")}
    if name in FACTORIES | LIKE:
        kwargs["device"] = "cpu"
    result = function(*_here(args), **_here(kwargs))
    there = wanted or (device if first is None else first.device)
    if isinstance(result, tuple):
        return tuple(part.to(there) for part in result)
    return result.to(there).requires_grad_() if leaf else result.to(there)


def _in_place(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """A tensor filled with numbers of the CPU's stream."""
    import torch

    target = next(iter(_tensors([args, kwargs])), None)
    if target is None or target.device.type == "cpu":
        return function(*args, **kwargs)
    with torch.no_grad():
        here = target.detach().to("cpu", copy=True)
        swap = {id(target): here}
        function(*_here(args, swap), **_here(kwargs, swap))
        target.copy_(here)
    return target


def _tensors(value: Any) -> Iterator[Any]:
    import torch

    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, torch.Tensor):
            yield part
        elif isinstance(part, tuple | list | dict):
            yield from _tensors(part)


def _here(value: Any, swap: dict[int, Any] | None = None) -> Any:
    """The arguments with their tensors on the CPU, or exchanged for others."""
    import torch

    if isinstance(value, torch.Tensor):
        return (swap or {}).get(id(value), value.cpu())
    if type(value) in (tuple, list):
        return type(value)(_here(part, swap) for part in value)
    if type(value) is dict:
        return {key: _here(part, swap) for key, part in value.items()}
    return value
