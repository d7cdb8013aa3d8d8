"""Two structures side by side: where they differ in kind, and the pairs of values at their ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


class CheckFailed(AssertionError):
    """A check that did not hold: `seen`, `looks_like` and `where` are the three parts of its message.

    `compared` gives the arrays whose comparison failed, from which a picture of the difference can be made.
    """

    compared: Callable[[], list[Compared]] = list

    def __init__(
        self, seen: str, looks_like: str = "", where: str = "", misconception: str | None = None
    ) -> None:
        self.seen, self.looks_like, self.where = seen, looks_like, where
        self.misconception = misconception
        super().__init__("\n".join(part for part in (seen, looks_like, where) if part))

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the message, without the frames of this module."""
        return [f"CheckFailed: {self}"]


@dataclass(frozen=True)
class Compared:
    """Two arrays: `wrong` is True where their entries differ, None when their shapes do."""

    name: str
    got: np.ndarray
    expected: np.ndarray
    wrong: np.ndarray | None


@dataclass(frozen=True)
class Leaf:
    """A pair of arrays (or of other values) at the same place of the two structures."""

    name: str
    got: Any
    expected: Any


def structure(got: Any, expected: Any, name: str, leaves: list[Leaf], depth: int = 0) -> CheckFailed | None:
    """The first difference in structure, or None; every pair of values at the ends is added to `leaves`."""
    if expected is not None and got is None:
        return CheckFailed(
            f"{name} is None.", "Nothing was returned, or it is not written yet.", "Look at the return line."
        )
    if depth > 50:
        return CheckFailed(f"{name} is nested too deeply.")
    if isinstance(expected, Mapping):
        return _mapping(got, expected, name, leaves, depth)
    if isinstance(expected, list | tuple):
        return _sequence(got, expected, name, leaves, depth)
    if kind_of(got) != kind_of(expected):
        return CheckFailed(
            f"{name} is {describe(got)}.",
            f"It should be {describe(expected)}.",
            "Look at what is returned.",
        )
    leaves.append(Leaf(name, got, expected))
    return None


def _mapping(
    got: Any, expected: Mapping[Any, Any], name: str, leaves: list[Leaf], depth: int
) -> CheckFailed | None:
    if not isinstance(got, Mapping):
        return CheckFailed(f"{name} is {describe(got)}.", "It should be a dictionary.")
    for key, value in expected.items():
        if key not in got:
            return CheckFailed(
                f"{name} has no key {key!r}.",
                f"Its keys are {listing(map(repr, got))}.",
                "Look at the names.",
            )
        problem = structure(got[key], value, f"{name}[{key!r}]", leaves, depth + 1)
        if problem is not None:
            return problem
    return None


def _sequence(
    got: Any, expected: Sequence[Any], name: str, leaves: list[Leaf], depth: int
) -> CheckFailed | None:
    if not isinstance(got, list | tuple):
        return CheckFailed(f"{name} is {describe(got)}.", f"It should be {describe(expected)}.")
    if len(got) != len(expected):
        return CheckFailed(f"{name} has {len(got)} items.", f"It should have {len(expected)}.")
    table = _as_table(expected)
    if table is not None and _as_table(got) is not None:
        leaves.append(Leaf(name, np.asarray(got, dtype=float), table))
        return None
    for i, value in enumerate(expected):
        problem = structure(got[i], value, f"{name}[{i}]", leaves, depth + 1)
        if problem is not None:
            return problem
    return None


def _as_table(value: Sequence[Any]) -> np.ndarray | None:
    """Nested lists of numbers as one array; None when the items are not all plain numbers."""
    if not value:
        return None
    items = value
    while items and all(isinstance(v, list | tuple) for v in items):
        if len({len(v) for v in items}) > 1:
            return None
        items = [x for v in items for x in v]
    if not items or not all(isinstance(v, float | int) and not isinstance(v, bool) for v in items):
        return None
    return np.asarray(value, dtype=float)


def kind_of(value: Any) -> str:
    """The kind of a value in one word: a number whatever library it is of, tensor, array, bool, or its type."""
    if isinstance(value, bool | np.bool_):
        return "bool"
    if isinstance(value, int | float | complex | np.number):
        return "number"
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return "number" if value.ndim == 0 and value.dtype != torch.bool else "tensor"
    if isinstance(value, np.ndarray):
        return "number" if value.ndim == 0 and value.dtype != bool else "array"
    return type(value).__name__


def describe(value: Any) -> str:
    """A value in words, with the shape of an array, never with its entries."""
    names = {
        "tensor": "a torch tensor",
        "array": "a numpy array",
        "number": "a number",
        "bool": "True or False",
        "dict": "a dictionary",
        "str": "a text",
        "NoneType": "None",
    }
    kind = kind_of(value)
    if kind in ("tensor", "array"):
        return f"{names[kind]} of shape {tuple(value.shape)}"
    return names.get(kind, f"a {kind}")


def as_array(value: Any) -> np.ndarray:
    """The numbers of a leaf as a numpy array (a copy on the CPU for tensors)."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        value = value.detach().resolve_conj().resolve_neg().cpu()
        return (value.float() if value.dtype == torch.bfloat16 else value).numpy()
    return np.asarray(value)


def dtype_of(value: Any) -> str:
    """The name of the precision; that of a Python number is float64."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "float64"
    return str(value.dtype).removeprefix("torch.") if hasattr(value, "dtype") else type(value).__name__


def listing(names: Any) -> str:
    """Names as in a sentence: "a, b and c"."""
    items = list(names)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else "none"
