"""What a feedback page says before anything else: no grading, repairs, what could not be run. No HTML here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.clean import shorten
from grader.course import CHECK
from grader.reporting.audience import for_student
from grader.reporting.outputs import CellView
from grader.reporting.rows import LONGEST_MESSAGE, Row, counted, handed_in
from grader.results import Result

MOST_REPAIRS = 40
LEFT_OUT = " was left out: "  # in a repair: a cell that could not be run to its end
TOO_LONG = re.compile(r"TimeoutError: the cell ran longer than (\d{1,6}) seconds? and was stopped")


@dataclass
class Item:
    """A line of a notice, with a link where there is a place to go."""

    text: str
    href: str = ""


@dataclass
class Notice:
    """Something said at the top of a page; `kind` is bad, warn or info."""

    kind: str
    title: str
    text: str = ""
    items: list[Item] = field(default_factory=list)


def notices(
    result: Result | None, found: Sequence[Row], cells: Sequence[CellView] = (), href: str = ""
) -> list[Notice]:
    """What must be said before anything else: no grading, repairs, checks that could not run, broken cells.

    `href` is the page of the notebook as seen from the page that shows the notices.
    """
    if result is None or not handed_in(result):
        return [Notice("bad", "This notebook was not handed in")]
    if result.status == "ungradable":
        return [_ungradable(result, brief=bool(href))]
    said = []
    left_out = [repair for repair in result.repairs if LEFT_OUT in repair]
    repairs = [for_student(repair) for repair in result.repairs if repair not in left_out]
    if left_out:
        items = [_left_out(repair, cells, href) for repair in left_out[:MOST_REPAIRS]]
        text = "The run went on without these cells; points are lost only where an exercise needs them."
        said.append(Notice("bad", "Left out of the run", text, items))
    if repairs:
        text = "This costs no points by itself."
        said.append(Notice("warn", "Repaired before grading", text, _listed(repairs)))
    stopped = [row for row in found if row.state == "not_run"]
    if stopped:
        items = [Item(f"{row.title}: {_why(row)}", f"{href}#{row.anchor}") for row in stopped]
        said.append(Notice("bad", "Not everything could be run", "", items))
    return said + _broken([cell for cell in cells if cell.error and not cell.graded.startswith(CHECK)], href)


def _broken(cells: Sequence[CellView], href: str) -> list[Notice]:
    """Cells that took too long, then those that raised an error."""
    late: list[Item] = []
    failed: list[Item] = []
    for cell in cells:
        seconds = TOO_LONG.match(cell.error)
        said = f"was stopped after {counted(int(seconds[1]), 'second')}" if seconds else cell.error
        item = Item(f"Cell {cell.number}{' ' if seconds else ': '}{said}", f"{href}#cell-{cell.number}")
        (late if seconds else failed).append(item)
    found = []
    if late:
        text = "When your notebook was graded, a cell took too long. Look for a loop without end."
        found.append(Notice("warn", f"{counted(len(late), 'cell')} ran out of time", text, late[:10]))
    if failed:
        title = f"{counted(len(failed), 'cell')} of your notebook stopped with an error"
        found.append(Notice("warn", title, "", failed[:10]))
    return found


def _ungradable(result: Result, brief: bool) -> Notice:
    cure = [
        "Open the file in Jupyter: does it open without an error?",
        "If not, take the released notebook again and copy your answers into it.",
        "Choose Restart Kernel and Run All Cells, save, and hand in again.",
        "Ask your teacher when the reason above stays unclear.",
    ]
    reason = for_student(shorten(result.reason or "The reason is not known.", LONGEST_MESSAGE))
    items = [] if brief else [Item(step) for step in cure]
    return Notice("bad", "This notebook could not be graded", reason, items)


def _listed(repairs: Sequence[str]) -> list[Item]:
    items = [Item(shorten(repair, 500)) for repair in repairs[:MOST_REPAIRS]]
    rest = len(repairs) - len(items)
    return [*items, Item(f"and {rest} more")] if rest else items


def _left_out(repair: str, cells: Sequence[CellView], href: str) -> Item:
    """A cell that was left out and why, with a link to it."""
    parted = re.fullmatch(r"The cell '([^']+)' was left out: (.+)", repair, re.DOTALL)
    if not parted:
        return Item(shorten(repair, 500))
    name, why = parted[1], shorten(parted[2], 500)
    cell = next((cell for cell in cells if name in (cell.id, cell.graded)), None)
    if name.startswith(CHECK):
        label = f"The check cell of `{name.removeprefix(CHECK)}`"
    else:
        label = f"Your answer `{name}`" if cell and cell.answer else f"The cell `{name}`"
    return Item(f"{label}: {why}", f"{href}#cell-{cell.number}" if cell else "")


def _why(row: Row) -> str:
    return row.main.seen if row.main else "there was nothing that could be checked"
