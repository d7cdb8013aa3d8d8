"""`python -m grader export [LAB ...]`: the marks of a lab as one CSV file, a row for each student."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader.course import Course, Lab
from grader.gradebook import open_gradebook

FORMULA = ("=", "+", "-", "@", "\t", "\r")
HEAD = [
    "student",
    "last_name",
    "first_name",
    "email",
    "points",
    "max_points",
    "late_penalty",
    "needs_manual_grade",
]


def write_exports(course: Course, labs: Sequence[str]) -> list[Path]:
    """Write exports/<lab>.csv for each of the labs (default: all that the gradebook knows); gives their paths."""
    written = []
    with open_gradebook(course) as gradebook:
        known = {assignment.name for assignment in gradebook.assignments}
        for lab in [course.lab(name) for name in labs] if labs else course.labs:
            if lab.name in known:
                rows: list[list[Any]] = [
                    _row(lab, submission) for submission in gradebook.assignment_submissions(lab.name)
                ]
                rows.sort(key=lambda row: str(row[0]))
                written.append(_write(course.root / "exports" / f"{lab.name}.csv", _columns(lab), rows))
    return written


def _columns(lab: Lab) -> list[str]:
    return [*HEAD, *(f"{n.name}/{e.name}" for n in lab.notebooks for e in n.exercises)]


def _row(lab: Lab, submission: Any) -> list[Any]:
    """The student, the sums, and the points of each exercise in the lab's order (empty while nobody graded it)."""
    grades = {(book.name, grade.cell.name): grade for book in submission.notebooks for grade in book.grades}
    student = submission.student
    points = []
    for notebook in lab.notebooks:
        for exercise in notebook.exercises:
            grade = grades.get((notebook.name, exercise.graded_cell))
            waiting = grade is None or (grade.needs_manual_grade and grade.manual_score is None)
            points.append("" if grade is None or (waiting and exercise.manual) else round(grade.score, 4))
    penalty = submission.late_submission_penalty or 0.0
    total = round(submission.score - penalty, 4)
    person = [student.id, student.last_name or "", student.first_name or "", student.email or ""]
    waits = "yes" if submission.needs_manual_grade else "no"
    return [*map(neutral, person), total, submission.max_score, penalty, waits, *points]


def neutral(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _write(path: Path, head: list[str], rows: list[list[Any]]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)
    return path
