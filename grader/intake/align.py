"""Order: which cells moved, and which cell stands where another one stood."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

MAX_PAIRS = 40_000


def longest_rise(numbers: Sequence[int]) -> list[int]:
    """Positions of a longest increasing run of distinct numbers: what kept its order."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for position, number in enumerate(numbers):
        at = bisect_left(tails, number)
        before.append(ends[at - 1] if at else -1)
        tails[at : at + 1] = [number]
        ends[at : at + 1] = [position]
    kept = []
    position = ends[-1] if ends else -1
    while position >= 0:
        kept.append(position)
        position = before[position]
    return kept[::-1]


def best_pairs(rows: int, columns: int, score: Callable[[int, int], float]) -> list[tuple[int, int]]:
    """Pairs (row, column) in rising order whose scores sum highest; a score of 0 or less is no pair.

    Gives none when there are too many to compare.
    """
    if rows * columns > MAX_PAIRS:
        return []
    scores = [[score(row, column) for column in range(columns)] for row in range(rows)]
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for row in range(rows - 1, -1, -1):
        for column in range(columns - 1, -1, -1):
            value = scores[row][column]
            paired = value + best[row + 1][column + 1] if value > 0 else 0.0
            best[row][column] = max(best[row + 1][column], best[row][column + 1], paired)
    pairs, row, column = [], 0, 0
    while row < rows and column < columns:
        value = scores[row][column]
        if value > 0 and best[row][column] == value + best[row + 1][column + 1]:
            pairs.append((row, column))
            row, column = row + 1, column + 1
        elif best[row][column] == best[row][column + 1]:
            column += 1
        else:
            row += 1
    return pairs
