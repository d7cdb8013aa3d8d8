"""What was repaired in the cells, one plain sentence each."""

from __future__ import annotations

from grader.intake.match import Matching
from grader.intake.model import Cell, shown
from grader.intake.names import tidy
from grader.intake.slots import Slot
from grader.strip import KEPT

FLAGS = ("grade", "solution", "locked", "task", "schema_version")
OWN_TAGS = {KEPT}  # in the instructor's own notebook, which may be graded too
RUN_TAGS = {"skip-execution", "raises-exception", "remove_cell", "remove-cell", "nbval-skip"}
KIND_WORDS = {"code": "code", "markdown": "text", "raw": "raw"}
NAMED = 4


def describe(matching: Matching) -> list[str]:
    """The repairs in the notebook's order, those of lost metadata and of plain cells summed up."""
    if not matching.claims:
        return ["Nothing of the lab's notebook was found in the file. Was the right file handed in?"]
    moved = matching.moved()
    found: list[str] = []
    for number, slot in enumerate(matching.slots):
        if number not in matching.claims:
            found += missing(slot)
            continue
        cell = matching.cells[matching.claims[number]]
        found += _retyped(slot, cell) + _flags(slot, cell) + _tags(slot, cell) + _changed(slot, cell)
        if number in moved:
            found.append(f"{slot.label} had been moved; it was put back in its place.")
    return (
        found + _lost_metadata(matching) + _missing_plain(matching) + _copies(matching) + _unknown(matching)
    )


def missing(slot: Slot) -> list[str]:
    """The sentence for a cell that is not in the submission; plain ones are summed up elsewhere."""
    if slot.kind == "answer":
        return [f"{slot.label} was missing; the empty one was put back."]
    return [f"{slot.label} had been deleted; it was put back."] if slot.kind == "locked" else []


def _retyped(slot: Slot, cell: Cell) -> list[str]:
    if slot.kind == "plain" or slot.cell.cell_type == cell.cell_type:
        return []
    was, due = KIND_WORDS[cell.cell_type], KIND_WORDS[slot.cell.cell_type]
    return [f"{slot.label} had been turned into a {was} cell; it was turned back into a {due} cell."]


def _flags(slot: Slot, cell: Cell) -> list[str]:
    """Changed points and flags; a lost or wrong grade_id is told apart from them."""
    meta, due = cell.nbgrader, slot.nbgrader
    if not due or cell.grade_id != slot.grade_id:
        return []
    found = []
    if meta.get("points") != due.get("points"):
        found.append(f"The points of {_inside(slot.label)} had been changed; they were put back.")
    if any(meta.get(flag) != due.get(flag) for flag in FLAGS):
        found.append(f"The grading flags of {_inside(slot.label)} had been changed; they were put back.")
    return found


def _tags(slot: Slot, cell: Cell) -> list[str]:
    """Tags that change how a cell is run or graded."""
    tags, due = cell.metadata.get("tags"), slot.cell.metadata.get("tags", [])
    named = {tag for tag in tags if isinstance(tag, str)} if isinstance(tags, list) else set()
    extra = (named - set(due)) & RUN_TAGS if slot.kind == "plain" else named - set(due) - OWN_TAGS
    return [f"The tag `{shown(t, 30)}` of {_inside(slot.label)} was left out." for t in sorted(extra)[:NAMED]]


def _changed(slot: Slot, cell: Cell) -> list[str]:
    if slot.kind != "locked" or tidy(cell.source) == slot.text:
        return []
    after = " and the student's version runs after it" if slot.setup and slot.code else ""
    return [f"{slot.label} had been changed; the instructor's text was put back{after}."]


def _lost_metadata(matching: Matching) -> list[str]:
    lost = [
        slot
        for number, slot in enumerate(matching.slots)
        if slot.grade_id
        and number in matching.claims
        and matching.cells[matching.claims[number]].grade_id != slot.grade_id
    ]
    if len(lost) == 1:
        return [f"{lost[0].label} had lost its nbgrader metadata; the cell was recognised without it."]
    return (
        [f"{len(lost)} cells had lost their nbgrader metadata; they were recognised without it."]
        if lost
        else []
    )


def _missing_plain(matching: Matching) -> list[str]:
    slots = [
        s for n, s in enumerate(matching.slots) if n not in matching.claims and s.kind == "plain" and s.text
    ]
    if not slots:
        return []
    named = ", ".join(f"`{slot.cell.get('id', '?')}`" for slot in slots[:NAMED])
    more = f" and {len(slots) - NAMED} more" if len(slots) > NAMED else ""
    return [f"Deleted cells of the lab were put back: {named}{more}."]


def _copies(matching: Matching) -> list[str]:
    slots = sorted({slot for slot in matching.copies.values() if matching.slots[slot].grade_id})
    labels = [_inside(matching.slots[slot].label) for slot in slots]
    return [f"There was more than one copy of {label}; one was taken." for label in labels]


def _unknown(matching: Matching) -> list[str]:
    """Cells that claim to be graded and are not of this lab, or are plain ones there."""
    known = {slot.grade_id for slot in matching.slots}
    names = sorted({c.grade_id for c in matching.cells if c.grade_id and c.grade_id not in known})
    return [
        f"A cell named `{shown(name, 30)}` is not graded in this lab; it counts as an ordinary cell."
        for name in names[:NAMED]
    ]


def _inside(label: str) -> str:
    """A label within a sentence."""
    return label[0].lower() + label[1:]


def answer_beside(slot: Slot) -> str:
    """The sentence for words that were found beside the cell that is meant for them."""
    return f"{slot.label} was written beside its cell; it was put in its place."


def answer_elsewhere(slot: Slot) -> str:
    """The sentence for a stub that would have undone the student's definition in a cell before it."""
    return f"{slot.label} was empty; the answer stands in a cell before it and was left there."
