"""Writes feedback/<student>/<lab>/ from what grading left in autograded/ and in the gradebook."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from grader.course import Course, Lab
from grader.marking.late_policy import explain
from grader.marking.manual import read_sheets
from grader.marking.sheets import Sheets
from grader.plugins.nbgrader_run import gradebook_url
from grader.reporting.pages import PageLink, lab_link, render_lab, render_notebook, render_student
from grader.results import Graded, Result

__all__ = [
    "gradebook_url",
    "read_graded",
    "render_lab",
    "render_notebook",
    "render_student",
    "write_feedback",
]

DAMAGED = "The record of its grading is damaged. Ask your teacher to grade it again."


def write_feedback(
    course: Course, lab: str, students: Collection[str] | None = None, db_url: str | None = None
) -> list[Path]:
    """Write the pages of every graded submission of the lab, or of the named students; gives their paths.

    `db_url` is the gradebook, by default the one that nbgrader_config.py names; without one the pages show the
    checks' points only. Students without a graded submission are left out.
    """
    db_url = db_url or gradebook_url(course)
    known, written = course.lab(lab), []
    sheets = {each.name: read_sheets(db_url, each.name) for each in course.labs}
    explain(course, sheets)
    for folder in sorted((course.root / "autograded").glob(f"*/{lab}")):
        student = folder.parent.name
        if students is not None and student not in students:
            continue
        graded = read_graded(known, folder)
        if graded:
            own = {name: of_lab.get(student, {}) for name, of_lab in sheets.items()}
            written += _write_lab(course, known, student, graded, own[lab])
            written.append(_write_student(course, student, own))
    return written


def read_graded(lab: Lab, folder: Path) -> list[Graded]:
    """The lab's notebooks in a folder of autograded/; those that tell no result are left out."""
    found = []
    for notebook in lab.notebooks:
        path = folder / f"{notebook.name}.ipynb"
        if path.is_file() and (graded := _read(path, lab.name)):
            found.append(graded)
    return found


def _read(path: Path, lab: str) -> Graded | None:
    try:
        content = json.loads(path.read_bytes())
        if "grader" not in content["metadata"]:
            return None
        return Graded(Result.from_dict(content["metadata"]["grader"]), content)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Graded(Result(lab, path.stem, "ungradable", DAMAGED), None)


def student_links(course: Course, student: str, sheets: Mapping[str, Sheets]) -> list[PageLink]:
    """A line for each lab of the student that was graded; `sheets` by lab and notebook."""
    links = []
    for lab in course.labs:
        graded = read_graded(lab, course.root / "autograded" / student / lab.name)
        if graded:
            links.append(lab_link(lab, [one.result for one in graded], sheets.get(lab.name)))
    return links


def _write_lab(
    course: Course, lab: Lab, student: str, graded: Sequence[Graded], sheets: Sheets
) -> list[Path]:
    folder = course.root / "feedback" / student / lab.name
    pages = {
        f"{one.result.notebook}.html": render_notebook(lab, one, student, sheets.get(one.result.notebook))
        for one in graded
    }
    pages["index.html"] = render_lab(lab, [one.result for one in graded], student, sheets)
    return [write_page(folder / name, page) for name, page in pages.items()]


def _write_student(course: Course, student: str, sheets: Mapping[str, Sheets]) -> Path:
    page = render_student(student, student_links(course, student, sheets))
    return write_page(course.root / "feedback" / student / "index.html", page)


def write_page(path: Path, page: str) -> Path:
    """Write a page whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(page, encoding="utf-8")
    os.replace(part, path)
    return path
