"""Results as they come, in one SQLite file: finished work is never lost and never done twice."""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from grader.errors import GraderError
from grader.results import Graded, Result

VERSION = 1
BUSY_SECONDS = 60.0
MAX_FAULTS = 2

SCHEMA = """
CREATE TABLE IF NOT EXISTS results (
    key TEXT PRIMARY KEY, lab TEXT NOT NULL, notebook TEXT NOT NULL, status TEXT NOT NULL,
    result TEXT NOT NULL, executed BLOB, timings TEXT NOT NULL, faults INTEGER NOT NULL, saved REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS holds (
    student TEXT NOT NULL, lab TEXT NOT NULL, notebook TEXT NOT NULL, key TEXT NOT NULL,
    PRIMARY KEY (student, lab, notebook)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS holds_by_key ON holds (key);
CREATE TABLE IF NOT EXISTS landed (
    student TEXT NOT NULL, lab TEXT NOT NULL, token TEXT NOT NULL,
    PRIMARY KEY (student, lab)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS landings (
    student TEXT NOT NULL, lab TEXT NOT NULL, timings TEXT NOT NULL,
    PRIMARY KEY (student, lab)
) WITHOUT ROWID;
"""
# A file with the newest table needs nothing written to be opened.
NEWEST_TABLE = "SELECT 1 FROM sqlite_master WHERE name='landings'"
SECONDS = """
SELECT each.key, sum(each.value), count(*) FROM
    (SELECT timings FROM results WHERE key IN (SELECT key FROM holds WHERE lab=?1)
     UNION ALL SELECT timings FROM landings WHERE lab=?1) AS told, json_each(told.timings) AS each
GROUP BY each.key
"""


class StoreError(GraderError):
    """The results file cannot be used; the message names it, the reason and what to do."""


class Held(NamedTuple):
    """One line of the store: whose notebook, and what grading it gave."""

    student: str
    lab: str
    notebook: str
    result: Result


class Store:
    """The results file of a course; one process writes, any number may read.

    Every change is one transaction in SQLite's write-ahead log: after kill -9 at any moment the file holds
    exactly what was saved before. A full or read-only disk raises StoreError and leaves the rest as it was.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._translated():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"cannot write {path}: {error.strerror}; nothing was graded") from error
            self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, VERSION):
                raise StoreError(
                    f"{path} was written by another version; move it away to grade the class again"
                )
            if version == 0 or not self._db.execute(NEWEST_TABLE).fetchone():
                self._db.executescript(SCHEMA + f"PRAGMA user_version={VERSION};")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def copy_to(self, other: sqlite3.Connection) -> None:
        """Copy everything into another database, as it is at this moment."""
        with self._translated():
            self._db.backup(other)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def save(
        self,
        student: str,
        lab: str,
        notebook: str,
        key: str,
        graded: Graded,
        timings: dict[str, Any] | None = None,
        fault: bool = False,
    ) -> None:
        """Keep a result and that this student holds it; its marks count as not yet landed.

        `fault` says that the grader broke down over it: such a result is not final (see `settled`).
        """
        executed = None
        if graded.notebook is not None:
            executed = zlib.compress(json.dumps(graded.notebook).encode(), 1)
        result = graded.result
        row = (key, result.lab, result.notebook, result.status, json.dumps(result.to_dict()), executed)
        with self._transaction() as db:
            before = db.execute("SELECT faults FROM results WHERE key=?", (key,)).fetchone() or (0,)
            faults = before[0] + 1 if fault else 0
            db.execute(
                "INSERT OR REPLACE INTO results VALUES (?,?,?,?,?,?,?,?,?)",
                (*row, json.dumps(timings or {}), faults, time.time()),
            )
            self._hold(db, student, lab, notebook, key)

    def hold(self, student: str, lab: str, notebook: str, key: str) -> None:
        """This student holds a result that is known already, for example of the same bytes."""
        with self._transaction() as db:
            self._hold(db, student, lab, notebook, key)

    def release(self, student: str, lab: str, notebook: str) -> None:
        """This student's notebook is no longer handed in."""
        with self._transaction() as db:
            db.execute("DELETE FROM holds WHERE student=? AND lab=? AND notebook=?", (student, lab, notebook))
            db.execute("DELETE FROM landed WHERE student=? AND lab=?", (student, lab))
            db.execute("DELETE FROM landings WHERE student=? AND lab=?", (student, lab))

    def _hold(self, db: sqlite3.Connection, student: str, lab: str, notebook: str, key: str) -> None:
        where = (student, lab, notebook)
        old = db.execute("SELECT key FROM holds WHERE student=? AND lab=? AND notebook=?", where).fetchone()
        db.execute("INSERT OR REPLACE INTO holds VALUES (?,?,?,?)", (*where, key))
        db.execute("DELETE FROM landed WHERE student=? AND lab=?", (student, lab))
        if old is not None and old[0] != key:
            # A result that no submission has any more is dropped: the file stays as large as the class.
            db.execute(
                "DELETE FROM results WHERE key=?1 AND NOT EXISTS (SELECT 1 FROM holds WHERE key=?1)", old
            )

    def settled(self, key: str) -> bool:
        """Whether nothing is left to do for this key.

        A breakdown of the grader is tried again by the next run, because the cause may have been the machine;
        after MAX_FAULTS runs the submission is taken to be the cause.
        """
        with self._translated():
            row = self._db.execute("SELECT faults FROM results WHERE key=?", (key,)).fetchone()
        return row is not None and (row[0] == 0 or row[0] >= MAX_FAULTS)

    def result(self, key: str) -> Result | None:
        """The result under the key, without the executed notebook."""
        with self._translated():
            row = self._db.execute("SELECT result FROM results WHERE key=?", (key,)).fetchone()
        return None if row is None else Result.from_dict(json.loads(row[0]))

    def graded(self, key: str) -> Graded | None:
        """The result and the executed notebook under the key."""
        with self._translated():
            row = self._db.execute("SELECT result, executed FROM results WHERE key=?", (key,)).fetchone()
        if row is None:
            return None
        notebook = None if row[1] is None else json.loads(zlib.decompress(row[1]))
        return Graded(Result.from_dict(json.loads(row[0])), notebook)

    def held(self, student: str, lab: str) -> dict[str, str]:
        """The keys a student holds in a lab, by notebook."""
        with self._translated():
            rows = self._db.execute(
                "SELECT notebook, key FROM holds WHERE student=? AND lab=?", (student, lab)
            )
            return dict(rows.fetchall())

    def results(self, lab: str, status: str | None = None) -> Iterator[Held]:
        """Every result of a lab (with that status), by student and notebook, one in memory at a time."""
        query = (
            "SELECT student, holds.notebook, result FROM holds JOIN results USING (key) WHERE holds.lab=?1"
            " AND (?2 IS NULL OR status=?2) ORDER BY student, holds.notebook"
        )
        with self._translated():
            for student, notebook, result in self._db.execute(query, (lab, status)):
                yield Held(student, lab, notebook, Result.from_dict(json.loads(result)))

    def timings(self, key: str) -> dict[str, Any]:
        """Where the time of that result went, as saved with it."""
        with self._translated():
            row = self._db.execute("SELECT timings FROM results WHERE key=?", (key,)).fetchone()
        return {} if row is None else json.loads(row[0])

    def landed(self, student: str, lab: str) -> str | None:
        """The token under which the student's marks were last written to the gradebook."""
        with self._translated():
            row = self._db.execute(
                "SELECT token FROM landed WHERE student=? AND lab=?", (student, lab)
            ).fetchone()
        return None if row is None else row[0]

    def set_landed(self, student: str, lab: str, token: str, timings: dict[str, float] | None = None) -> None:
        """The marks are in the gradebook; called after the gradebook's own commit."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO landed VALUES (?,?,?)", (student, lab, token))
            db.execute(
                "INSERT OR REPLACE INTO landings VALUES (?,?,?)", (student, lab, json.dumps(timings or {}))
            )

    def seconds(self, lab: str) -> dict[str, tuple[float, int]]:
        """The seconds of each stage and each check over all results of a lab, and how many they are summed over."""
        with self._translated():
            return {stage: (spent, count) for stage, spent, count in self._db.execute(SECONDS, (lab,))}

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._translated():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn SQLite's errors into words that say what to do."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise StoreError(explain(error, self.path)) from error


CURES: dict[str, Callable[[Path], str]] = {
    "SQLITE_FULL": lambda path: f"no space is left on the disk of {path}; free some and start again",
    "SQLITE_READONLY": lambda path: f"{path} is read-only; make it writable and start again",
    "SQLITE_CANTOPEN": lambda path: f"{path} cannot be opened for writing; check the folder's permissions",
    "SQLITE_IOERR": lambda path: (
        f"writing {path} fails (disk full or failing?); see to the disk and start again"
    ),
    "SQLITE_BUSY": lambda path: f"{path} stays locked by another process; end it and start again",
    "SQLITE_NOTADB": lambda path: f"{path} is not a results file; move it away and start again",
    "SQLITE_CORRUPT": lambda path: f"{path} is damaged; move it away: the class is then graded again",
}


def explain(error: sqlite3.DatabaseError, path: Path) -> str:
    """Say what happened and what to do, for an error of SQLite on a file."""
    name = getattr(error, "sqlite_errorname", "")
    for start, cure in CURES.items():
        if name.startswith(start):
            return f"{cure(path)}; what was finished is kept"
    return f"{path}: {error}; what was finished is kept"
