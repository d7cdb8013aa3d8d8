"""Landing: the one place that turns results into nbgrader's gradebook rows and autograded notebooks."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self

import sqlalchemy as sa
from nbgrader.api import Gradebook
from nbgrader.dbutil import ALEMBIC_DIR

from grader.course import Course
from grader.marking import autograded
from grader.marking.assignments import ensure_assignment
from grader.marking.gradebook_rows import GradebookError, Rows, database_errors
from grader.marking.marks import marks, question_answers
from grader.plugins.nbgrader_run import course_directory
from grader.results import Graded

__all__ = ["GradebookError", "Ledger", "ensure_assignment", "has_landed", "land", "open_gradebook"]


@contextmanager
def open_gradebook(course: Course) -> Iterator[Gradebook]:
    """The gradebook that nbgrader_config.py names, closed at the end."""
    directory = course_directory(course)
    with database_errors("opened"):
        _state_version(directory.db_url)
        gradebook = Gradebook(directory.db_url, directory.course_id)
    with gradebook:
        yield gradebook


def _state_version(url: str) -> None:
    """Write the version of its form into a new gradebook: nbgrader starts the program `alembic` to learn it, which
    takes seconds, and fails where that is not on the PATH.
    """
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        if not sa.inspect(connection).get_table_names():
            from alembic.script import ScriptDirectory

            version = sa.Table(
                "alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), nullable=False)
            )
            version.create(connection)
            head = ScriptDirectory(ALEMBIC_DIR).get_current_head()
            connection.execute(version.insert().values(version_num=head))
    engine.dispose()


class Ledger:
    """A course's gradebook and autograded/, open for many submissions. To be used by one thread."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.seconds: dict[str, float] = {}
        self._rows: dict[str, Rows] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._gradebook = self._open.enter_context(open_gradebook(self.course))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def land(
        self,
        student: str,
        lab: str,
        graded: Mapping[str, Graded],
        timestamp: datetime.datetime | None = None,
    ) -> list[str]:
        """Write marks and notebooks of one submission, by notebook name; gives the grader's own faults.

        Notebooks of the lab that are not in `graded` count as not handed in. `timestamp` (UTC, naive) is by
        default that of the submission's timestamp.txt. Doing it twice changes nothing. `seconds` then tells how
        long marking and writing took. Raises GradebookError when the gradebook cannot be written; then nothing was.
        """
        start = time.perf_counter()
        known = self.course.lab(lab)
        found = {notebook.name: marks(notebook, graded.get(notebook.name)) for notebook in known.notebooks}
        timestamp = timestamp or autograded.hand_in_time(self.course, student, lab)
        before = autograded.answers(self.course, student, lab)
        now = {name: text for one in graded.values() for name, text in question_answers(one).items()}
        unchanged = {name for name, text in now.items() if before.get(name) == text}
        self._rows_of(lab).write(student, found, timestamp, unchanged)
        marked = time.perf_counter()
        autograded.save(known, student, graded, timestamp)
        self.seconds = {"mark": marked - start, "write": time.perf_counter() - marked}
        return [f"{name}: {problem}" for name, one in found.items() for problem in one.problems]

    def has_landed(self, lab: str, student: str) -> bool:
        """Whether the student's submission of the lab is in the gradebook and in autograded/."""
        return self._rows_of(lab).has(student) and autograded.complete(self.course.lab(lab), student)

    def _rows_of(self, lab: str) -> Rows:
        if lab not in self._rows:
            ensure_assignment(self._gradebook, self.course, lab)
            self._rows[lab] = Rows(self._gradebook, self.course.lab(lab))
        return self._rows[lab]


def land(course: Course, student: str, lab: str, graded: Mapping[str, Graded]) -> list[str]:
    """Land one submission; for many, keep a Ledger open."""
    with Ledger(course) as ledger:
        return ledger.land(student, lab, graded)


def has_landed(course: Course, lab: str, student: str) -> bool:
    """Whether one submission has landed; for many, keep a Ledger open."""
    with Ledger(course) as ledger:
        return ledger.has_landed(lab, student)
