"""What passes between the stages of intake."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode


class Ungradable(Exception):
    """Nothing can be graded; `reason` says why and what to do, in words for teacher and student."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a submission with every field of its right type, its outputs left behind.

    `cell_type` is code, markdown or raw; `attachments` holds the images of a text cell
    ({file name: {media type: base64}}).
    """

    cell_type: str
    source: str
    metadata: dict[str, Any] = field(default_factory=dict)
    id: str | None = None
    attachments: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def nbgrader(self) -> dict[str, Any]:
        """The cell's nbgrader metadata as the student handed it in, empty when there is none."""
        meta = self.metadata.get("nbgrader")
        return meta if isinstance(meta, dict) else {}

    @property
    def grade_id(self) -> str:
        """The grade_id as the student handed it in, empty when there is none."""
        name = self.nbgrader.get("grade_id")
        return name if isinstance(name, str) else ""


@dataclass
class Parsed:
    """The cells of a submitted file and what had to be repaired to read them."""

    cells: list[Cell]
    repairs: list[str]


@dataclass
class Rebuilt:
    """The instructor's notebook with the student's answers in it.

    `answers` has the student's text for every solution cell by grade_id (empty when it was missing),
    `not_written` the grade_ids of those that hold nothing but the stub, `extra` counts the student's
    additional cells.
    """

    notebook: NotebookNode
    repairs: list[str]
    answers: dict[str, str]
    not_written: set[str]
    extra: int


def shown(text: str, length: int = 60) -> str:
    """Text of a student for use within a message: one line, printable, short."""
    line = "".join(
        c if c.isprintable() and not "\ud800" <= c <= "\udfff" else "?" for c in text[: length + 1]
    )
    return line if len(line) <= length else line[: length - 3] + "..."
