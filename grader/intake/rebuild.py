"""The notebook that is run and graded: the instructor's, with the student's answers in it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import nbformat
from nbformat import NotebookNode

from grader.intake.match import Matching
from grader.intake.model import Cell, Rebuilt
from grader.intake.names import bare, tidy
from grader.intake.repairs import answer_beside, answer_elsewhere, describe, missing
from grader.intake.slots import Slot, slots_of

START = -1
ELSEWHERE = "# Written in another cell."


def rebuild(cells: list[Cell], source: NotebookNode, released: NotebookNode) -> Rebuilt:
    """The released notebook with the student's answers, edits of plain cells and additional cells.

    `source` is the instructor's notebook, `released` its version for students; neither is changed.
    """
    return _Builder(cells, slots_of(source, released), released).build()


class _Builder:
    """One rebuilding: `texts` collects what goes into the slots, `after` the cells that follow them."""

    def __init__(self, cells: list[Cell], slots: list[Slot], released: NotebookNode) -> None:
        self.cells, self.slots, self.released = cells, slots, released
        self.matching = Matching(slots, cells)
        self.repairs = describe(self.matching)
        self.answers: dict[str, str] = {}
        self.not_written: set[str] = set()
        self.texts: dict[int, str] = {}
        self.kept_texts = {slot.text for slot in slots if slot.kind != "plain"}
        self.homes = _homes(self.matching, len(cells))
        self.spare = [n for n in self.matching.free() if not self._useless(n)]
        self.after: dict[int, list[Cell]] = defaultdict(list)

    def build(self) -> Rebuilt:
        """Everything in the order in which one thing needs the other."""
        for number, slot in enumerate(self.slots):
            if slot.kind == "answer":
                self._answer(number, slot)
        self._edited_locked()
        self._place_spare()
        return Rebuilt(
            self._notebook(), self.repairs, self.answers, self.not_written, sum(map(len, self.after.values()))
        )

    def _useless(self, number: int) -> bool:
        """Whether an additional cell is blank or only repeats a stub, a locked cell or a taken answer."""
        text = self.matching.texts[number]
        if not text or text in self.kept_texts:
            return True
        slot = self.matching.copies.get(number)
        return slot is not None and text == self.matching.texts[self.matching.claims[slot]]

    def _answer(self, number: int, slot: Slot) -> None:
        """The student's text for an answer, wherever it was written."""
        claim = self.matching.claims.get(number)
        if claim is not None and slot.holds(self.cells[claim]):
            self.answers[slot.grade_id] = self.texts[number] = self.cells[claim].source
            return
        self.answers[slot.grade_id] = self.cells[claim].source if claim is not None else ""
        found = self._elsewhere(number, slot) if slot.names else self._beside(number, slot)
        if not found:
            self.not_written.add(slot.grade_id)

    def _elsewhere(self, number: int, slot: Slot) -> bool:
        """An answer left empty whose names another cell of the student's defines."""
        for cell in sorted(range(len(self.cells)), key=lambda n: (self.homes[n], n), reverse=True):
            if not slot.names <= self.matching.names(cell) or not self._students(cell, slot):
                continue
            self.answers[slot.grade_id] = self.cells[cell].source
            if self.homes[cell] < number:
                self._clear(number, slot)
            return True
        return False

    def _clear(self, number: int, slot: Slot) -> None:
        """Takes out a stub that would undo an answer that stands before it."""
        self.texts[number] = ELSEWHERE
        claim = self.matching.claims.get(number)
        if claim is None or tidy(self.cells[claim].source) != ELSEWHERE:
            self.repairs = [r for r in self.repairs if r not in missing(slot)] + [answer_elsewhere(slot)]

    def _students(self, cell: int, slot: Slot) -> bool:
        """Whether the cell's text is the student's own code and not the answer of a slot of the same names."""
        if self.cells[cell].cell_type != "code" or not slot.holds(self.cells[cell]):
            return False
        host = self.matching.slot_of.get(cell)
        if host is None:
            return cell in self.spare
        return self.matching.texts[cell] != self.slots[host].text and not self.slots[host].names & slot.names

    def _beside(self, number: int, slot: Slot) -> bool:
        """An answer in words that stands in cells of its own below its place, or in the question's text."""
        if slot.code:
            return False
        own = [
            n
            for n in self.spare
            if self.cells[n].cell_type != "code" and self.homes[n] in (number, number - 1)
        ]
        text = "\n\n".join(self.cells[n].source for n in own) or self._within_question(number)
        if not text:
            return False
        self.spare = [n for n in self.spare if n not in own]
        self.answers[slot.grade_id] = self.texts[number] = text
        self.repairs.append(answer_beside(slot))
        return True

    def _within_question(self, number: int) -> str:
        """Lines that the student added to the locked text just above an answer."""
        above = self.slots[number - 1] if number else None
        claim = self.matching.claims.get(number - 1)
        if above is None or claim is None or above.kind != "locked" or above.code:
            return ""
        given = {line.strip() for line in above.text.splitlines()}
        return "\n".join(line for line in self.cells[claim].source.splitlines() if line.strip() not in given)

    def _edited_locked(self) -> None:
        """The student's version of a setup cell, or of a locked one that holds an answer, runs after it."""
        for number, slot in enumerate(self.slots):
            claim = self.matching.claims.get(number)
            if claim is None or slot.kind != "locked" or not slot.code:
                continue
            cell = self.cells[claim]
            if bare(cell.source, code=True) in ("", slot.bare) or cell.cell_type != "code":
                continue
            if slot.setup or cell.source in self.answers.values():
                self.after[number].append(cell)

    def _place_spare(self) -> None:
        for cell in self.spare:
            self.after[self.homes[cell]].append(self.cells[cell])

    def _notebook(self) -> NotebookNode:
        """The rebuilt notebook, without outputs."""
        taken = {cell.get("id") for cell in self.released.cells}
        names = (name for name in (f"student-{n}" for n in range(1, 10**9)) if name not in taken)
        nodes = [_own(cell, next(names)) for cell in self.after[START]]
        for number, slot in enumerate(self.slots):
            nodes.append(self._slot_node(number, slot))
            nodes += [_own(cell, next(names)) for cell in self.after[number]]
        head = {k: v for k, v in self.released.items() if k != "cells"}
        notebook = nbformat.from_dict(head)
        notebook.cells = nodes
        return notebook

    def _slot_node(self, number: int, slot: Slot) -> NotebookNode:
        """The cell of a slot: the instructor's, with the text that is the student's to write."""
        claim = self.matching.claims.get(number)
        cell = self.cells[claim] if claim is not None else None
        if slot.kind == "plain" and cell is not None and tidy(cell.source) != slot.text:
            return _own(cell, slot.cell.get("id", ""), slot.cell.metadata)
        node = nbformat.from_dict(slot.cell)
        if number in self.texts:
            node.source = self.texts[number]
        if cell is not None and cell.attachments and slot.kind == "answer" and not slot.code:
            node.attachments = nbformat.from_dict(cell.attachments)
        if slot.code:
            node.outputs, node.execution_count = [], None
        return node


def _homes(matching: Matching, cells: int) -> list[int]:
    """For each cell its slot, else that of the nearest cell before it, START when there is none."""
    homes, home = [], START
    for number in range(cells):
        home = matching.slot_of.get(number, home)
        homes.append(home)
    return homes


def _own(cell: Cell, cell_id: str, metadata: dict[str, Any] | None = None) -> NotebookNode:
    """A cell with the student's text and type and none of the student's metadata."""
    node: dict[str, Any] = {
        "cell_type": cell.cell_type,
        "id": cell_id,
        "metadata": metadata or {},
        "source": cell.source,
    }
    if cell.cell_type == "code":
        node |= {"outputs": [], "execution_count": None}
    elif cell.cell_type == "raw":
        # without a type nbconvert puts raw text into its pages as it is
        node["metadata"] = {**node["metadata"], "raw_mimetype": "text/plain"}
    elif cell.attachments:
        node["attachments"] = cell.attachments
    return nbformat.from_dict(node)
