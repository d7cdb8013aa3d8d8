"""`python -m grader regrade`: grade with the checks as they are now, show whose mark changes, then apply it.

The new results go to a copy of the results file first; the gradebook and autograded/ stay as they are until they
are applied. A dry run keeps its copy, so that applying it grades nothing twice.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.batch.fleet import LOCK, RESULTS, ClassOutcome, Run, stop_on_signals
from grader.batch.lock import RunLock
from grader.batch.plan import Planner
from grader.batch.progress import Progress
from grader.batch.runner import make_runner
from grader.batch.store import Store
from grader.course import Course, Lab
from grader.limits import Limits
from grader.marking.changes import StudentChange, describe, student_change
from grader.marking.landing import Landing
from grader.marking.late_policy import late_shares
from grader.marking.manual import read_sheets
from grader.marking.sheets import Sheets
from grader.origin import submission_of
from grader.plugins.nbgrader_run import gradebook_url
from grader.reporting.feedback import read_graded
from grader.results import Graded

TRIAL = "regrade.sqlite"
AGAIN = "another file was handed in since the last grading"


@dataclass
class Regrading:
    """What changes, by lab; how many students were looked at; `trial` and `applied` tell how the runs went."""

    changes: dict[str, list[StudentChange]] = field(default_factory=dict)
    students: dict[str, int] = field(default_factory=dict)
    trial: ClassOutcome | None = None
    applied: ClassOutcome | None = None

    def lines(self) -> list[str]:
        """The changes as text."""
        return [
            line for lab, found in self.changes.items() for line in describe(lab, found, self.students[lab])
        ]

    def to_json(self) -> str:
        """The changes for a program: a list for each lab."""
        plain: dict[str, Any] = {lab: [one.to_dict() for one in found] for lab, found in self.changes.items()}
        return json.dumps({"applied": self.applied is not None, "labs": plain}, ensure_ascii=False, indent=1)


class NoLanding(Landing):
    """In the place of the way into the gradebook: a trial writes no marks."""

    def needed(self, student: str, lab: str) -> bool:
        """Nothing is to be written."""
        return False

    def land(self, student: str, lab: str) -> list[str]:
        """Write nothing."""
        return []


def regrade(
    course: Course,
    labs: Sequence[str] = (),
    students: list[str] | None = None,
    apply: bool = False,
    force: bool = False,
    device: str = "auto",
    workers: int | None = None,
    scheduler: str | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
    runner: Any = None,
) -> Regrading:
    """Grade what would come out differently today and compare; with `apply` write the marks.

    `force` grades also what has not changed in any part. Points given by hand are never touched. A run that is
    stopped applies nothing. Raises what `grade_class` raises.
    """
    limits, progress = limits or Limits(), progress or Progress()
    chosen = [course.lab(name) for name in dict.fromkeys(labs or [lab.name for lab in course.labs])]
    folder = course.root / "autograded"
    runner = runner or make_runner(course, limits, workers, scheduler, device=device)
    done = Regrading()
    with closing(runner), RunLock(folder / LOCK):
        copy_results(folder / RESULTS, folder / TRIAL)
        with Store(folder / TRIAL) as trial:
            planner = Planner(course, trial, limits, device, force)
            run = Run(trial, runner, planner, NoLanding(course, trial), progress)
            with stop_on_signals(run):
                done.trial = run.grade(chosen, students)
            for lab in chosen:
                _compare(done, lab, trial, students)
            if apply and not done.trial.stopped:
                done.applied = _apply(course, chosen, students, trial, runner, limits, device, progress)
        if done.applied and not done.applied.stopped:
            _remove(folder / TRIAL)
    return done


def copy_results(source: Path, target: Path) -> None:
    """Make the trial's file: the results as they are, and what an earlier trial has graded."""
    part = target.with_name(target.name + ".part")
    _remove(part)
    with Store(source) as store, closing(sqlite3.connect(part)) as copy:
        store.copy_to(copy)
        if target.exists():
            with suppress(sqlite3.DatabaseError):  # one that is damaged or of another version is no loss
                copy.execute("ATTACH ? AS earlier", (str(target),))
                copy.execute("INSERT OR IGNORE INTO results SELECT * FROM earlier.results")
            copy.commit()
    _remove(target)
    os.replace(part, target)


def _remove(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def _compare(done: Regrading, lab: Lab, trial: Store, students: list[str] | None) -> None:
    """Add the changes of a lab."""
    sheets = read_sheets(gradebook_url(lab.course), lab.name)
    shares = late_shares(lab.course)
    after: dict[str, dict[str, Graded]] = {}
    for held in trial.results(lab.name):
        after.setdefault(held.student, {})[held.notebook] = Graded(held.result, None)
    folders = {path.parent.name for path in (lab.course.root / "autograded").glob(f"*/{lab.name}")}
    everybody = [s for s in sorted({*after, *folders}) if students is None or s in students]
    done.students[lab.name] = len(everybody)
    done.changes[lab.name] = []
    for student in everybody:
        before = read_graded(lab, lab.course.root / "autograded" / student / lab.name)
        change = student_change(
            lab,
            student,
            {one.result.notebook: one.result for one in before},
            {name: one.result for name, one in after.get(student, {}).items()},
            _own(sheets, student),
            None if shares is None else shares.get((student, lab.name), 0.0),
            _handed_in_again(before, trial, student, lab.name),
        )
        if change:
            done.changes[lab.name].append(change)


def _handed_in_again(before: Sequence[Graded], trial: Store, student: str, lab: str) -> list[str]:
    """The notebooks of which other bytes were graded now than before."""
    found = []
    keys = trial.held(student, lab)
    for one in before:
        was, name = submission_of(one.notebook), one.result.notebook
        now = trial.graded(keys[name]) if name in keys else None
        if was and now and submission_of(now.notebook) not in (None, was):
            found.append(f"{name}: {AGAIN}")
    return found


def _own(sheets: dict[str, dict[str, Any]], student: str) -> Sheets:
    return sheets.get(student, {})


def _apply(
    course: Course,
    labs: list[Lab],
    students: list[str] | None,
    trial: Store,
    runner: Any,
    limits: Limits,
    device: str,
    progress: Progress,
) -> ClassOutcome:
    """Take over the trial's results and land them; what the trial could not settle is graded once more."""
    with Store(course.root / "autograded" / RESULTS) as store:
        for lab in labs:
            for held in trial.results(lab.name):
                if students is None or held.student in students:
                    _take_over(store, trial, held.student, lab.name, held.notebook)
        with closing(Landing(course, store)) as landing:
            run = Run(store, runner, Planner(course, store, limits, device), landing, progress)
            with stop_on_signals(run):
                return run.grade(labs, students)


def _take_over(store: Store, trial: Store, student: str, lab: str, notebook: str) -> None:
    key = trial.held(student, lab)[notebook]
    if not trial.settled(key) or (graded := trial.graded(key)) is None:
        return
    if store.held(student, lab).get(notebook) != key or store.result(key) != graded.result:
        store.save(student, lab, notebook, key, graded, trial.timings(key))
