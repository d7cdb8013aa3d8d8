"""The feedback pages as HTML: one for each notebook, an index for each lab and one for each student.

The pages hold no script, ask no other host for anything, and hold no hidden check: they are made from the
result, the executed notebook and what a person wrote in the gradebook.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup, escape

from grader.clean import clean, shorten, words
from grader.course import Lab, Notebook
from grader.marking.sheets import Sheet, Sheets
from grader.reporting.markdown import render_markdown
from grader.reporting.notices import Notice, notices
from grader.reporting.outputs import PAGE_BYTES, CellView, cell_views, text_of
from grader.reporting.rows import (
    STATES,
    Row,
    Totals,
    counted,
    handed_in,
    number,
    points,
    question_title,
    rows,
    start_here,
    totals,
)
from grader.results import DIFFERENCES, Graded, Result, remarks

TEMPLATES = Path(__file__).parent / "templates"
LARGEST_PAGE = 5_000_000
_SIGNS = {
    "passed": "✓",
    "partial": "◐",
    "failed": "✗",
    "not_written": "○",
    "not_run": "!",
    "waiting": "…",
    "by_hand": "✎",
    "missing": "–",
}


@dataclass
class PageLink:
    """A notebook or a lab in an index."""

    title: str
    href: str
    totals: Totals
    rows: Sequence[Row] = ()
    remark: str = ""


def render_notebook(lab: Lab, graded: Graded, student: str, sheet: Sheet | None = None) -> str:
    """The feedback page of one notebook, below 5 MB; `sheet` is what the gradebook adds."""
    notebook, sheet = lab.notebook(graded.result.notebook), sheet or Sheet()
    differences = (graded.notebook or {}).get("metadata", {}).get(DIFFERENCES)
    told = remarks(graded.notebook)
    found = rows(graded.result, notebook.exercises, sheet.grades, differences, told)
    page = ""
    for size in (PAGE_BYTES, PAGE_BYTES // 4, 0):
        page = _notebook_page(notebook, graded, student, found, sheet, size)
        if len(page.encode()) < LARGEST_PAGE:
            return page
        for row in found:
            row.findings = row.findings[:1]
    return page


def _notebook_page(
    notebook: Notebook, graded: Graded, student: str, found: list[Row], sheet: Sheet, size: int
) -> str:
    shown = graded.notebook if graded.result.status != "ungradable" and handed_in(graded.result) else None
    cells = cell_views(shown, size) if shown else []
    owners = _connect(found, cells, notebook)
    return _page(
        "notebook.html.j2",
        title=f"{title_of(notebook)} – feedback",
        heading=title_of(notebook),
        name=notebook.name,
        lab_title=lab_title(notebook.lab),
        siblings=[{"name": other.name, "title": title_of(other)} for other in notebook.lab.notebooks],
        student=student,
        totals=totals(found),
        late=sheet.late,
        late_words=sheet.late_words,
        start=start_here(found),
        notices=notices(graded.result, found, cells),
        rows=found,
        cells=cells,
        owners=owners,
        seconds=graded.result.seconds,
    )


def _connect(found: Sequence[Row], cells: Sequence[CellView], notebook: Notebook) -> dict[int, Row]:
    """Gives each row the number of its answer's cell; returns the row to show after each graded cell."""
    graded_cells = {exercise.graded_cell: exercise.name for exercise in notebook.exercises}
    by_name = {row.name: row for row in found}
    owners = {}
    for cell in cells:
        if cell.graded in by_name and not by_name[cell.graded].cell:
            by_name[cell.graded].cell = cell.number
        if cell.graded in graded_cells:
            owners[cell.number] = by_name[graded_cells[cell.graded]]
    return owners


def render_lab(lab: Lab, graded: Sequence[Result], student: str, sheets: Sheets | None = None) -> str:
    """The index of a lab for one student; `sheets` by notebook. A notebook without result counts 0."""
    pages = notebook_links(lab, graded, sheets)
    results = {result.notebook: result for result in graded}
    said = [
        Notice(found.kind, f"{page.title}: {found.title}", found.text, found.items)
        for page, notebook in zip(pages, lab.notebooks, strict=True)
        for found in notices(results.get(notebook.name), page.rows, href=page.href)
    ]
    return _page(
        "lab.html.j2",
        title=f"{lab_title(lab)} – feedback",
        lab_title=lab_title(lab),
        student=student,
        totals=sum((page.totals for page in pages), Totals()),
        late=_late(sheets),
        late_words=next((sheet.late_words for sheet in (sheets or {}).values()), ""),
        notices=said,
        pages=pages,
    )


def render_student(student: str, labs: Sequence[PageLink]) -> str:
    """The index of a student over all labs."""
    return _page("student.html.j2", title="Your labs – feedback", student=student, pages=labs)


def notebook_links(lab: Lab, graded: Sequence[Result], sheets: Sheets | None = None) -> list[PageLink]:
    """What the index says of each notebook of the lab, in its order."""
    results = {result.notebook: result for result in graded}
    pages = []
    for notebook in lab.notebooks:
        result = results.get(notebook.name)
        sheet = (sheets or {}).get(notebook.name, Sheet())
        found = rows(result, notebook.exercises, sheet.grades)
        href = f"{quote(notebook.name)}.html" if result else ""
        pages.append(PageLink(title_of(notebook), href, totals(found), found, _remark(result)))
    return pages


def lab_link(lab: Lab, graded: Sequence[Result], sheets: Sheets | None = None) -> PageLink:
    """The line of a lab in a student's index."""
    total = sum((page.totals for page in notebook_links(lab, graded, sheets)), Totals())
    remarks = []
    if total.waiting:
        remarks.append(f"Waiting for the teacher: {points(total.waiting)}.")
    if ungradable := sum(result.status == "ungradable" for result in graded):
        remarks.append(f"{counted(ungradable, 'notebook')} could not be graded.")
    if missing := len(lab.notebooks) - sum(handed_in(result) for result in graded):
        remarks.append(f"{counted(missing, 'notebook')} not handed in.")
    if late := _late(sheets):
        remarks.append(f"Lateness takes off {points(late)}.")
    return PageLink(lab_title(lab), f"{quote(lab.name)}/index.html", total, remark=" ".join(remarks))


def _late(sheets: Sheets | None) -> float:
    return sum(sheet.late for sheet in (sheets or {}).values())


def lab_title(lab: Lab) -> str:
    """`3-backprop` as "Lab 3: backprop"."""
    parted = re.fullmatch(r"(\d+)[-_ ]+(.+)", lab.name)
    return f"Lab {parted[1]}: {words(parted[2])}" if parted else words(lab.name)


def title_of(notebook: Notebook) -> str:
    """The first heading of the instructor's notebook, else its name in words."""
    for cell in notebook.source.cells:
        heading = (
            re.search(r"^# +(.+)$", text_of(cell.source), re.MULTILINE)
            if cell.cell_type == "markdown"
            else None
        )
        if heading:
            return shorten(re.sub(r"[*_`$#]", "", heading[1]).strip(), 100)
    return words(notebook.name)


def _remark(result: Result | None) -> str:
    if result is None or not handed_in(result):
        return "Not handed in."
    return {"ungradable": "Could not be graded.", "repaired": "Repaired before grading."}.get(
        result.status, ""
    )


def _page(template: str, student: str, **context: Any) -> str:
    return render(template, student=shorten(student, 200), **context)


def render(template: str, **context: Any) -> str:
    """A template of this folder as HTML."""
    return _environment().get_template(template).render(context)


@functools.cache
def _environment() -> jinja2.Environment:
    """Everything that is not known as safe markup is made visible and escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else clean(str(value)),
    )
    environment.filters |= {
        "number": number,
        "points": points,
        "counted": counted,
        "percent": "{:.0%}".format,
        "sign": _SIGNS.__getitem__,
        "said": STATES.__getitem__,
        "short": functools.partial(shorten, limit=300),
        "ticked": _ticked,
        "comment": _comment,
        "question": question_title,
    }
    return environment


def _comment(text: str) -> Markup:
    """A teacher's words as safe HTML: the formgrader promises Markdown and formulas, and a new line stays one."""
    return Markup(render_markdown(re.sub(r"(?<=\S)\n(?=\S)", "  \n", text)))


def _ticked(text: str) -> Markup:
    """Escaped text with `names` between backticks as code."""
    return Markup(re.sub(r"`([^`\n]{1,80})`", r"<code>\1</code>", str(escape(clean(text)))))
