"""The teacher's pages: a report for each lab and one over the course, each a single file without scripts."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.classroom import (
    AT_RISK_SHARE,
    LOW_DISCRIMINATION,
    SMALL_CLASS,
    Work,
    at_risk,
    bins,
    items,
    shares,
    troubles,
    works,
)
from grader.course import Course, Lab
from grader.feedback import gradebook_url, read_graded, write_page
from grader.manual import read_sheets, read_students
from grader.pages import lab_title, render, title_of
from grader.results import Result
from grader.sheets import Sheets

MOST_LISTED = 400


@dataclass
class Person:
    """A line of the course page: a student's share in each lab, None where nothing was handed in."""

    student: str
    shares: list[float | None]
    reasons: list[str]

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
        sheets = read_sheets(url, lab.name)
        found = works(lab, read_results(lab), sheets)
        if found:
            classes[lab.name] = found
    written = []
    for name, found in classes.items():
        if not labs or name in labs:
            page = render_report(course.lab(name), found, names)
            written.append(write_page(course.root / "reports" / f"{name}.html", page))
    page = render_course(course, classes, read_students(url), names)
    return [*written, write_page(course.root / "reports" / "index.html", page)]


def read_results(lab: Lab) -> list[tuple[str, Result]]:
    """Student and result of every graded notebook of the lab in autograded/."""
    folders = sorted((lab.course.root / "autograded").glob(f"*/{lab.name}"))
    return [(folder.parent.name, one.result) for folder in folders for one in read_graded(lab, folder)]


def class_report(
    lab: Lab,
    graded: Sequence[tuple[str, Result]],
    sheets: Mapping[str, Sheets] | None = None,
    names: bool = True,
) -> str:
    """The report of a lab as HTML from results, and from the gradebook's sheets by student."""
    return render_report(lab, works(lab, graded, sheets), names)


def render_report(lab: Lab, found: Sequence[Work], names: bool = True) -> str:
    """The report of a lab as HTML."""
    values = shares(found)
    seconds = [result.seconds for work in found for result in work.results if result.seconds.total]
    return render(
        "report.html.j2",
        title=f"{lab_title(lab)} – class report",
        heading=lab_title(lab),
        titles={notebook.name: title_of(notebook) for notebook in lab.notebooks},
        aliases=_aliases([work.student for work in found]),
        names=names,
        present=len(values),
        missing=len(found) - len(values),
        values=values,
        quartiles=statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3,
        mean=statistics.fmean(values) if values else None,
        bins=bins(values),
        max_points=max((work.totals.max_points for work in found), default=0.0),
        items=items(lab, found),
        small=len(values) < SMALL_CLASS,
        small_class=SMALL_CLASS,
        low=LOW_DISCRIMINATION,
        troubles=troubles(found)[:MOST_LISTED],
        seconds=seconds,
        slowest=_slowest(found),
        people=sorted(found, key=lambda work: (-work.totals.share, work.student))[:MOST_LISTED],
        median=statistics.median,
    )


def render_course(
    course: Course, classes: Mapping[str, Sequence[Work]], enrolled: Sequence[str] = (), names: bool = True
) -> str:
    """The page over all labs that were graded; `enrolled` adds students who handed in nothing."""
    labs = [lab for lab in course.labs if lab.name in classes]
    share = {
        (name, work.student): work.totals.share
        for name, found in classes.items()
        for work in found
        if work.handed_in
    }
    students = sorted({work.student for found in classes.values() for work in found} | set(enrolled))
    people = []
    for student in students:
        history = [share.get((lab.name, student)) for lab in labs]
        people.append(Person(student, history, at_risk(history)))
    return render(
        "course.html.j2",
        title="Course report",
        labs=[
            {"name": lab.name, "title": lab_title(lab), "shares": shares(classes[lab.name])} for lab in labs
        ],
        aliases=_aliases(students),
        names=names,
        people=people[:MOST_LISTED],
        risky=sorted((one for one in people if one.reasons), key=lambda one: one.mean or 0.0)[:MOST_LISTED],
        limit=AT_RISK_SHARE,
        median=statistics.median,
    )


def _aliases(students: Sequence[str]) -> dict[str, str]:
    return {student: f"student {place}" for place, student in enumerate(students, 1)}


def _slowest(found: Sequence[Work]) -> list[tuple[str, Result]]:
    taken = [(work.student, result) for work in found for result in work.results if result.seconds.total]
    return sorted(taken, key=lambda pair: -pair[1].seconds.total)[:5]
