"""Where an answer differs from the reference, made so coarse that no expected value can be read from it.

A difference is plain data, `{"name", "got", "expected", "rows"}`: the two shapes and, when they are equal, a map
with one digit for each square of entries, from 0 (all of them right) to 3 (nearly all of them wrong). A map has no
size, sign or order of an error. Where right and wrong alone would tell a value (labels, one-hot rows, masks,
counts), the map is one square for the whole array.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.checks.diagnosis import Outcome
from utils.compare import CheckFailed, Compared

MOST_ROWS, MOST_COLUMNS = 16, 32  # of a map; larger arrays are put into squares
MOST_ARRAYS = 6  # of one check
MOST_AXES = 8
FEWEST_VALUES = 4  # an array with fewer different values could be guessed from a map

Difference = dict[str, Any]


def differences(failure: CheckFailed) -> list[Difference]:
    """The arrays of a failed comparison; empty when there is nothing to draw."""
    try:
        found = failure.compared()
    except (ArithmeticError, TypeError, ValueError, MemoryError):
        return []  # odd arrays of a student go without a picture
    drawn = [d for d in map(_difference, found) if d is not None]
    return drawn[:MOST_ARRAYS] if len(drawn) > 1 or any(map(_telling, drawn)) else []


def by_check(outcomes: Sequence[Outcome]) -> dict[str, list[Difference]]:
    """The differences by check, once for all checks that have the same message."""
    found: dict[str, list[Difference]] = {}
    told: set[tuple[str, str | None]] = set()
    for outcome in outcomes:
        key = (outcome.message, outcome.misconception)
        if outcome.failed and outcome.differences and key not in told:
            told.add(key)
            found[outcome.name] = outcome.differences
    return found


def _difference(pair: Compared) -> Difference | None:
    shapes = {"got": list(pair.got.shape[:MOST_AXES]), "expected": list(pair.expected.shape[:MOST_AXES])}
    if pair.wrong is None:
        return {"name": pair.name, **shapes, "rows": []}
    if pair.wrong.ndim == 0 or pair.wrong.size == 0:
        return None
    if _guessable(pair.expected):
        return {"name": pair.name, **shapes, "rows": ["3" if pair.wrong.any() else "0"]}
    return {"name": pair.name, **shapes, "rows": _map(pair.wrong)}


def _telling(difference: Difference) -> bool:
    """Whether the picture says more than that something is wrong."""
    return difference["rows"] not in (["0"], ["3"])


def _guessable(expected: np.ndarray) -> bool:
    """Whether knowing which entries are right would tell the values: few of them, or whole numbers."""
    if expected.dtype.kind not in "fc":
        return True
    finite = expected[np.isfinite(expected)]
    return np.unique(finite).size < FEWEST_VALUES or bool(np.all(finite == np.round(finite)))


def _map(wrong: np.ndarray) -> list[str]:
    """One text of digits a row: the first axis downwards, all others to the right."""
    table = wrong.reshape(1 if wrong.ndim == 1 else wrong.shape[0], -1).astype(float)
    for axis, most in enumerate((MOST_ROWS, MOST_COLUMNS)):
        size = table.shape[axis]
        if size > most:
            starts = np.arange(most) * size // most
            widths = np.diff([*starts, size])
            sums = np.add.reduceat(table, starts, axis=axis)
            table = sums / (widths[:, None] if axis == 0 else widths)
    levels = np.ceil(np.clip(table, 0.0, 1.0) * 3 - 1e-9).astype(int)
    return ["".join(map(str, row)) for row in levels]
