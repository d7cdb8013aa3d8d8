"""nbgrader's generate_feedback with this project's pages: `c.GenerateFeedback.exporter_class`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from traitlets import default

from grader.course import Course, Lab
from grader.marking.late_policy import explain
from grader.marking.manual import read_sheets
from grader.marking.sheets import Sheets
from grader.reporting.feedback import read_graded, student_links
from grader.reporting.pages import render_lab, render_notebook, render_student
from grader.results import Graded, Result


class FeedbackExporter(Exporter):
    """Renders an autograded notebook, and with it the indexes of its lab and its student.

    nbgrader runs it in the course's folder and tells the student, lab, notebook and gradebook in `resources`.
    """

    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(
        self, nb: Any, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """The page of one notebook; the indexes travel in `resources["outputs"]`."""
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        told = resources["nbgrader"]
        course = Course(Path.cwd())
        lab = course.lab(told["assignment"])
        student = told["student"]
        sheets = {
            each.name: read_sheets(told["db_url"], each.name, student).get(student, {})
            for each in course.labs
        }
        explain(course, {name: {student: own} for name, own in sheets.items()})
        graded = Graded(_result(nb, told), nb)
        page = render_notebook(lab, graded, student, sheets[lab.name].get(told["notebook"]))
        resources["outputs"] = _indexes(course, lab, student, sheets)
        return page, resources


def _result(nb: Any, told: dict[str, Any]) -> Result:
    if "grader" in nb.metadata:
        return Result.from_dict(nb.metadata["grader"])
    reason = "It was not graded by this course's grader. Ask your teacher to grade it again."
    return Result(told["assignment"], told["notebook"], "ungradable", reason)


def _indexes(course: Course, lab: Lab, student: str, sheets: Mapping[str, Sheets]) -> dict[str, bytes]:
    graded = read_graded(lab, course.root / "autograded" / student / lab.name)
    index = render_lab(lab, [one.result for one in graded], student, sheets[lab.name])
    labs = render_student(student, student_links(course, student, sheets))
    return {"index.html": index.encode(), "../index.html": labs.encode()}
