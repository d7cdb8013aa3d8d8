"""What a run has to do: submissions that are new or changed, each content once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.batch.store import Store
from grader.batch.workers import Done, Task
from grader.course import Course, Lab
from grader.intake import Submission, Ungradable, find_submissions, read_submission
from grader.keys import content_key, lab_fingerprint, submission_hash
from grader.limits import Limits
from grader.results import Graded, Result


@dataclass
class Plan:
    """Tasks by content key, in order of lab, student and notebook.

    `ready` are results that need no engine, `settled` are (student, lab) pairs with nothing new, `pending` counts
    what the others wait for, `problems` are files in submitted/ that belong to nobody.
    """

    tasks: dict[str, Task] = field(default_factory=dict)
    ready: list[Done] = field(default_factory=list)
    settled: list[tuple[str, str]] = field(default_factory=list)
    pending: Counter[tuple[str, str]] = field(default_factory=Counter)
    unchanged: int = 0
    problems: list[str] = field(default_factory=list)


class Planner:
    """Compares submitted/ with the store."""

    def __init__(
        self, course: Course, store: Store, limits: Limits, device: str = "cpu", force: bool = False
    ) -> None:
        self.course = course
        self.store = store
        self.limits = limits
        self.device = device
        self.force = force
        self.submitted = course.root / "submitted"
        self._fingerprints: dict[str, str] = {}

    def plan(self, labs: list[Lab], students: list[str] | None = None) -> Plan:
        """Plan the grading of these labs for these students (None: all that handed in)."""
        plan = Plan()
        for lab in labs:
            self._fingerprints[lab.name] = lab_fingerprint(self.course, lab.name)
            listing = find_submissions(self.submitted, lab)
            plan.problems += listing.problems
            for submission in listing.submissions:
                if students is None or submission.student in students:
                    self._submission(plan, lab, submission)
        return plan

    def read(self, path: Path) -> bytes:
        """The bytes of a submitted file; raises Ungradable with the reason."""
        return read_submission(path, self.limits, self.submitted)

    def key(self, lab: str, notebook: str, raw_hash: str, notes: tuple[str, ...] = ()) -> str:
        """The content key of a file handed in to a lab that was planned; its notes are part of the result."""
        return content_key(
            "\n".join([notebook, raw_hash, *notes]), self._fingerprints[lab], self.limits, self.device
        )

    def _submission(self, plan: Plan, lab: Lab, submission: Submission) -> None:
        """Sort each notebook of a submission into the plan."""
        student, held = submission.student, self.store.held(submission.student, lab.name)
        for name in [notebook.name for notebook in lab.notebooks]:
            task = self._task(lab.name, name, submission)
            if task is None:
                if name in held:
                    self.store.release(student, lab.name, name)
            elif self.store.settled(task.key) and not self.force:
                plan.unchanged += 1
                if held.get(name) != task.key:
                    self.store.hold(student, lab.name, name, task.key)
            else:
                plan.pending[student, lab.name] += 1
                self._add(plan, task)
        if not plan.pending[student, lab.name]:
            plan.settled.append((student, lab.name))

    def _add(self, plan: Plan, task: Task) -> None:
        """Add a task, or its files to the task of the same content."""
        if task.reason is not None:
            graded = Graded(Result(task.lab, task.notebook, "ungradable", task.reason), None)
            plan.ready.append(Done(task, graded, task.key))
        elif task.key in plan.tasks:
            first = plan.tasks[task.key]
            plan.tasks[task.key] = replace(first, files=(*first.files, *task.files))
        else:
            plan.tasks[task.key] = task

    def _task(self, lab: str, notebook: str, submission: Submission) -> Task | None:
        """What there is to do for a notebook; None when it was not handed in."""
        path, notes = submission.files.get(notebook), tuple(submission.notes.get(notebook, ()))
        reason = submission.missing.get(notebook)
        if path is None:
            if reason is None or (submission.files and reason == not_handed_in(notebook)):
                return None
            path = self.submitted / submission.raw / lab
        else:
            try:
                raw_hash = submission_hash(self.read(path))
            except Ungradable as error:
                reason = error.reason
        if reason is not None:
            raw_hash = submission_hash(f"no content: {reason}".encode())
        key = self.key(lab, notebook, raw_hash, notes)
        return Task(lab, notebook, key, ((submission.student, path),), notes, reason)


def not_handed_in(notebook: str) -> str:
    """How intake says that a notebook is simply not there."""
    return f"There is no file {notebook}.ipynb."
