"""What a feedback page says before anything else: no grading, repairs, what could not be run. No HTML here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.clean import shorten
from grader.course import CHECK
from grader.outputs import CellView
from grader.results import Result
from grader.rows import LONGEST_MESSAGE, Row, counted, handed_in

MOST_REPAIRS = 40
LEFT_OUT = " was left out: "  # in a repair: a cell that could not be run to its end


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
        return [_ungradable(result)]
    said = []
    left_out = [repair for repair in result.repairs if LEFT_OUT in repair]
    repairs = [repair for repair in result.repairs if repair not in left_out]
    if left_out:
        items = _linked(_listed(left_out), cells, href)
        said.append(Notice("bad", "Left out of the run", "The other cells were run without them.", items))
    if repairs:
        said.append(Notice("warn", "Repaired before grading", "", _listed(repairs)))
    stopped = [row for row in found if row.state == "not_run"]
    if stopped:
        items = [Item(f"{row.title}: {_why(row)}", f"{href}#{row.anchor}") for row in stopped]
        said.append(Notice("bad", "Not everything could be run", "", items))
    broken = [cell for cell in cells if cell.error and not cell.graded.startswith(CHECK)]
    if broken:
        items = [
            Item(f"Cell {cell.number}: {cell.error}", f"{href}#cell-{cell.number}") for cell in broken[:10]
        ]
        title = f"{counted(len(broken), 'cell')} of your notebook stopped with an error"
        said.append(Notice("warn", title, "", items))
    return said


def _ungradable(result: Result) -> Notice:
    cure = [
        "Open the file in Jupyter: does it open without an error?",
        "If not, take the released notebook again and copy your answers into it.",
        "Choose Restart Kernel and Run All Cells, save, and hand in again.",
        "Ask your teacher when the reason above stays unclear.",
    ]
    reason = shorten(result.reason or "The reason is not known.", LONGEST_MESSAGE)
    return Notice("bad", "This notebook could not be graded", reason, [Item(step) for step in cure])


def _listed(repairs: Sequence[str]) -> list[Item]:
    items = [Item(shorten(repair, 500)) for repair in repairs[:MOST_REPAIRS]]
    rest = len(repairs) - len(items)
    return [*items, Item(f"and {rest} more")] if rest else items


def _linked(found: list[Item], cells: Sequence[CellView], href: str) -> list[Item]:
    """Items with links to the cells that they name in quotes."""
    places = {name: cell.number for cell in cells for name in (cell.id, cell.graded) if name}
    for item in found:
        named = re.search(r"'([^']+)'", item.text)
        if named and named[1] in places:
            item.href = f"{href}#cell-{places[named[1]]}"
    return found


def _why(row: Row) -> str:
    return row.main.seen if row.main else "there was nothing that could be checked"
