"""Marked regions of a source notebook: what the instructor keeps and what students find in its place."""

from __future__ import annotations

import ast
import difflib
import re
from dataclasses import dataclass

WRITE_CODE = 'raise NotImplementedError("not written yet")'
WRITE_VALUE = "..."
WRITE_TEXT = "*Your answer here.*"
ALIKE = 0.82  # how much a line must look like a marker to be taken for a misspelt one


class MarkerError(ValueError):
    """The markers of a cell are not as they must be; the message says where and the cure."""


@dataclass(frozen=True)
class Markers:
    """The two lines around a region."""

    begin: str
    end: str


SOLUTION = Markers("### BEGIN SOLUTION", "### END SOLUTION")
MARK_SCHEME = Markers("=== BEGIN MARK SCHEME ===", "=== END MARK SCHEME ===")
_WORDS = re.compile(r"\b(BEGIN|END)\b.*\b(SOLUTIONS?|MARK|SCHEME|HIDDEN|ANSWER)")


def markers_for(cell_type: str) -> Markers:
    """Solutions are marked in code, mark schemes in text."""
    return SOLUTION if cell_type == "code" else MARK_SCHEME


def regions(source: str, cell_type: str) -> list[tuple[int, int]]:
    """Line numbers (from 0) of the begin and end markers of each region; raises MarkerError."""
    markers, found, begin = markers_for(cell_type), [], None
    for number, line in enumerate(source.split("\n")):
        text = line.strip()
        if text == markers.begin:
            if begin is not None:
                raise MarkerError(
                    f"line {number + 1} begins a region inside the one of line {begin + 1}; "
                    f"put '{markers.end}' before it"
                )
            begin = number
        elif text == markers.end:
            if begin is None:
                raise MarkerError(
                    f"line {number + 1} ends a region that never began; put '{markers.begin}' above it"
                )
            found.append((begin, number))
            begin = None
        else:
            _refuse_misspelt(text, number, markers)
    if begin is not None:
        raise MarkerError(
            f"line {begin + 1} begins a region that never ends; put '{markers.end}' after its last line"
        )
    return found


def stripped(source: str, cell_type: str) -> str:
    """The cell's text with each region replaced by what a student finds there; raises MarkerError."""
    lines, found = source.split("\n"), regions(source, cell_type)
    tree = _parsed(source) if cell_type == "code" and found else None
    for begin, end in reversed(found):
        if not "".join(lines[begin + 1 : end]).strip():
            raise MarkerError(
                f"line {begin + 1} begins an empty region; put what students must not see in it"
            )
        indent = lines[begin][: len(lines[begin]) - len(lines[begin].lstrip())]
        lines[begin : end + 1] = [indent + _stub(tree, begin + 1)]
    released = "\n".join(lines)
    if tree is not None:
        _parsed(released, "what is left without the solution")
    return released


def _stub(tree: ast.Module | None, line: int) -> str:
    """A statement that says so when it is run in a function, and lets the cell go on at top level."""
    if tree is None:
        return WRITE_TEXT
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = any(node.lineno < line <= (node.end_lineno or 0) for node in functions)
    return WRITE_CODE if inside else WRITE_VALUE


def _refuse_misspelt(text: str, number: int, markers: Markers) -> None:
    """Raise when a line looks like a marker but is none, for what it marks would be released."""
    if "HIDDEN" in text and _WORDS.search(text):
        raise MarkerError(
            f"line {number + 1} marks hidden tests ('{text}'); hidden checks belong in tests/<lab>/, "
            "never in the notebook"
        )
    if _WORDS.search(text) or _looks_like(text, markers.begin) or _looks_like(text, markers.end):
        raise MarkerError(
            f"line {number + 1} looks like a marker but is none ('{text}'); "
            f"this kind of cell uses '{markers.begin}' and '{markers.end}', spelt exactly so"
        )


def _looks_like(text: str, marker: str) -> bool:
    if text[:1] != marker[:1] or abs(len(text) - len(marker)) > 6:
        return False
    return difflib.SequenceMatcher(None, text.upper(), marker).ratio() >= ALIKE


def _parsed(source: str, what: str = "the cell") -> ast.Module:
    """The syntax tree of a cell; lines of IPython's own (magics, shell) count as `pass`."""
    plain = re.sub(r"(?m)^(\s*)[%!?].*$", r"\1pass", source)
    try:
        return ast.parse(plain)
    except SyntaxError as error:
        raise MarkerError(f"{what} is not valid Python: {error.msg} in line {error.lineno}") from None
