"""What can be read of a notebook's text that is cut off, damaged, or left by an unfinished merge."""

from __future__ import annotations

import json
import re
from typing import Any

MAX_FAILURES = 40  # of reading at one place; each may look through the whole file
CELL = re.compile(r'\{\s*"(?:attachments|cell_type|execution_count|id|metadata|outputs|source)"\s*:')
FIELD = re.compile(r'"(cell_type|id|metadata|source)"\s*:\s*')
FIELD_TYPES: dict[str, type | tuple[type, ...]] = {
    "cell_type": str,
    "id": str,
    "metadata": dict,
    "source": (str, list),
}


def without_merge_marks(text: str) -> str | None:
    """The text with the first of the two versions at each place that git could not merge; None when there is none."""
    kept: list[str] = []
    side, found = "both", False
    for line in text.split("\n"):
        mark = line[:7]
        if mark == "<<<<<<<":
            side, found = "first", True
        elif mark in ("|||||||", "=======") and side == "first":
            side = "second"
        elif mark == ">>>>>>>":
            side = "both"
        elif side != "second":
            kept.append(line)
    return "\n".join(kept) if found else None


def cells_of_damaged(text: str, decoder: json.JSONDecoder, most: int) -> tuple[list[dict[str, Any]], int]:
    """The cells that can be found, and how many of them only in part: their text and type are there."""
    cells: list[dict[str, Any]] = []
    position = parts = failures = 0
    while failures < MAX_FAILURES and len(cells) < most and (start := CELL.search(text, position)):
        try:
            value, position = decoder.raw_decode(text, start.start())
            whole = True
        except (ValueError, RecursionError):
            following = CELL.search(text, start.end())
            end = following.start() if following else len(text)
            value, failed = _remains(text, start.start(), end, decoder, MAX_FAILURES - failures)
            failures, position, whole = failures + failed + 1, start.end(), False
        if isinstance(value, dict) and "cell_type" in value and "source" in value:
            cells.append(value)
            parts += not whole
    return cells, parts


def _remains(
    text: str, start: int, end: int, decoder: json.JSONDecoder, most: int
) -> tuple[dict[str, Any], int]:
    """The readable fields of a cell that cannot be read as a whole, and how many could not be read."""
    found: dict[str, Any] = {}
    failures = 0
    while failures < most and (field := FIELD.search(text, start, end)):
        name, start = field[1], field.end()
        try:
            value, start = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            failures += 1
            continue
        # the outputs, which stand between, may have fields of these names too
        if isinstance(value, FIELD_TYPES[name]) and (name == "source" or name not in found):
            found[name] = value
    return found, failures
