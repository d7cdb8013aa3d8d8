"""Grade a class: find what changed, have it graded, save each result at once, land the marks."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from grader.batch.lock import RunLock
from grader.batch.plan import Plan, Planner
from grader.batch.progress import Progress, Step, plural
from grader.batch.runner import Runner, make_runner
from grader.batch.store import Held, Store, StoreError
from grader.batch.workers import ONE_CHECK, Done, Notice, Task
from grader.course import Course, Lab
from grader.limits import Limits
from grader.marking.landing import Landing
from grader.results import Graded, divergences

if TYPE_CHECKING:
    from grader.sandbox.process import Mode

RESULTS = "results.sqlite"
LOCK = "grading.lock"
MAX_LANDING_FAILURES_IN_A_ROW = 3
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class ClassOutcome:
    """What a run did. The results themselves are in the store, so that this does not grow with the class.

    `ungradable` lists (student, lab, notebook, reason), `not_landed` (student, lab, reason) where the gradebook could
    not be written, `faults` (student, lab, words) where a result made no sense to the marking, `problems` files in
    submitted/ that belong to nobody, `diverged` (student, lab, notebook) whose checks came out differently on the GPU,
    which costs nothing; `breakdown` sums the seconds of each stage over all submissions.
    """

    store: Path
    labs: list[str]
    graded: int = 0
    unchanged: int = 0
    landed: int = 0
    ungradable: list[tuple[str, str, str, str]] = field(default_factory=list)
    not_landed: list[tuple[str, str, str]] = field(default_factory=list)
    faults: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    diverged: list[tuple[str, str, str]] = field(default_factory=list)
    stopped: bool = False
    seconds: float = 0.0
    breakdown: dict[str, float] = field(default_factory=dict)

    @property
    def exit_status(self) -> int:
        """0 when every submission was graded and landed, 1 when not, 130 when the run was stopped."""
        if self.stopped:
            return 130
        return 1 if self.ungradable or self.not_landed or self.faults else 0

    def add_seconds(self, seconds: dict[str, float]) -> None:
        """Add to the breakdown; single checks are left out, their stage is there."""
        for stage, spent in seconds.items():
            if not stage.startswith(ONE_CHECK):
                self.breakdown[stage] = self.breakdown.get(stage, 0.0) + spent

    def results(self) -> Iterator[Held]:
        """Every result of the labs in order of lab, student and notebook, one in memory at a time."""
        with Store(self.store) as store:
            for lab in self.labs:
                yield from store.results(lab)


def grade_class(
    course: Course,
    labs: list[str] | None = None,
    students: list[str] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    device: str = "auto",
    force: bool = False,
    limits: Limits | None = None,
    progress: Progress | None = None,
    wait: float = 0.0,
    mode: Mode | None = None,
) -> ClassOutcome:
    """Grade what is new or changed in submitted/ and land the marks in the gradebook.

    `labs` and `students` default to all; `wait` is how long to wait for another run on this course, in seconds;
    `mode` is that of the sandbox, by default the strongest that holds here.
    Raises CourseBusy when it goes on longer, StoreError when results cannot be written, FleetError when the
    engine does not work; what was finished is kept in each case and a new call goes on from there.
    """
    limits = limits or Limits()
    runner = make_runner(course, limits, workers, scheduler, mode, device)
    with closing(runner):
        return grade_with(runner, course, labs, students, device, force, limits, progress, wait)


def grade_with(
    runner: Runner,
    course: Course,
    labs: list[str] | None = None,
    students: list[str] | None = None,
    device: str = "auto",
    force: bool = False,
    limits: Limits | None = None,
    progress: Progress | None = None,
    wait: float = 0.0,
) -> ClassOutcome:
    """Do what `grade_class` does with a runner of one's own."""
    chosen = [course.lab(name) for name in dict.fromkeys(labs or [lab.name for lab in course.labs])]
    folder = course.root / "autograded"
    with RunLock(folder / LOCK, wait), Store(folder / RESULTS) as store:
        planner = Planner(course, store, limits or Limits(), device, force)
        with closing(Landing(course, store)) as landing:
            run = Run(store, runner, planner, landing, progress or Progress())
            with stop_on_signals(run):
                return run.grade(chosen, students)


class Run:
    """One run over a class: a runner grades, this saves, counts and lands in one thread."""

    def __init__(
        self, store: Store, runner: Runner, planner: Planner, landing: Landing, progress: Progress
    ) -> None:
        self.store = store
        self.runner = runner
        self.planner = planner
        self.landing = landing
        self.progress = progress
        self.stopped = False
        self._pending: Counter[tuple[str, str]] = Counter()
        self._landing_failures = 0
        self._told: set[tuple[str, str, str]] = set()

    def grade(self, labs: list[Lab], students: list[str] | None = None) -> ClassOutcome:
        """Grade, save and land everything of these labs that needs it."""
        start = time.monotonic()
        self.outcome = ClassOutcome(self.store.path, [lab.name for lab in labs])
        plan = self.planner.plan(labs, students)
        self.outcome.unchanged = plan.unchanged
        self.outcome.problems = plan.problems
        self._pending = plan.pending
        self.progress.begin(self._pending.total(), plan.unchanged)
        for problem in plan.problems:
            self.progress.note(problem)
        if students and not (self._pending or plan.unchanged):
            self.progress.note(f"nothing is handed in by {', '.join(students)}")
        self._carry_out(plan)
        self.progress.end(len(self.outcome.not_landed))
        if self.outcome.diverged:
            count = plural(len(self.outcome.diverged), "notebook")
            self.progress.note(
                f"{count} came out differently on the GPU; no mark was changed, the report lists them"
            )
        self.outcome.ungradable = list(self._ungradable(labs, students))
        for student, lab, notebook, reason in self.outcome.ungradable:
            if (student, lab, notebook) not in self._told:
                self.progress.note(f"{student} {lab}/{notebook}: cannot be graded, as before: {reason}")
        self.outcome.stopped = self.stopped
        self.outcome.seconds = time.monotonic() - start
        return self.outcome

    def stop(self) -> None:
        """End early: what is finished is saved and landed, what runs is given up."""
        self.stopped = True
        self.runner.stop()

    def _carry_out(self, plan: Plan) -> None:
        for student, lab in plan.settled:
            if self.landing.needed(student, lab):
                self._land(student, lab)
        for done in plan.ready:
            self._finish(done, done.task.key, done.task.files)
        tasks = list(plan.tasks.values())
        if tasks:
            self.landing.prepare()
        while tasks and not self.stopped:
            tasks = self._grade_all(tasks)

    def _grade_all(self, tasks: list[Task]) -> list[Task]:
        """Grade the tasks; give back those of twins whose first file was changed while the run went on."""
        left = []
        for done in self.runner.run(tasks):
            if done is None:
                self.progress.tick()
                continue
            if isinstance(done, Notice):
                self.progress.note(done.words)
                continue
            task, key = done.task, done.task.key
            if done.raw_hash is not None:
                key = self.planner.key(task.lab, task.notebook, done.raw_hash, task.notes)
            same = task.files if key == task.key else task.files[:1]
            if len(same) < len(task.files):
                left.append(replace(task, files=task.files[len(same) :]))
            self._finish(done, key, same)
        return left

    def _finish(self, done: Done, key: str, files: tuple[tuple[str, Path], ...]) -> None:
        """Save a result for those who handed it in, tell it, and land a lab when this was the last of it."""
        graded = with_notes(done.graded, done.task.notes)
        lab, notebook = graded.result.lab, graded.result.notebook
        self.outcome.add_seconds(done.timings)
        differs = divergences(graded.notebook)
        for student, _ in files:
            if student == files[0][0]:
                self.store.save(student, lab, notebook, key, graded, done.timings, done.fault)
            else:
                self.store.hold(student, lab, notebook, key)
            self.outcome.graded += 1
            self.progress.step(step_of(student, graded))
            if differs:
                self.outcome.diverged.append((student, lab, notebook))
                more = f" (and {len(differs) - 1} more)" if differs[1:] else ""
                self.progress.note(f"{student} {lab}/{notebook}: no points lost: {differs[0].words()}{more}")
            if graded.result.status == "ungradable":
                self._told.add((student, lab, notebook))
            self._pending[student, lab] -= 1
            if not self._pending[student, lab]:
                self._land(student, lab)

    def _land(self, student: str, lab: str) -> None:
        """Write a student's lab to the gradebook; a failure is told and costs nobody else."""
        if self._landing_failures >= MAX_LANDING_FAILURES_IN_A_ROW:
            self.outcome.not_landed.append((student, lab, "not tried after the failures before it"))
            return
        try:
            faults = self.landing.land(student, lab)
        except StoreError:
            raise
        except Exception as error:
            self._landing_failures += 1
            self.outcome.not_landed.append((student, lab, str(error)))
            self.progress.note(
                f"{student} {lab}: the result is saved but its marks could not be landed: {error}"
            )
            return
        self._landing_failures = 0
        self.outcome.landed += 1
        self.outcome.faults += [(student, lab, fault) for fault in faults]
        self.outcome.add_seconds(self.landing.seconds)

    def _ungradable(self, labs: list[Lab], students: list[str] | None) -> Iterator[tuple[str, str, str, str]]:
        for lab in labs:
            for held in self.store.results(lab.name, status="ungradable"):
                if students is None or held.student in students:
                    yield held.student, held.lab, held.notebook, held.result.reason or ""


def with_notes(graded: Graded, notes: tuple[str, ...]) -> Graded:
    """The result with what had to be repaired to find its file."""
    if not notes:
        return graded
    result = graded.result
    status = "repaired" if result.status == "graded" else result.status
    return replace(graded, result=replace(result, status=status, repairs=[*notes, *result.repairs]))


def step_of(student: str, graded: Graded) -> Step:
    """Sum a result up for the progress report."""
    result = graded.result
    points = sum(exercise.points for exercise in result.exercises)
    most = sum(exercise.max_points for exercise in result.exercises)
    where = (student, result.lab, result.notebook, result.status, result.reason)
    return Step(*where, points, most, result.seconds.total)


@contextmanager
def stop_on_signals(run: Run) -> Iterator[None]:
    """While this holds, the first SIGINT, SIGTERM or SIGHUP ends the run in order, the second at once; what nohup ignores
    stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if run.stopped:
            raise KeyboardInterrupt
        run.stop()

    heard = [number for number in STOPPING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
