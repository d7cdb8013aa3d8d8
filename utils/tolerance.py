"""How near is equal: what rounding may differ by, in each precision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from utils.structure import Compared, Leaf, as_array, dtype_of, kind_of

RTOL = {
    "float64": 1e-8,
    "complex128": 1e-8,
    "float32": 1e-4,
    "complex64": 1e-4,
    "float16": 1e-2,
    "bfloat16": 3e-2,
}


@dataclass(frozen=True)
class Rules:
    """What a comparison allows: named sizes, and relative and absolute tolerance (see check_close)."""

    sizes: Mapping[str, int]
    rtol: float | None
    atol: float


def same_numbers(got: np.ndarray, expected: np.ndarray) -> bool:
    """Whether two arrays of one shape hold the same numbers, about to single precision."""
    return bool(np.allclose(got, expected, rtol=1e-4, atol=1e-6 * (1 + scale_of(expected))))


def scale_of(values: np.ndarray) -> float:
    """The largest absolute value; 0 where there is none."""
    return float(np.abs(values).max()) if values.size and values.dtype.kind in "iufc" else 0.0


def tolerance(leaf: Leaf, rules: Rules) -> float:
    """The allowed absolute difference: that of the less precise of the two, single precision at most for `got`."""
    rtol = rules.rtol
    if rtol is None:
        mine, due = (RTOL.get(dtype_of(v), 1e-8) for v in (leaf.got, leaf.expected))
        rtol = max(due, min(mine, RTOL["float32"]))
    return rules.atol + rtol * scale_of(as_array(leaf.expected)) + 1e-13


def equal(leaf: Leaf, rules: Rules) -> bool:
    """Whether a pair of values is equal within the tolerance; what is no number must have the same type."""
    if kind_of(leaf.expected) not in ("tensor", "array", "number"):
        return type(leaf.got) is type(leaf.expected) and bool(leaf.got == leaf.expected)
    return bool(np.all(near(leaf, rules)))


def near(leaf: Leaf, rules: Rules) -> np.ndarray:
    """Where two arrays of the same shape have the same entries, up to the tolerance."""
    got, expected = as_array(leaf.got), as_array(leaf.expected)
    if expected.dtype.kind not in "fc" and got.dtype.kind not in "fc":
        return got == expected
    with np.errstate(all="ignore"):
        off = np.abs(got.astype(expected.dtype if expected.dtype.kind == "c" else float) - expected)
    return (off <= tolerance(leaf, rules)) | (got == expected) | (np.isnan(got) & np.isnan(expected))


def compared(leaves: Sequence[Leaf], rules: Rules) -> list[Compared]:
    """The arrays among the leaves, numbers and texts left out."""
    found = []
    for leaf in leaves:
        if kind_of(leaf.expected) in ("tensor", "array"):
            got, expected = as_array(leaf.got), as_array(leaf.expected)
            wrong = ~near(leaf, rules) if got.shape == expected.shape else None
            found.append(Compared(leaf.name, got, expected, wrong))
    return found
