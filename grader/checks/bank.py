"""The bank of an exercise: its known wrong answers and its odd but right ones, each a function.

A wrong answer's name is the misconception; its docstring has up to three lines: what is seen, what it looks
like, where to look. One place serves three uses: mutants of the checks, diagnoses, counts of the class.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from grader.course import CourseError

MARK = "_bank_entry"


@dataclass(frozen=True)
class Entry:
    """One answer: `source` is its text under the exercise's name (for a cell without function, the cell)."""

    exercise: str
    tag: str
    kind: Literal["wrong", "right"]
    message: str
    source: str
    also: tuple[str, ...] = field(default=())

    @property
    def title(self) -> str:
        """The tag in words."""
        return self.tag.replace("_", " ").replace("-", " ")


def wrong(exercise: str, *, also: tuple[str, ...] = (), cell: bool = False) -> Callable[[Any], Any]:
    """Mark a function or class as a wrong answer. `also` names other exercises that it rightly costs;
    with `cell` the body of the function is the answer (exercises that define variables).
    """
    return _mark(exercise, "wrong", also, cell)


def right(exercise: str, *, cell: bool = False) -> Callable[[Any], Any]:
    """Mark a function or class as an odd but right answer."""
    return _mark(exercise, "right", (), cell)


def _mark(exercise: str, kind: Any, also: tuple[str, ...], cell: bool) -> Callable[[Any], Any]:
    def mark(answer: Any) -> Any:
        setattr(answer, MARK, (exercise, kind, also, cell))
        return answer

    return mark


def load_bank(path: Path) -> list[Entry]:
    """The entries of a bank file in its order; a file that does not exist is an empty bank.

    Raises CourseError when a wrong answer has no message.
    """
    if not path.exists():
        return []
    spec = importlib.util.spec_from_file_location(
        f"bank_{path.parent.name}_{path.stem}".replace("-", "_"), path
    )
    if spec is None or spec.loader is None:
        raise CourseError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = path.read_text(encoding="utf-8")
    return [_entry(node, text, getattr(module, node.name), path) for node in _marked(ast.parse(text), module)]


def _marked(tree: ast.Module, module: Any) -> list[Any]:
    """The top-level definitions that carry a mark, in the file's order."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    return [n for n in tree.body if isinstance(n, kinds) and hasattr(getattr(module, n.name, None), MARK)]


def _entry(node: Any, text: str, answer: Any, path: Path) -> Entry:
    exercise, kind, also, cell = getattr(answer, MARK)
    message = inspect.cleandoc(answer.__doc__ or "")
    if kind == "wrong" and not message:
        raise CourseError(f"{path}: the wrong answer {node.name} has no message (its docstring)")
    return Entry(exercise, node.name, kind, message, _source(node, text, exercise, cell), tuple(also))


def _source(node: Any, text: str, exercise: str, cell: bool) -> str:
    """The answer's own text without decorators and docstring, under the exercise's name."""
    lines = text.splitlines()
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    first = node.body[0]
    head = lines[node.lineno - 1 : first.lineno - 1]
    # the docstring ends on its own last line, comments before the first statement stay
    after = first.end_lineno if body is not node.body else first.lineno - 1
    rest = lines[after : node.end_lineno]
    if cell:
        return textwrap.dedent("\n".join(rest)).strip()
    if not body:
        rest = ["    pass"]
    head[0] = head[0].replace(f" {node.name}", f" {exercise}", 1)
    return "\n".join([*head, *rest]).strip()
