"""The instructor's notebook as a row of slots that the student's cells are sorted into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from nbformat import NotebookNode

from grader.course import CHECK, QUESTION, SETUP, grade_id, nbgrader_metadata
from grader.intake.model import Cell
from grader.intake.names import MAX_TEXT, bare, functions, tidy, variables, words

Kind = Literal["answer", "locked", "plain"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One cell of the released notebook.

    An answer is taken from the student, a locked cell never, a plain one is the student's to edit.
    `names` are what a student's answer defines; `text` is the released text, tidied.
    """

    cell: NotebookNode
    kind: Kind
    grade_id: str
    names: frozenset[str]
    text: str
    bare: str
    words: frozenset[str]

    @property
    def code(self) -> bool:
        """Whether it is a code cell."""
        return bool(self.cell.cell_type == "code")

    @property
    def setup(self) -> bool:
        """Whether it holds imports and data that the exercises rely on."""
        return self.kind == "locked" and self.grade_id.startswith(SETUP)

    @property
    def nbgrader(self) -> dict[str, Any]:
        """The instructor's nbgrader metadata."""
        return nbgrader_metadata(self.cell)

    @property
    def label(self) -> str:
        """The slot in words, to begin a sentence with."""
        name = self.grade_id
        if self.kind == "answer":
            return f"The answer to `{name}`" if name.startswith(QUESTION) else f"The answer cell of `{name}`"
        if name.startswith(CHECK):
            return f"The check cell of `{name.removeprefix(CHECK)}`"
        if self.setup:
            return f"The setup cell `{name}`"
        return f"The cell `{name or self.cell.get('id', '')}`"

    def holds(self, cell: Cell) -> bool:
        """Whether the student's cell has more than the stub of this answer in it."""
        return len(cell.source) > MAX_TEXT or bare(cell.source, self.code) not in ("", self.bare)


def slots_of(source: NotebookNode, released: NotebookNode) -> list[Slot]:
    """A slot for each cell of the released notebook; the instructor's version names what is blanked out."""
    originals = {grade_id(cell): cell.source for cell in source.cells if grade_id(cell)}
    return [_slot(cell, originals) for cell in released.cells]


def _slot(cell: NotebookNode, originals: dict[str, str]) -> Slot:
    meta, name, text = nbgrader_metadata(cell), grade_id(cell), cell.source
    kind: Kind = "plain"
    if meta.get("solution"):
        kind = "answer"
    elif meta.get("locked") or meta.get("grade") or meta.get("task"):
        kind = "locked"
    names: frozenset[str] = frozenset()
    if kind == "answer" and cell.cell_type == "code":
        whole = originals.get(name, "")
        names = functions(text) or variables(text) or functions(whole) or variables(whole)
    return Slot(cell, kind, name, names, tidy(text), bare(text, cell.cell_type == "code"), words(text))
