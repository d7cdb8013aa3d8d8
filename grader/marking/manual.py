"""Reads from the gradebook what people wrote there: points and comments by hand, and what lateness costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from nbgrader.api import Comment, Grade, Student

from grader.course import CHECK
from grader.marking.gradebook_cells import cell_rows
from grader.marking.gradebook_rows import database_errors
from grader.marking.sheets import ManualGrade, Sheet


def read_sheets(db_url: str, lab: str, student: str | None = None) -> dict[str, dict[str, Sheet]]:
    """The sheets of a lab by student and notebook, of one student or of all; empty without a gradebook."""
    with _connected(db_url) as connection:
        return _read(connection, lab, student) if connection else {}


def read_students(db_url: str) -> list[str]:
    """Everybody in the gradebook; empty without one."""
    with _connected(db_url) as connection:
        table = Student.__table__
        return list(connection.execute(sa.select(table.c.id)).scalars()) if connection else []


@contextmanager
def _connected(db_url: str) -> Iterator[sa.Connection | None]:
    """A connection to the gradebook, None when there is none; nothing is created."""
    url = sa.engine.make_url(db_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        yield None
        return
    engine = sa.create_engine(url)
    try:
        with database_errors("read"), engine.connect() as connection:
            yield connection if sa.inspect(connection).has_table("grade") else None
    finally:
        engine.dispose()


def _read(connection: sa.Connection, lab: str, student: str | None) -> dict[str, dict[str, Sheet]]:
    comments = {
        (row.student, row.notebook, row.cell): row
        for row in cell_rows(connection, Comment.__table__, lab, student)
    }
    sheets: dict[str, dict[str, Sheet]] = {}
    for row in cell_rows(connection, Grade.__table__, lab, student):
        sheet = sheets.setdefault(row.student, {}).setdefault(row.notebook, Sheet(late=row.late or 0.0))
        name = row.cell.removeprefix(CHECK)
        sheet.grades[name] = _grade(row, comments.get((row.student, row.notebook, name)), row.cell == name)
    return sheets


def _grade(row: Any, comment: Any, question: bool) -> ManualGrade:
    """Automatic comments, and an exercise's automatic points, are left out: the result says more."""
    by_hand = row.manual_score is not None
    points = row.manual_score if by_hand or not question else row.auto_score
    waiting = question and bool(row.needs_manual_grade)
    written = (comment.manual_comment or "") if comment else ""
    return ManualGrade(points, written, row.extra_credit or 0.0, waiting, by_hand)
