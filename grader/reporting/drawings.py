"""Small pictures of where an answer differs, as SVG with the same said in words (see checks/differences.py)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeGuard

from markupsafe import Markup

from grader.clean import shorten

SQUARE = 10  # units of a square's side
MOST = 8  # drawings of one message
LARGEST = (64, 64)  # rows and columns that are drawn at all
_LONG_SIDE = 90  # units of the longer side of a drawn shape
_ROW = re.compile(r"[0-3]+", re.ASCII)


@dataclass(frozen=True)
class Drawing:
    """One array: its name, the picture, and what the picture shows in words."""

    name: str
    svg: Markup
    words: str


def drawings(found: Any) -> list[Drawing]:
    """The drawings of a check's differences; what is not of their form is left out."""
    made = (_drawing(difference) for difference in found) if isinstance(found, list) else ()
    return [drawing for drawing in made if drawing is not None][:MOST]


def _drawing(difference: Any) -> Drawing | None:
    if not isinstance(difference, Mapping):
        return None
    name, rows = difference.get("name"), difference.get("rows")
    got, expected = difference.get("got"), difference.get("expected")
    if not (isinstance(name, str) and _is_shape(got) and _is_shape(expected) and _is_map(rows)):
        return None
    name = shorten(name, 80)
    if rows:
        return Drawing(name, _heat_map(rows), f"{_size(expected)}: {_where(rows, expected)}")
    return Drawing(name, _shapes(got, expected), f"yours is {_size(got)}, expected is {_size(expected)}")


def _is_shape(value: Any) -> TypeGuard[list[int]]:
    return isinstance(value, list) and len(value) <= 8 and all(type(n) is int and n >= 0 for n in value)


def _is_map(rows: Any) -> TypeGuard[list[str]]:
    if not isinstance(rows, list) or len(rows) > LARGEST[0]:
        return False
    if not all(isinstance(row, str) and _ROW.fullmatch(row) and len(row) <= LARGEST[1] for row in rows):
        return False
    return len(set(map(len, rows))) <= 1


def _heat_map(rows: list[str]) -> Markup:
    """One square for each digit; neighbours of one digit as one rectangle."""
    parts = []
    for y, row in enumerate(rows):
        x = 0
        for digit, run in groupby(row):
            width = len(list(run))
            parts.append(_rect(x * SQUARE, y * SQUARE, width * SQUARE, SQUARE, f"level-{digit}"))
            x += width
    width, height = max(map(len, rows)) * SQUARE, len(rows) * SQUARE
    lines = [f"M{x} 0V{height}" for x in range(SQUARE, width, SQUARE)]
    lines += [f"M0 {y}H{width}" for y in range(SQUARE, height, SQUARE)]
    return _svg([*parts, f'<path d="{"".join(lines)}" class="grid"/>'], width, height)


def _shapes(got: list[int], expected: list[int]) -> Markup:
    """The two arrays as rectangles of their rows and columns in one scale: yours, then the expected one."""
    sizes = [_sides(shape) for shape in (got, expected)]
    scale = _LONG_SIDE / max(1, *(side for size in sizes for side in size))
    (height, width), (due_height, due_width) = (
        [max(6.0, round(side * scale, 1)) for side in size] for size in sizes
    )
    parts = [
        _rect(0, 0, width, height, "level-3"),
        _rect(width + 20, 0, due_width, due_height, "due"),
    ]
    return _svg(parts, width + 20 + due_width, max(height, due_height))


def _sides(shape: list[int]) -> tuple[int, int]:
    """Rows and columns of an array, as a picture shows them."""
    if not shape:
        return 1, 1
    return (1, shape[0]) if len(shape) == 1 else (shape[-2], shape[-1])


def _svg(parts: Iterable[str], width: float, height: float) -> Markup:
    """The picture for those who see it; the words beside it say the same to everybody."""
    box = f"-1 -1 {width + 2:g} {height + 2:g}"
    size = f'width="{width + 2:g}" height="{height + 2:g}"'
    return Markup(f'<svg viewBox="{box}" {size} aria-hidden="true">{"".join(parts)}</svg>')


def _rect(x: float, y: float, width: float, height: float, name: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" class="{name}"/>'


def _size(shape: list[int]) -> str:
    return (
        " × ".join(map(str, shape)) if len(shape) > 1 else f"{shape[0]} long" if shape else "a single number"
    )


def _where(rows: list[str], shape: list[int]) -> str:
    digits = "".join(rows)
    if set(digits) == {"0"}:
        return "right"
    if set(digits) == {"3"}:
        return "all entries differ" if len(digits) > 1 else "differs"
    share = sum(map(int, digits)) / (3 * len(digits))
    return f"about {max(1, round(100 * share))}% of the entries differ{_only(rows, shape)}"


def _only(rows: list[str], shape: list[int]) -> str:
    """`, only in row 2`, counted from 0, where every square is one entry and the rest is right."""
    whole = [1, shape[0]] if len(shape) == 1 else shape
    if [len(rows), len(rows[0])] != whole:
        return ""
    wrong_rows = [str(n) for n, row in enumerate(rows) if set(row) != {"0"}]
    wrong_columns = [str(n) for n, column in enumerate(zip(*rows, strict=True)) if set(column) != {"0"}]
    for word, wrong, count in (("row", wrong_rows, len(rows)), ("column", wrong_columns, len(rows[0]))):
        if len(wrong) <= min(4, count - 1):
            word = "index" if len(shape) == 1 else word
            plural = "" if len(wrong) == 1 else "es" if word == "index" else "s"
            return f", only in {word}{plural} {', '.join(wrong)} (counted from 0)"
    return ""
