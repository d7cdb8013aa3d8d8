"""Calls that an exercise does not allow end with an error that names them, for the time of one call.

A name is guarded where it stands, and as the function itself: a copy that some cell kept under another name is torch's
function all the same.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

AUTOGRAD = "torch.autograd"
_replaced: dict[str, Any] = {}  # what a name stood for, once it was guarded
_forbidden_now: list[frozenset[str]] = []


@contextlib.contextmanager
def guarded(names: Sequence[str]) -> Iterator[None]:
    """Guard the dotted `names`; with "torch.autograd" among them also every operation that autograd would record."""
    if not names:
        yield
        return
    for name in names:
        if name not in _replaced:
            _replace(name)
    _forbidden_now.append(frozenset(names))
    try:
        with contextlib.ExitStack() as stack:
            if "torch" in sys.modules:
                stack.enter_context(_mode({id(_replaced[name]): name for name in names if name in _replaced}))
                if AUTOGRAD in names:
                    stack.enter_context(_no_recording())
            yield
    finally:
        _forbidden_now.pop()


def _replace(name: str) -> None:
    """Put a guard where the name stands, for good: that takes longer than a call, and what is not forbidden passes it."""
    for owner, attribute in _owner(name):
        stood = owner.__dict__.get(attribute, getattr(owner, attribute))
        guard = _guard(name, getattr(owner, attribute))
        _replaced[name] = stood
        setattr(
            owner, attribute, staticmethod(guard) if isinstance(stood, staticmethod | classmethod) else guard
        )


def _guard(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def guard(*args: Any, **kwargs: Any) -> Any:
        if any(name in names for names in _forbidden_now):
            raise _not_allowed(name)
        return function(*args, **kwargs)

    return guard


def _owner(name: str) -> list[tuple[Any, str]]:
    """Where the name stands, as a list of one; of none when that is not loaded."""
    first, *rest, attribute = name.split(".")
    found = sys.modules.get(first)
    for part in rest:
        found = getattr(found, part, None)
    return [(found, attribute)] if hasattr(found, attribute) and name != AUTOGRAD else []


def _mode(names: dict[int, str]) -> Any:
    """Sees every call of one of torch's functions, by its id."""
    mode = _mode_class()()
    mode.names = names
    return mode


@functools.cache
def _mode_class() -> Any:
    from torch.overrides import TorchFunctionMode

    class Guard(TorchFunctionMode):
        names: dict[int, str]

        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
        ) -> Any:
            if id(function) in self.names:
                raise _not_allowed(self.names[id(function)])
            return function(*args, **(kwargs or {}))

    return Guard


def _no_recording() -> Any:
    """Autograd keeps a tensor for its way back only when it records an operation."""
    from torch.autograd.graph import saved_tensors_hooks

    return saved_tensors_hooks(_forbidden(AUTOGRAD), _forbidden(AUTOGRAD))


def _forbidden(name: str) -> Callable[..., Any]:
    def not_allowed(*args: Any, **kwargs: Any) -> Any:
        raise _not_allowed(name)

    return not_allowed


def _not_allowed(name: str) -> PermissionError:
    return PermissionError(f"{name} is not allowed in this exercise")
