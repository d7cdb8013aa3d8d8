"""The marks of a lab as the gradebook has them, one record for each student."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nbgrader.api import Grade, Gradebook

from grader.course import Lab
from grader.marking.gradebook_cells import cell_rows

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
    for row in cell_rows(gradebook.db.connection(), Grade.__table__, lab.name):
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
