"""A student's copy of a lab: the released notebooks, to be filled in answer by answer."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grader.checks.bank import Entry, load_bank
from grader.course import Lab, grade_id, nbgrader_metadata
from grader.regions import regions
from grader.release import released_notebook


class Draft:
    """The notebooks of a lab as students get them; `save` hands them in."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.books = {n.name: released_notebook(copy.deepcopy(n.source)) for n in lab.notebooks}
        self.raw: dict[str, bytes] = {}

    def cell(self, name: str, notebook: str | None = None) -> NotebookNode:
        """The cell with that grade_id, of the first notebook that has it."""
        for book in self._books(notebook):
            for cell in book.cells:
                if grade_id(cell) == name:
                    return cell
        raise KeyError(f"lab {self.lab.name} has no cell {name!r}")

    def write(self, exercise: str, source: str, notebook: str | None = None) -> None:
        """Answer an exercise or a question."""
        self.cell(exercise, notebook).source = source.strip("\n")

    def solve(self, *exercises: str, notebook: str | None = None) -> None:
        """Give the right answer to these exercises, or to all code exercises."""
        for name in [notebook] if notebook else list(self.books):
            for exercise, source in right_answers(self.lab, name).items():
                if not exercises or exercise in exercises:
                    self.write(exercise, source, name)

    def take(self, exercise: str, tag: str, notebook: str | None = None) -> None:
        """Answer as the bank's entry of that name does, be it wrong or right."""
        for name in [notebook] if notebook else list(self.books):
            for entry in bank(self.lab, name):
                if (entry.exercise, entry.tag) == (exercise, tag):
                    self.write(exercise, entry.source, name)
                    return
        known = ", ".join(e.tag for n in self.books for e in bank(self.lab, n) if e.exercise == exercise)
        raise KeyError(f"{exercise} has no answer {tag!r} in the bank; it has {known}")

    def discuss(self, text: str) -> None:
        """Answer every question with this text."""
        for book in self.books.values():
            for cell in book.cells:
                meta = nbgrader_metadata(cell)
                if meta.get("grade") and meta.get("solution"):
                    cell.source = text

    def insert(self, after: str, source: str, notebook: str | None = None) -> NotebookNode:
        """Add a code cell of the student's own after the cell with that grade_id."""
        for book in self._books(notebook):
            for position, cell in enumerate(book.cells):
                if grade_id(cell) == after:
                    book.cells.insert(position + 1, nbformat.v4.new_code_cell(source))
                    return book.cells[position + 1]
        raise KeyError(f"lab {self.lab.name} has no cell {after!r}")

    def delete(self, name: str, notebook: str | None = None) -> None:
        """Remove the cell with that grade_id."""
        cell = self.cell(name, notebook)
        for book in self.books.values():
            book.cells = [other for other in book.cells if other is not cell]

    def save(self, folder: Path) -> None:
        """Write the notebooks to a folder, as a student hands them in."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, book in self.books.items():
            path = folder / f"{name}.ipynb"
            path.write_bytes(self.raw.get(name, json.dumps(book, indent=1).encode()))

    def _books(self, notebook: str | None) -> list[NotebookNode]:
        return [self.books[notebook]] if notebook else list(self.books.values())


def right_answers(lab: Lab, notebook: str) -> dict[str, str]:
    """The instructor's code of a notebook by grade_id, without the markers around solutions."""
    answers = {}
    for cell in lab.notebook(notebook).source.cells:
        if cell.cell_type == "code" and nbgrader_metadata(cell).get("solution"):
            marked = {line for pair in regions(cell.source, "code") for line in pair}
            lines = [line for number, line in enumerate(cell.source.split("\n")) if number not in marked]
            answers[grade_id(cell)] = "\n".join(lines)
    return answers


def bank(lab: Lab, notebook: str) -> list[Entry]:
    """The known wrong and odd right answers of a notebook."""
    return load_bank(lab.notebook(notebook).bank)
