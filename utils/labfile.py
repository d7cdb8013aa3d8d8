"""The notebooks of a lab as they lie in the student's folder: whole or not, which exercises are written, which
visible checks pass.

What each notebook must hold stands in `lab.json`, which comes with the lab. Nothing beyond Python's own library is
needed, so that a hand-in works where nothing is installed.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAME = "lab.json"
ENOUGH = 0.5  # share of a notebook's cells that a file must hold to be that notebook
_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_FUNCTION = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_MAGIC = re.compile(r"(?m)^(\s*)[%!?].*$")


class LabError(Exception):
    """A folder or file is not as it must be; the message says what to do."""


@dataclass(frozen=True)
class Task:
    """An exercise as it was released: `stub` is the text of its cell, `code` whether it is Python."""

    name: str
    points: float
    stub: str
    code: bool


@dataclass(frozen=True)
class Book:
    """A notebook as it was released: for each cell its id, its grade_id ("" when it has none) and its text."""

    name: str
    cells: list[tuple[str, str, str]]
    tasks: list[Task]


@dataclass(frozen=True)
class LabFolder:
    """A lab in the student's folder; `max_bytes` is the size from which a notebook is not accepted."""

    folder: Path
    name: str
    max_bytes: int
    books: list[Book]


@dataclass
class State:
    """What a saved notebook holds.

    `problem` says why the file cannot be handed in as it is; `missing` names cells that are gone, `unwritten`
    exercises without an answer, `broken` answers that are not Python, `checks` what visible checks last printed,
    `later` other files of the folder that hold this notebook and were saved after it.
    """

    book: Book
    path: Path
    problem: str = ""
    missing: list[str] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)
    later: list[str] = field(default_factory=list)


def read_lab(folder: Path) -> LabFolder:
    """The lab of a folder. Raises LabError when its `lab.json` is missing or damaged."""
    path = folder / NAME
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        books = [_book(name, book) for name, book in data["notebooks"].items()]
        return LabFolder(folder, str(data["lab"]), int(data["max_bytes"]), books)
    except FileNotFoundError:
        raise LabError(
            f"{folder} has no {NAME}: work in the folder that was unpacked from the lab's zip."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise LabError(f"{path} is damaged: take this file from the lab's zip again.") from None


def examine(lab: LabFolder, book: Book) -> State:
    """The state of one notebook of the lab, as it was last saved."""
    path = lab.folder / f"{book.name}.ipynb"
    state = State(book, path)
    try:
        cells = _cells(path, lab.max_bytes)
    except LabError as problem:
        state.problem = str(problem) + _instead(lab, book, path)
        return state
    found = _found(book, cells)
    if len(found) < ENOUGH * len(book.cells):
        state.problem = (
            f"{path.name} is not this notebook{_whose(lab, cells)}. Put the right file in its place."
        )
        return state
    state.missing = [key for key in map(_key, book.cells) if key not in found]
    for task in book.tasks:
        _look_at(task, found.get(task.name), cells, state)
    state.checks = dict(_printed(cells))
    state.later = [p.name for p in _copies(lab, book) if p.stat().st_mtime > path.stat().st_mtime]
    return state


def _look_at(task: Task, cell: dict[str, Any] | None, cells: list[dict[str, Any]], state: State) -> None:
    """Adds what is to be said of one exercise; a question whose cell is gone may be answered anywhere."""
    if cell is None and not task.code:
        return
    text = _text(cell) if cell else ""
    if _bare(text, task.code) in ("", _bare(task.stub, task.code)):
        names = set(_FUNCTION.findall(task.stub))
        others = [_text(other) for other in cells if other is not cell and other.get("cell_type") == "code"]
        if not names or not any(names <= set(_FUNCTION.findall(other)) for other in others):
            state.unwritten.append(task.name)
    elif task.code:
        try:
            ast.parse(_MAGIC.sub(r"\1pass", text))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None)
            state.broken[task.name] = f"line {line} is not Python" if line else "is not Python"


def _book(name: str, data: dict[str, Any]) -> Book:
    cells = [(str(a), str(b), str(c)) for a, b, c in data["cells"]]
    tasks = [
        Task(str(t["name"]), float(t["points"]), str(t["stub"]), bool(t["code"])) for t in data["exercises"]
    ]
    return Book(name, cells, tasks)


def _cells(path: Path, max_bytes: int) -> list[dict[str, Any]]:
    """The cells of a notebook file; raises LabError when it does not open as one."""
    try:
        if path.stat().st_size > max_bytes:
            raise LabError(
                f"{path.name} is larger than {max_bytes >> 20} MB: clear all outputs in the notebook and save it."
            )
        data = json.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise LabError(f"{path.name} is not in this folder.") from None
    except OSError as error:
        raise LabError(f"{path.name} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise LabError(
            f"{path.name} does not open as a notebook. Open and save it in JupyterLab; "
            "where that fails, begin from a copy."
        ) from None
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list):
        raise LabError(f"{path.name} is not a notebook: it has no cells.")
    return [cell for cell in cells if isinstance(cell, dict)]


def _instead(lab: LabFolder, book: Book, path: Path) -> str:
    """Words about a file that may be the one that was meant, or an earlier state of a damaged one."""
    kept = path.parent / ".ipynb_checkpoints" / f"{path.stem}-checkpoint.ipynb"
    if path.exists():
        return f" An earlier state of it is {kept.relative_to(path.parent)}." if kept.is_file() else ""
    core = re.sub(r"\W", "", path.stem).lower()
    others = sorted(p.name for p in path.parent.glob("*.ipynb"))
    alike = [p.name for p in _copies(lab, book)]
    alike += [name for name in others if core in re.sub(r"\W", "", name).lower()]
    return f" Is it {alike[0]}? Rename it to {path.name}." if alike else ""


def _copies(lab: LabFolder, book: Book) -> list[Path]:
    """Files of the folder that hold the cells of a notebook under a name that is none of the lab's, the last first."""
    names = {f"{other.name}.ipynb" for other in lab.books}
    found = []
    for path in lab.folder.glob("*.ipynb"):
        try:
            cells = [] if path.name in names else _cells(path, lab.max_bytes)
        except LabError:
            continue
        if cells and len(_found(book, cells)) >= ENOUGH * len(book.cells):
            found.append(path)
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def _found(book: Book, cells: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The cells of the notebook that are there, by grade_id or id: by these, else by text, else by what they define."""
    by_sign: dict[str, dict[str, Any]] = {}
    by_text: dict[str, dict[str, Any]] = {}
    by_name: dict[str, dict[str, Any]] = {}
    for one in cells:
        for sign in _signs(one):
            by_sign.setdefault(sign, one)
        by_text.setdefault(_tidy(_text(one)), one)
        for name in _FUNCTION.findall(_text(one)) if one.get("cell_type") == "code" else ():
            by_name.setdefault(name, one)
    found: dict[str, dict[str, Any]] = {}
    texts = Counter(_tidy(text) for _, _, text in book.cells)
    for cell_id, grade_id, text in book.cells:
        names = _FUNCTION.findall(text)
        cell: dict[str, Any] | None = by_sign.get(f"grade_id {grade_id}") or by_sign.get(f"id {cell_id}")
        if cell is None and texts[_tidy(text)] == 1:
            cell = by_text.get(_tidy(text))
        if cell is None and names and grade_id:
            cell = by_name.get(names[0])
        if cell is not None:
            found[grade_id or cell_id] = cell
    return found


def _signs(cell: dict[str, Any]) -> Iterator[str]:
    """What names a cell; Colab moves the id into the metadata."""
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    nbgrader = metadata.get("nbgrader")
    if isinstance(nbgrader, dict) and nbgrader.get("grade_id"):
        yield f"grade_id {nbgrader['grade_id']}"
    for value in (cell.get("id"), metadata.get("id")):
        if isinstance(value, str):
            yield f"id {value}"


def _whose(lab: LabFolder, cells: list[dict[str, Any]]) -> str:
    """Words that say of which other notebook of the lab the cells are."""
    shares = {book.name: len(_found(book, cells)) / len(book.cells) for book in lab.books if book.cells}
    best = max(shares, key=lambda name: shares[name], default="")
    return f", but {best}" if best and shares[best] >= ENOUGH else ""


def _printed(cells: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """(exercise, what its check cell last said) of check cells that were run."""
    for cell in cells:
        name = next((s[15:] for s in _signs(cell) if s.startswith("grade_id check-")), "")
        outputs = cell.get("outputs")
        if not name or not isinstance(outputs, list) or cell.get("execution_count") is None:
            continue
        text = "\n".join(_text(output, "text") for output in outputs if isinstance(output, dict))
        failed = any(isinstance(o, dict) and o.get("output_type") == "error" for o in outputs)
        if f"{name}: ok" in text:
            yield name, "ok"
        elif failed:
            yield name, "to be corrected"


def _key(cell: tuple[str, str, str]) -> str:
    return cell[1] or cell[0]


def _text(part: dict[str, Any], key: str = "source") -> str:
    """A text that the format keeps as one string or as lines."""
    value = part.get(key, "")
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _bare(text: str, code: bool) -> str:
    """The text without white space and, in code, without comments."""
    return " ".join((_COMMENT.sub("", text) if code else text).split())
