"""What the gradebook holds of each cell of a lab, in one query: grades or comments, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from nbgrader.api import Assignment, BaseCell, Notebook, Student, SubmittedAssignment, SubmittedNotebook


def cell_rows(connection: sa.Connection, table: Any, lab: str, student: str | None = None) -> Iterator[Any]:
    """Rows of nbgrader's grade or comment table with `student`, `last_name`, `first_name`, `email`, the names of
    `notebook` and `cell`, and `late`, the notebook's penalty; of one student or of all.
    """
    sheet, hand_in = SubmittedNotebook.__table__, SubmittedAssignment.__table__
    assignment, notebook, cell = Assignment.__table__, Notebook.__table__, BaseCell.__table__
    people = Student.__table__
    joined = (
        table.join(sheet, table.c.notebook_id == sheet.c.id)
        .join(hand_in, sheet.c.assignment_id == hand_in.c.id)
        .join(people, hand_in.c.student_id == people.c.id)
        .join(assignment, hand_in.c.assignment_id == assignment.c.id)
        .join(notebook, sheet.c.notebook_id == notebook.c.id)
        .join(cell, table.c.cell_id == cell.c.id)
    )
    query = sa.select(
        people.c.id.label("student"),
        people.c.last_name,
        people.c.first_name,
        people.c.email,
        notebook.c.name.label("notebook"),
        cell.c.name.label("cell"),
        sheet.c.late_submission_penalty.label("late"),
        table,
    )
    query = query.select_from(joined).where(assignment.c.name == lab)
    if student is not None:
        query = query.where(people.c.id == student)
    yield from connection.execute(query)
