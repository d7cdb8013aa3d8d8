"""The teacher's pages: a report for each lab and one over the course, each a single file without scripts."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.batch.breakdown import Breakdown, breakdown
from grader.course import Course, Lab
from grader.marking.manual import read_sheets, read_students
from grader.marking.sheets import Sheets
from grader.reporting.classroom import (
    AT_RISK_SHARE,
    LOW_DISCRIMINATION,
    SMALL_CLASS,
    Item,
    Work,
    at_risk,
    bins,
    items,
    shares,
    troubles,
    works,
)
from grader.reporting.feedback import gradebook_url, read_graded, write_page
from grader.reporting.notes import Note, notes
from grader.reporting.pages import lab_title, render, title_of
from grader.reporting.suspicions import suspicions
from grader.results import Result, divergences

MOST_LISTED = 400
AT_ONCE = 20  # students at risk that are listed unfolded


@dataclass
class Person:
    """A line of the course page: a student's share in each lab, None where nothing was handed in."""

    student: str
    shares: list[float | None]
    reasons: list[str]
    waiting: float = 0.0

    @property
    def mean(self) -> float | None:
        """The mean share over all labs; what was not handed in counts 0."""
        return statistics.fmean(share or 0.0 for share in self.shares) if self.shares else None


def write_report(
    course: Course, labs: Sequence[str] | None = None, names: bool = True, db_url: str | None = None
) -> list[Path]:
    """Write reports/<lab>.html of the labs, by default of all, and reports/index.html; gives their paths.

    Without `names` the files hold no student's id at all; with them a switch in the page shows them.
    """
    url = db_url or gradebook_url(course)
    classes = {}
    for lab in course.labs:
        found = read_class(lab, read_sheets(url, lab.name))
        if found:
            classes[lab.name] = found
    enrolled = read_students(url)
    aliases = _aliases({work.student for found in classes.values() for work in found} | set(enrolled))
    written = []
    for name, found in classes.items():
        if not labs or name in labs:
            page = render_report(course.lab(name), found, names, aliases, breakdown(course, name))
            written.append(write_page(course.root / "reports" / f"{name}.html", page))
    page = render_course(course, classes, enrolled, names)
    return [*written, write_page(course.root / "reports" / "index.html", page)]


def read_class(lab: Lab, sheets: Mapping[str, Sheets] | None = None) -> list[Work]:
    """The work of every student of whom autograded/ has a graded notebook of the lab."""
    results: list[tuple[str, Result]] = []
    doubts: dict[tuple[str, str], list[str]] = {}
    differing: dict[tuple[str, str], list[str]] = {}
    for folder in sorted((lab.course.root / "autograded").glob(f"*/{lab.name}")):
        student = folder.parent.name
        for graded in read_graded(lab, folder):
            results.append((student, graded.result))
            name = graded.result.notebook
            doubts[student, name] = suspicions(lab.notebook(name), graded)
            differing[student, name] = [each.words() for each in divergences(graded.notebook)]
    return works(lab, results, sheets, doubts, differing)


def class_report(
    lab: Lab,
    graded: Sequence[tuple[str, Result]],
    sheets: Mapping[str, Sheets] | None = None,
    names: bool = True,
) -> str:
    """The report of a lab as HTML from results, and from the gradebook's sheets by student."""
    return render_report(lab, works(lab, graded, sheets), names)


def render_report(
    lab: Lab,
    found: Sequence[Work],
    names: bool = True,
    aliases: Mapping[str, str] | None = None,
    spent: Breakdown | None = None,
) -> str:
    """The report of a lab as HTML; `aliases` are the students' names while names are hidden."""
    values = shares(found)
    seconds = [result.seconds for work in found for result in work.results if result.seconds.total]
    listed = items(lab, found)
    return render(
        "report.html.j2",
        title=f"{lab_title(lab)} – class report",
        heading=lab_title(lab),
        titles={notebook.name: title_of(notebook) for notebook in lab.notebooks},
        aliases=aliases or _aliases({work.student for work in found}),
        names=names,
        present=len(values),
        missing=len(found) - len(values),
        values=values,
        quartiles=statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3,
        mean=statistics.fmean(values) if values else None,
        bins=bins(values),
        max_points=max((work.totals.max_points for work in found), default=0.0),
        items=listed,
        notes=_notes_for(lab, listed),
        small=len(values) < SMALL_CLASS,
        small_class=SMALL_CLASS,
        low=LOW_DISCRIMINATION,
        troubles=troubles(found)[:MOST_LISTED],
        seconds=seconds,
        slowest=_slowest(found),
        spent=spent,
        people=sorted(found, key=lambda work: (-work.totals.share, work.student))[:MOST_LISTED],
        enrolled=len(found),
        median=statistics.median,
    )


def render_course(
    course: Course, classes: Mapping[str, Sequence[Work]], enrolled: Sequence[str] = (), names: bool = True
) -> str:
    """The page over all labs that were graded; `enrolled` adds students who handed in nothing."""
    labs = [lab for lab in course.labs if lab.name in classes]
    students = sorted({work.student for found in classes.values() for work in found} | set(enrolled))
    people = _people(labs, classes, students)
    return render(
        "course.html.j2",
        title="Course report",
        labs=[
            {
                "name": lab.name,
                "title": lab_title(lab),
                "shares": shares(classes[lab.name]),
                "waiting": sum(
                    row.state == "waiting" for work in classes[lab.name] for row in work.rows.values()
                ),
                "troubles": len({s for one in troubles(classes[lab.name]) for s in one.students}),
            }
            for lab in labs
        ],
        aliases=_aliases(students),
        names=names,
        people=people[:MOST_LISTED],
        enrolled=len(people),
        risky=sorted((one for one in people if one.reasons), key=lambda one: one.mean or 0.0)[:MOST_LISTED],
        limit=AT_RISK_SHARE,
        shown=AT_ONCE,
        median=statistics.median,
    )


def _people(
    labs: Sequence[Lab], classes: Mapping[str, Sequence[Work]], students: Iterable[str]
) -> list[Person]:
    """Each student's way through the labs."""
    total = {
        (name, work.student): work.totals
        for name, found in classes.items()
        for work in found
        if work.handed_in
    }
    people = []
    for student in students:
        own = [total.get((lab.name, student)) for lab in labs]
        history = [totals.known_share if totals else None for totals in own]
        waiting = sum(totals.waiting for totals in own if totals)
        people.append(Person(student, history, at_risk(history), waiting))
    return people


def _aliases(students: Iterable[str]) -> dict[str, str]:
    return {student: f"student {place}" for place, student in enumerate(sorted(students), 1)}


def _notes_for(lab: Lab, listed: Sequence[Item]) -> dict[tuple[str, str, str], Note]:
    """The teaching notes of the misconceptions that the class shows."""
    met = {(item.notebook, item.name, mistake.tag) for item in listed for mistake in item.mistakes}
    return {key: note for key, note in notes(lab).items() if key in met} if met else {}


def _slowest(found: Sequence[Work]) -> list[tuple[str, Result]]:
    taken = [(work.student, result) for work in found for result in work.results if result.seconds.total]
    return sorted(taken, key=lambda pair: -pair[1].seconds.total)[:5]
