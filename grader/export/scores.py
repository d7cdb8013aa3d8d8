"""The marks of a lab as the gradebook has them, one record for each student."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)

from grader.course import Lab

DIGITS = 4


@dataclass
class Score:
    """What a student has in a lab.

    `exercises` gives the points by (notebook, exercise), None while nobody graded it; `points` is their sum less
    `late_penalty`, never below 0; `waiting` says that a person still has to look at something.
    """

    student: str
    last_name: str
    first_name: str
    email: str
    exercises: dict[tuple[str, str], float | None] = field(default_factory=dict)
    max_points: float = 0.0
    late_penalty: float = 0.0
    waiting: bool = False

    @property
    def points(self) -> float:
        """The mark, with what was given by hand and less what lateness costs."""
        total = sum(points or 0.0 for points in self.exercises.values())
        return round(max(0.0, total - self.late_penalty), DIGITS)


def read_scores(gradebook: Gradebook, lab: Lab) -> list[Score]:
    """Every submission of the lab in order of the students' ids; bonus exercises do not count as points to reach."""
    names = {
        (notebook.name, exercise.graded_cell): (notebook.name, exercise.name)
        for notebook in lab.notebooks
        for exercise in notebook.exercises
    }
    manual = {(n.name, e.name) for n in lab.notebooks for e in n.exercises if e.manual}
    most = sum(e.points for n in lab.notebooks for e in n.exercises if not e.bonus)
    scores: dict[str, Score] = {}
    penalties: dict[str, dict[str, float]] = {}
    for row in _rows(gradebook, lab.name):
        score = scores.get(row.student)
        if score is None:
            person = (row.student, row.last_name or "", row.first_name or "", row.email or "")
            score = scores[row.student] = Score(*person, dict.fromkeys(names.values()), most)
        penalties.setdefault(row.student, {})[row.notebook] = row.late or 0.0
        score.waiting |= bool(row.needs_manual_grade)
        if (name := names.get((row.notebook, row.cell))) is not None:
            score.exercises[name] = _points(row, name in manual)
    for student, late in penalties.items():
        scores[student].late_penalty = round(sum(late.values()), DIGITS)
    return [scores[student] for student in sorted(scores)]


def _points(row: Any, question: bool) -> float | None:
    """nbgrader's score of a cell; None for a question that nobody has read."""
    if row.manual_score is None and (row.auto_score is None or (question and row.needs_manual_grade)):
        return None
    given = row.auto_score if row.manual_score is None else row.manual_score
    return round(given + (row.extra_credit or 0.0), DIGITS)


def _rows(gradebook: Gradebook, lab: str) -> Iterator[Any]:
    """The grades of a lab with student, notebook and cell, in one query."""
    sheet, hand_in, grade = SubmittedNotebook.__table__, SubmittedAssignment.__table__, Grade.__table__
    assignment, notebook, cell = Assignment.__table__, Notebook.__table__, BaseCell.__table__
    people = Student.__table__
    joined = (
        grade.join(sheet, grade.c.notebook_id == sheet.c.id)
        .join(hand_in, sheet.c.assignment_id == hand_in.c.id)
        .join(people, hand_in.c.student_id == people.c.id)
        .join(assignment, hand_in.c.assignment_id == assignment.c.id)
        .join(notebook, sheet.c.notebook_id == notebook.c.id)
        .join(cell, grade.c.cell_id == cell.c.id)
    )
    columns = [
        people.c.id.label("student"),
        people.c.last_name,
        people.c.first_name,
        people.c.email,
        notebook.c.name.label("notebook"),
        cell.c.name.label("cell"),
        sheet.c.late_submission_penalty.label("late"),
        *(grade.c[name] for name in ("auto_score", "manual_score", "extra_credit", "needs_manual_grade")),
    ]
    query = sa.select(*columns).select_from(joined).where(assignment.c.name == lab)
    yield from gradebook.db.connection().execute(query)
