"""Which marks are in the gradebook, and bringing there those that are not."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from grader.batch.store import Store
from grader.course import Course
from grader.plugins.nbgrader_run import gradebook_url
from grader.results import Graded

if TYPE_CHECKING:
    from grader.marking.gradebook import Ledger

SUBMITTED = "SELECT student_id FROM submitted_assignment JOIN assignment ON assignment.id = assignment_id WHERE name=:lab"


def _import_nbgrader() -> None:
    with contextlib.suppress(Exception):  # who needs it meets the error again
        importlib.import_module("grader.marking.gradebook")


class Landing:
    """One run's way into the gradebook.

    nbgrader takes seconds to import, so it is opened by the first student whose marks have to be written.
    """

    def __init__(self, course: Course, store: Store) -> None:
        self.course = course
        self.store = store
        self.seconds: dict[str, float] = {}
        self._ledger: Ledger | None = None
        self._in_gradebook: dict[str, frozenset[str]] = {}

    def prepare(self) -> None:
        """Begin with the import beside other work, which may be the start of an engine."""
        threading.Thread(target=_import_nbgrader, daemon=True).start()

    def needed(self, student: str, lab: str) -> bool:
        """Whether the marks that the store holds are not yet, or no longer, where nbgrader reads them."""
        if self.store.landed(student, lab) != landing_token(self.store.held(student, lab)):
            return True
        folder = self.course.root / "autograded" / student / lab
        files = (folder / f"{notebook.name}.ipynb" for notebook in self.course.lab(lab).notebooks)
        return not all(file.is_file() for file in files) or not self._recorded(student, lab)

    def land(self, student: str, lab: str) -> list[str]:
        """Write a student's lab; gives the grader's own faults, and tells in `seconds` how long it took.

        Raises GradebookError when nothing was written.
        """
        from grader.marking.gradebook import Ledger

        if self._ledger is None:
            self._ledger = Ledger(self.course).__enter__()
        keys = self.store.held(student, lab)
        graded: dict[str, Graded] = {}
        for notebook, key in keys.items():
            if found := self.store.graded(key):
                graded[notebook] = found
        faults = self._ledger.land(student, lab, graded)
        self.seconds = self._ledger.seconds
        self.store.set_landed(student, lab, landing_token(keys), self.seconds)
        return faults

    def close(self) -> None:
        """Close the gradebook."""
        if self._ledger is not None:
            self._ledger.__exit__(None, None, None)
            self._ledger = None

    def _recorded(self, student: str, lab: str) -> bool:
        """Whether the gradebook knows of the submission: someone may have replaced the file."""
        if lab not in self._in_gradebook:
            self._in_gradebook[lab] = students_in(gradebook_url(self.course), lab)
        return student in self._in_gradebook[lab]


def students_in(url: str, lab: str) -> frozenset[str]:
    """The students with a submission of the lab in the gradebook; none when it cannot be read."""
    if url.startswith(
        "sqlite:///"
    ):  # without SQLAlchemy, whose import would be most of an unchanged class's time
        path = Path(urlsplit(url).path[1:])
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
                return frozenset(row[0] for row in connection.execute(SUBMITTED, {"lab": lab}))
        except sqlite3.Error:
            return frozenset()
    import sqlalchemy as sa

    engine = sa.create_engine(url)
    try:
        with engine.connect() as database:
            return frozenset(database.execute(sa.text(SUBMITTED), {"lab": lab}).scalars())
    except sa.exc.DBAPIError:
        return frozenset()
    finally:
        engine.dispose()


def landing_token(keys: dict[str, str]) -> str:
    """Name the marks of a lab by the content keys of its notebooks."""
    return hashlib.sha256("\n".join(f"{n} {k}" for n, k in sorted(keys.items())).encode()).hexdigest()
