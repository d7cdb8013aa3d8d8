"""What must not be seen in a released notebook: answers outside their markers, and words of hidden checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from nbformat import NotebookNode

from grader.course import grade_id
from grader.regions import MarkerError, regions

TELLING = 16  # characters from which a line says something of its own
HIDDEN = re.compile(r"HIDDEN[ _]+TESTS?|MARK[ _]+SCHEME|(?i:hidden[ _]+tests?\s*:)")
IMPORTS = re.compile(r"^\s*(?:from|import)\s+(grader|tests|bank_\w+|test_\d\w*)\b", re.MULTILINE)


def leaks(source: NotebookNode, released: NotebookNode) -> list[str]:
    """What a released notebook shows of an answer or a hidden check: cell, line and cure of each place."""
    found = []
    secrets = list(_answers(source))
    for number, cell in enumerate(released.cells):
        name = grade_id(cell) or cell.get("id") or number + 1
        lines = [line.strip() for line in cell.source.split("\n")]
        for exercise, answer in secrets:
            if line := _shown(answer, lines):
                found.append(
                    f"cell {name}: it shows '{line}', which is part of the answer of {exercise}; take it out, or put "
                    "it between the markers"
                )
        if cell.cell_type == "code" and (module := IMPORTS.search(cell.source)):
            found.append(
                f"cell {name}: it imports {module[1]}, which students do not have; move that to tests/<lab>/"
            )
        if words := HIDDEN.search(cell.source):
            found.append(f"cell {name}: '{words[0]}' would be released; hidden checks belong in tests/<lab>/")
    return found


def _answers(source: NotebookNode) -> Iterator[tuple[str, list[str]]]:
    """(exercise, telling lines) of every marked region."""
    for cell in source.cells:
        try:
            found = regions(cell.source, cell.cell_type)
        except MarkerError:
            continue
        lines = cell.source.split("\n")
        for begin, end in found:
            yield grade_id(cell), [line.strip() for line in lines[begin + 1 : end] if line.strip()]


def _shown(answer: list[str], lines: list[str]) -> str:
    """A line of the answer, the next one following as in it (or the answer having one line only); else nothing.

    Two lines that only open blocks, such as loops, say too little.
    """
    if len(answer) == 1:
        return answer[0] if len(answer[0]) >= TELLING and answer[0] in lines else ""
    there = set(pairwise(line for line in lines if line))
    for pair in pairwise(answer):
        if pair in there and min(map(len, pair)) >= TELLING and not all(line.endswith(":") for line in pair):
            return pair[0]
    return ""
