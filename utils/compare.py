"""One comparison for every check: what differs, what it looks like, where to look.

`check_close` compares in the order in which a reader would: is there a value, its type, its shape, its kind
of numbers, nan, then the values. It names a constant factor ("exactly 5.0 times the expected, and 5 is the
batch size") and never prints an expected value.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from utils.explain import explain, form_problem
from utils.structure import CheckFailed, Compared, Leaf, structure
from utils.tolerance import Rules, compared, equal

__all__ = ["CheckFailed", "Compared", "check_close", "expect", "find_difference", "is_close"]


def expect(
    condition: bool, seen: str, looks_like: str = "", where: str = "", misconception: str | None = None
) -> None:
    """Raise `CheckFailed` unless `condition` is True; `misconception` is the tag of a known wrong answer."""
    if condition is not True and not (isinstance(condition, np.bool_) and bool(condition)):
        raise CheckFailed(seen, looks_like, where, misconception)


def check_close(
    got: Any,
    expected: Any,
    *,
    what: str = "the result",
    sizes: Mapping[str, int] | None = None,
    rtol: float | None = None,
    atol: float = 0.0,
) -> None:
    """Raise `CheckFailed` unless `got` is `expected`: the same structure, shapes and kind of numbers, no nan,
    and values within `atol + rtol * max|expected|` (`rtol` defaults to 1e-8 in float64, 1e-4 in float32).

    Numbers may be Python or numpy numbers or tensors of no dimension; a dict may have more keys than
    expected; a float may have another precision. `sizes` names quantities, such as {"the batch size": 5}, by which a
    constant factor is explained.
    """
    problem = find_difference(got, expected, what=what, sizes=sizes or {}, rtol=rtol, atol=atol)
    if problem is not None:
        raise problem


def is_close(got: Any, expected: Any, *, rtol: float | None = None, atol: float = 0.0) -> bool:
    """Whether `check_close` would pass."""
    return find_difference(got, expected, what="", sizes={}, rtol=rtol, atol=atol) is None


def find_difference(
    got: Any, expected: Any, *, what: str, sizes: Mapping[str, int], rtol: float | None, atol: float
) -> CheckFailed | None:
    """The first difference as a `CheckFailed`, or None."""
    leaves: list[Leaf] = []
    problem = structure(got, expected, what, leaves)
    if problem is not None:
        return problem
    rules = Rules(sizes, rtol, atol)
    for leaf in leaves:
        problem = form_problem(leaf)
        if problem is not None:
            problem.compared = functools.partial(compared, [leaf], rules)
            return problem
    wrong = [leaf for leaf in leaves if not equal(leaf, rules)]
    if not wrong:
        return None
    problem = explain(wrong, leaves, rules)
    problem.compared = functools.partial(compared, leaves, rules)
    return problem
