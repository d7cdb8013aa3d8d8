"""Rows of nbgrader's gradebook: marks and comments of one submission, written in one transaction."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    Notebook,
    SolutionCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.plugins import LateSubmissionPlugin
from traitlets import TraitError

from grader.course import Course, Lab
from grader.errors import GraderError
from grader.marking.marks import Marks
from grader.plugins.nbgrader_run import CONFIG, configuration

GRADE, COMMENT = Grade.__table__, Comment.__table__


class GradebookError(GraderError):
    """The gradebook cannot be used; nothing of the submission was written. The message says what to do."""


@dataclass
class Cells:
    """A notebook's rows: its id, and the ids of its graded cells and solution cells by grade_id."""

    id: str
    graded: dict[str, str] = field(default_factory=dict)
    solutions: dict[str, str] = field(default_factory=dict)


class Rows:
    """Writes the submissions of one lab."""

    def __init__(self, gradebook: Gradebook, lab: Lab) -> None:
        self.lab = lab
        self._db = gradebook.db
        self._cells = self._read_cells()
        self._penalty = late_plugin(lab.course, lab.name, gradebook)

    def write(
        self,
        student: str,
        found: Mapping[str, Marks],
        timestamp: datetime.datetime | None = None,
        unchanged: Collection[str] = (),
    ) -> None:
        """Write the marks of a submission, by notebook name, all or nothing.

        `timestamp` is the time of hand-in (UTC, naive). `unchanged` names the questions whose answer is the
        one that was marked by hand before. Marks and comments given by hand are never changed. Raises
        GradebookError when the database cannot be written.
        """
        try:
            with database_errors(f"written for {student}"):
                self._write(student, found, timestamp, unchanged)
                self._db.commit()
        except BaseException:
            self._db.rollback()
            raise

    def has(self, student: str) -> bool:
        """Whether every notebook of the lab has its rows for the student."""
        table, books = SubmittedAssignment.__table__, SubmittedNotebook.__table__
        query = sa.select(sa.func.count()).select_from(table.join(books, books.c.assignment_id == table.c.id))
        where = (table.c.assignment_id == self._assignment) & (table.c.student_id == student)
        count = self._run(query.where(where)).scalar_one()
        self._db.rollback()
        return count == len(self._cells)

    def _write(
        self,
        student: str,
        found: Mapping[str, Marks],
        timestamp: datetime.datetime | None,
        unchanged: Collection[str],
    ) -> None:
        submission, late = self._submission(student, timestamp)
        rows = self._notebooks(submission)
        for name, notebook_marks in found.items():
            cells, row = self._cells[name], rows[name]
            score = self._write_scores(row, cells, notebook_marks, unchanged)
            self._write_comments(row, cells, notebook_marks)
            penalty = self._late_penalty(student, score, late)
            table = SubmittedNotebook.__table__
            self._run(sa.update(table).where(table.c.id == row).values(late_submission_penalty=penalty))

    def _submission(self, student: str, timestamp: datetime.datetime | None) -> tuple[str, float]:
        """Id of the student's submission, made when missing, and the seconds it is late."""
        people, table = Student.__table__, SubmittedAssignment.__table__
        if self._run(sa.select(people.c.id).where(people.c.id == student)).first() is None:
            self._run(sa.insert(people).values(id=student))
        where = (table.c.assignment_id == self._assignment) & (table.c.student_id == student)
        row = self._run(sa.select(table.c.id, table.c.timestamp, table.c.extension).where(where)).first()
        if row is None:
            new, keys = uuid4().hex, {"assignment_id": self._assignment, "student_id": student}
            self._run(sa.insert(table).values(id=new, timestamp=timestamp, **keys))
            return new, self._seconds_late(timestamp, None)
        if timestamp is not None and timestamp != row.timestamp:
            self._run(sa.update(table).where(table.c.id == row.id).values(timestamp=timestamp))
        return row.id, self._seconds_late(timestamp or row.timestamp, row.extension)

    def _seconds_late(
        self, timestamp: datetime.datetime | None, extension: datetime.timedelta | None
    ) -> float:
        table = Assignment.__table__
        due = self._run(sa.select(table.c.duedate).where(table.c.id == self._assignment)).scalar_one()
        if timestamp is None or due is None:
            return 0.0
        return max(0.0, (timestamp - due - (extension or datetime.timedelta())).total_seconds())

    def _notebooks(self, submission: str) -> dict[str, str]:
        """Ids of the submission's notebooks by name; missing ones are made."""
        table = SubmittedNotebook.__table__
        query = sa.select(table.c.notebook_id, table.c.id).where(table.c.assignment_id == submission)
        there = {row.notebook_id: row.id for row in self._run(query)}
        new = [
            {"id": uuid4().hex, "assignment_id": submission, "notebook_id": cells.id, "flagged": False}
            for cells in self._cells.values()
            if cells.id not in there
        ]
        if new:
            self._run(sa.insert(table), new)
            there |= {row["notebook_id"]: row["id"] for row in new}
        return {name: there[cells.id] for name, cells in self._cells.items()}

    def _write_scores(self, notebook: str, cells: Cells, found: Marks, unchanged: Collection[str]) -> float:
        """Write each cell's points; gives the notebook's score, points given by hand included."""
        rows = {
            row.cell_id: row for row in self._run(sa.select(GRADE).where(GRADE.c.notebook_id == notebook))
        }
        new, changed, total = [], [], 0.0
        for name, cell in cells.graded.items():
            auto = found.scores.get(name, 0.0)
            row = rows.get(cell)
            if row is None:
                values = {"id": uuid4().hex, "cell_id": cell, "notebook_id": notebook}
                new.append(values | {"auto_score": auto, "needs_manual_grade": auto is None})
                total += auto or 0.0
                continue
            wait = _waits(row, auto, name in unchanged)
            if (row.auto_score, row.needs_manual_grade) != (auto, wait):
                changed.append({"row": row.id, "auto": auto, "wait": wait})
            total += (auto or 0.0) if row.manual_score is None else row.manual_score
            total += row.extra_credit or 0.0
        if new:
            self._run(sa.insert(GRADE), new)
        if changed:
            update = sa.update(GRADE).where(GRADE.c.id == sa.bindparam("row"))
            update = update.values(auto_score=sa.bindparam("auto"), needs_manual_grade=sa.bindparam("wait"))
            self._run(update, changed)
        return total

    def _write_comments(self, notebook: str, cells: Cells, found: Marks) -> None:
        """Write the automatic comment of each solution cell; a comment written by hand stays."""
        query = sa.select(COMMENT.c.cell_id, COMMENT.c.id, COMMENT.c.auto_comment)
        rows = {row.cell_id: row for row in self._run(query.where(COMMENT.c.notebook_id == notebook))}
        new, changed = [], []
        for name, cell in cells.solutions.items():
            text, row = found.comments.get(name), rows.get(cell)
            if row is None:
                new.append(
                    {"id": uuid4().hex, "cell_id": cell, "notebook_id": notebook, "auto_comment": text}
                )
            elif row.auto_comment != text:
                changed.append({"row": row.id, "text": text})
        if new:
            self._run(sa.insert(COMMENT), new)
        if changed:
            update = sa.update(COMMENT).where(COMMENT.c.id == sa.bindparam("row"))
            self._run(update.values(auto_comment=sa.bindparam("text")), changed)

    def _late_penalty(self, student: str, score: float, late: float) -> float | None:
        """What the configured late policy takes off, between nothing and the whole score."""
        if late <= 0:
            return None
        penalty = self._penalty.late_submission_penalty(student, score, late)
        return None if penalty is None else min(max(float(penalty), 0.0), score)

    def _read_cells(self) -> dict[str, Cells]:
        """The lab's notebooks and cells as the gradebook has them."""
        found = self._db.query(Assignment.id).filter(Assignment.name == self.lab.name).scalar()
        if found is None:
            raise GradebookError(f"lab {self.lab.name} is not in the gradebook; call ensure_assignment first")
        self._assignment = found
        books = self._db.query(Notebook.id, Notebook.name).filter(Notebook.assignment_id == found).all()
        result = {}
        for identity, name in books:
            result[name] = Cells(identity)
            for kind, into in ((GradeCell, result[name].graded), (SolutionCell, result[name].solutions)):
                rows = self._db.query(kind.name, kind.id).filter(kind.notebook_id == identity)
                into.update({row.name: row.id for row in rows})
        self._db.rollback()
        return result

    def _run(self, statement: Any, rows: list[dict[str, Any]] | None = None) -> Any:
        return self._db.connection().execute(statement, rows)


def _waits(row: Any, auto: float | None, same_answer: bool) -> bool:
    """Whether a person has to look at a cell that is in the gradebook already."""
    if row.manual_score is None:
        return auto is None
    if auto is None:
        return bool(row.needs_manual_grade) or not same_answer
    return bool(row.needs_manual_grade) or row.auto_score != auto


def late_plugin(course: Course, lab: str = "", gradebook: Gradebook | None = None) -> LateSubmissionPlugin:
    """The policy for late submissions that nbgrader_config.py names, as nbgrader makes it for a lab."""
    from nbgrader.preprocessors import AssignLatePenalties

    preprocessor = AssignLatePenalties(config=configuration(course))
    preprocessor.assignment_id, preprocessor.gradebook = lab, gradebook
    try:
        return preprocessor.plugin_class(parent=preprocessor)
    except TraitError as error:
        raise GradebookError(f"{course.root / CONFIG}: {error}") from error


@contextmanager
def database_errors(what: str) -> Iterator[None]:
    """Turn the database's errors into a GradebookError that says what to do."""
    try:
        yield
    except sa.exc.OperationalError as error:
        reason = " ".join(str(error.orig).split())
        if "locked" in reason:
            reason = "another program holds it: end that program (a formgrader? another run?) and try again"
        elif type(error.orig).__module__.startswith("psycopg"):
            reason += "; see that the PostgreSQL server of db_url runs and lets you in, and try again"
        raise GradebookError(f"the gradebook could not be {what}: {reason}") from error
    except (sa.exc.ArgumentError, ModuleNotFoundError) as error:
        raise GradebookError(f"the gradebook could not be {what}: {CONFIG}, db_url: {error}") from error
