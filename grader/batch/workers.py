"""Worker threads on one machine, sharing one engine; whatever breaks costs one notebook."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from grader.errors import GraderError
from grader.keys import submission_hash
from grader.results import Graded, Result

TICK_SECONDS = 0.2
MAX_CRASHES_IN_A_ROW = 5
ONE_CHECK = "check "


class FleetError(GraderError):
    """The run cannot go on; the message says why and what to do. Finished work is kept."""


class Engine(Protocol):
    """What the workers need of `grader.engine.Engine`; `grade` is called by many threads."""

    def grade(self, lab: str, notebook: str, raw: bytes) -> Graded:
        """Grade the bytes of one submitted notebook."""

    def alive(self) -> bool:
        """Whether it can grade another notebook."""

    def close(self) -> None:
        """End its processes; running calls of `grade` raise."""


@dataclass(frozen=True)
class Task:
    """One content to grade: `files` are (student, path) of all who handed in the same bytes.

    `notes` say what intake had to repair to find the file; `reason` says why it cannot be graded, if it cannot.
    """

    lab: str
    notebook: str
    key: str
    files: tuple[tuple[str, Path], ...]
    notes: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class Done:
    """What became of a task; `raw_hash` names the bytes that were really graded.

    `fault` says that the grader broke down, so that the reason may lie elsewhere than in the notebook.
    """

    task: Task
    graded: Graded
    raw_hash: str | None
    fault: bool = False
    timings: dict[str, float] = field(default_factory=dict)


class Notice(NamedTuple):
    """Something that is to be told while the run goes on."""

    words: str


class Ended(NamedTuple):
    """Word from a worker thread: `end` is the task's end or what broke it; without a task, the thread's own end."""

    task: Task | None
    end: Done | Exception | None


class Workers:
    """Grades tasks on `count` threads.

    A task over which the grader breaks down is tried once more at the end, alone and on a sound engine, so that a
    notebook is never blamed for its neighbour; if that fails too it is ungradable and the run goes on.
    """

    def __init__(
        self,
        start_engine: Callable[[list[str]], Engine],
        read: Callable[[Path], bytes],
        count: int | None = None,
    ) -> None:
        self._start_engine = start_engine
        self._read = read
        self.count = count or cores()
        self._labs: list[str] = []
        self._engine: Engine | None = None
        self._lock = threading.Lock()
        self._crashes = 0
        self.stopping = threading.Event()

    def run(self, tasks: Iterable[Task]) -> Iterator[Done | None]:
        """Yield each task's end as it comes, and None now and then in between."""
        waiting, suspects = deque(tasks), list[Task]()
        self._labs = sorted({task.lab for task in waiting})
        for task, end in self._spread(waiting, self.count):
            if task is not None and isinstance(end, Exception):
                suspects.append(task)
            else:
                yield end if isinstance(end, Done) else None
        for suspect in suspects:
            for task, end in self._spread(deque([suspect]), 1):
                if task is not None and isinstance(end, Exception):
                    yield broken(task, f"the grader broke down on this notebook twice ({end})")
                else:
                    yield end if isinstance(end, Done) else None

    def stop(self) -> None:
        """Hand out no more tasks and give up those that run; safe to call from a signal handler."""
        self.stopping.set()

    def close(self) -> None:
        """End the engine."""
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def _spread(self, waiting: deque[Task], count: int) -> Iterator[Ended]:
        """Yield each task with its end or what broke it, and a word without a task as time goes by."""
        ended: queue.Queue[Ended] = queue.Queue(maxsize=2 * count)
        running = min(count, len(waiting))
        for number in range(running):
            work = threading.Thread(
                target=self._work, args=(waiting, ended), name=f"worker-{number}", daemon=True
            )
            work.start()
        failure: Exception | None = None
        while running:
            if self.stopping.is_set():
                self.close()
            try:
                word = ended.get(timeout=TICK_SECONDS)
            except queue.Empty:
                yield Ended(None, None)
                continue
            if word.task is None:
                running -= 1
                if isinstance(word.end, Exception) and not self.stopping.is_set():
                    failure = word.end
                    self.stop()
            elif not (self.stopping.is_set() and isinstance(word.end, Exception)):
                yield word
        if failure is not None:
            raise failure

    def _work(self, waiting: deque[Task], ended: queue.Queue[Ended]) -> None:
        """Take tasks until none is left; the last word has no task, and why the whole run must end, if it must."""
        failure: FleetError | None = None
        while not self.stopping.is_set():
            try:
                task = waiting.popleft()
            except IndexError:
                break
            try:
                ended.put(Ended(task, self._grade(task)))
            except FleetError as error:
                failure = error
                break
            except Exception as error:  # one notebook's trouble must not reach another
                ended.put(Ended(task, error))
        ended.put(Ended(None, failure))

    def _grade(self, task: Task) -> Done:
        start = time.perf_counter()
        raw = self._read(task.files[0][1])
        read = time.perf_counter()
        graded = self._sound_engine().grade(task.lab, task.notebook, raw)
        with self._lock:
            self._crashes = 0
        seconds = {"read": read - start, **timings(graded, time.perf_counter() - read)}
        return Done(task, graded, submission_hash(raw), timings=seconds)

    def _sound_engine(self) -> Engine:
        """The engine, started again when it has died."""
        with self._lock:
            if self.stopping.is_set():
                raise FleetError("the run was stopped")
            if self._engine is not None and self._engine.alive():
                return self._engine
            if self._engine is not None:
                self._crashes += 1
                self._engine.close()
            if self._crashes >= MAX_CRASHES_IN_A_ROW:
                raise FleetError(
                    f"the grading engine died {self._crashes} times in a row; nothing that was finished is lost."
                    " `python -m grader check` on one notebook shows why"
                )
            try:
                self._engine = self._start_engine(self._labs)
            except Exception as error:
                raise FleetError(f"the grading engine does not start: {error}") from error
            return self._engine


def timings(graded: Graded, total: float, rest: str = "start") -> dict[str, float]:
    """Seconds by stage; what the stages leave of the total goes to `rest`.

    Seconds of CPU stand apart, and those of single checks ("check EXERCISE: ...") are part of the stage "check".
    """
    known = sum(
        seconds for stage, seconds in graded.timings.items() if not stage.startswith(("cpu", ONE_CHECK))
    )
    return {**graded.timings, rest: max(0.0, total - known)}


def broken(task: Task, reason: str) -> Done:
    """The end of a task over which the grader broke down."""
    return Done(task, Graded(Result(task.lab, task.notebook, "ungradable", reason), None), None, fault=True)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))
