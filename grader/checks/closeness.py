"""`check_close` as the hidden checks call it: the comparison of `utils.compare`, and its measure when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from utils import compare
from utils.explain import form_problem
from utils.structure import as_array, kind_of, structure
from utils.tolerance import Rules, scale_of
from utils.tolerance import tolerance as tolerance_of


@dataclass(frozen=True)
class Measure:
    """One comparison: the largest error in units of the tolerance, and the tolerance itself (relative to the
    largest expected value, or absolute where that is 0). `chance`: not an error, but the chance of a false fail.
    `got`, `expected`: some of the numbers compared.
    """

    error: float
    tolerance: float
    chance: float | None = None
    got: tuple[float, ...] = ()
    expected: tuple[float, ...] = ()


MOST_NUMBERS = 200
_kept: list[Measure] | None = None


@contextmanager
def measuring() -> Iterator[list[Measure]]:
    """Keep the measures of all comparisons made inside; the list may be cleared on the way."""
    global _kept
    before, _kept = _kept, []
    try:
        yield _kept
    finally:
        _kept = before


def note(error: float, tolerance: float) -> None:
    """Keep the measure of a comparison that is made in another way."""
    if _kept is not None:
        _kept.append(Measure(error, tolerance))


def note_chance(chance: float) -> None:
    """Say that a right answer fails this check with that probability, such as that of drawing one order twice."""
    if _kept is not None:
        _kept.append(Measure(0.0, 0.0, chance))


def check_close(
    got: Any,
    expected: Any,
    *,
    what: str = "the result",
    sizes: Mapping[str, int] | None = None,
    rtol: float | None = None,
    atol: float = 0.0,
) -> None:
    """See utils.compare.check_close."""
    if _kept is not None:
        _kept.extend(measures(got, expected, rtol, atol))
    compare.check_close(got, expected, what=what, sizes=sizes, rtol=rtol, atol=atol)


def measures(got: Any, expected: Any, rtol: float | None = None, atol: float = 0.0) -> list[Measure]:
    """A measure of each array or number; empty when structure, shape or form differ: no tolerance is asked then."""
    leaves: list[Any] = []
    if structure(got, expected, "", leaves) is not None or any(map(form_problem, leaves)):
        return []
    rules = Rules({}, rtol, atol)
    return [_measure(leaf, rules) for leaf in leaves if _is_inexact(leaf)]


def _is_inexact(leaf: Any) -> bool:
    if kind_of(leaf.expected) not in ("tensor", "array", "number"):
        return False
    return any(as_array(value).dtype.kind in "fc" for value in (leaf.got, leaf.expected))


def _measure(leaf: Any, rules: Any) -> Measure:
    got, expected = as_array(leaf.got), as_array(leaf.expected)
    tolerance, scale = tolerance_of(leaf, rules), scale_of(expected)
    with np.errstate(all="ignore"):
        off = np.abs(got.astype(complex if expected.dtype.kind == "c" else float) - expected)
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    error = float(np.where(same, 0.0, off).max(initial=0.0))
    relative = tolerance / scale if scale > 0 else tolerance
    return Measure(error / tolerance, relative, None, _numbers(got), _numbers(expected))


def _numbers(values: np.ndarray) -> tuple[float, ...]:
    """Some real numbers of an array."""
    return tuple(values.ravel()[:MOST_NUMBERS].tolist()) if values.dtype.kind == "f" else ()
