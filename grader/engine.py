"""The engine: two warm sandboxes, and one call that grades one notebook. Thread-safe; touches no gradebook."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from grader.boundary.wire import WireError, WireTimeout, receive_frame, send_frame
from grader.course import Course, Notebook
from grader.errors import GraderError
from grader.keys import lab_parts
from grader.limits import MOST_PATIENCE, Limits
from grader.origin import ORIGIN, origin
from grader.results import Exercise, Graded, Result, Seconds
from grader.sandbox import Child, Mode, SandboxError, Zygote, choose_mode

RESULT_BYTES = 192 << 20  # of a submission's largest text six times as much, as JSON, and the outputs
EXTRA_SECONDS = 30.0
LEAVE_SECONDS = 0.3
END_SECONDS = 5.0


class EngineError(GraderError):
    """The grader itself broke down; the notebook is not to blame."""


class Engine:
    """Grades notebooks of the given labs; `notebook` narrows it to one."""

    def __init__(
        self,
        course: Course,
        labs: Sequence[str],
        limits: Limits | None = None,
        mode: Mode | None = None,
        notebook: str | None = None,
    ) -> None:
        self.course, self.limits = course, limits or Limits()
        self.mode, self.reasons = choose_mode(mode)
        self.judged_by: dict[str, dict[str, str]] = {}
        arguments = {"root": str(course.root), "labs": list(labs), "notebook": notebook}
        self.student = Zygote("student", "grader.boundary.kernel", course.root, {}, self.limits, self.mode)
        # the checker is the course's own code: it makes the references of all labs ready
        patient = self.limits.but(start_seconds=10 * self.limits.start_seconds)
        self.checker = Zygote("checker", "grader.examiner", course.root, arguments, patient, self.mode)

    def __enter__(self) -> Engine:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start both sandboxes side by side; raises SandboxError."""
        failures: list[BaseException] = []

        def begin(zygote: Zygote) -> None:
            try:
                zygote.start()
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=begin, args=(z,)) for z in (self.student, self.checker)]
        for thread in threads:
            thread.start()
        self.judged_by = {lab: lab_parts(self.course, lab) for lab in self.checker.arguments["labs"]}
        for thread in threads:
            thread.join()
        if failures:
            self.close()
            raise failures[0]

    def close(self) -> None:
        """End the sandboxes and everything in them."""
        self.checker.close()
        self.student.close()

    def alive(self) -> bool:
        """Whether it can grade another notebook."""
        return self.student.alive and self.checker.alive

    def grade(self, lab: str, notebook: str, raw: bytes) -> Graded:
        """Grade the bytes of one submitted notebook. Raises EngineError when the grader itself broke down."""
        began = time.perf_counter()
        job = _Job(self, self.course.lab(lab).notebook(notebook), raw)
        try:
            graded = job.run()
        except SandboxError as error:
            raise EngineError(str(error)) from error
        finally:
            cpu = job.close()
        graded.timings |= cpu
        graded.result.seconds.total = round(time.perf_counter() - began, 4)
        if graded.notebook is not None:
            found = origin(raw, self.judged_by.get(lab, {}), self.limits, self.mode)
            graded.notebook["metadata"][ORIGIN] = found
        return graded


class _Job:
    """One notebook: its examiner, and the sandboxed processes that the examiner asks for."""

    def __init__(self, engine: Engine, notebook: Notebook, raw: bytes) -> None:
        self.engine, self.notebook, self.raw = engine, notebook, raw
        self.kernels: dict[int, Child] = {}
        self.examiner: Child | None = None
        self.sock: socket.socket | None = None

    def run(self) -> Graded:
        limits = self.engine.limits
        self.sock, theirs = socket.socketpair()
        with theirs:
            self.examiner = self.engine.checker.fork([theirs])
        exercises = len(self.notebook.exercises)
        seconds = (limits.run_seconds + exercises * limits.exercise_seconds + EXTRA_SECONDS) * MOST_PATIENCE
        deadline = time.monotonic() + seconds
        job = {"lab": self.notebook.lab.name, "notebook": self.notebook.name, "limits": limits.to_dict()}
        try:
            send_frame(self.sock, job, [self.raw])
            return self._serve(deadline)
        except WireTimeout:
            return _not_graded(self.notebook, f"it could not be graded within {seconds:g} seconds")
        except WireError as error:
            how = self.examiner.wait(5.0)
            if not self.engine.alive():
                raise EngineError(f"the sandbox ended: {error}") from error
            raise EngineError(f"the checking process ended ({how})") from error

    def _serve(self, deadline: float) -> Graded:
        assert self.sock is not None
        while True:
            message, buffers = receive_frame(self.sock, deadline, RESULT_BYTES)
            if "start" in message:
                self._start_kernel()
            elif "kill" in message:
                self._kill(message["kill"])
            else:
                notebook = json.loads(buffers[0])
                return Graded(Result.from_dict(message["result"]), notebook, message["timings"])

    def _start_kernel(self) -> None:
        assert self.sock is not None
        ours, theirs = socket.socketpair()
        with ours, theirs:
            child = self.engine.student.fork([theirs])
            self.kernels[child.number] = child
            send_frame(self.sock, {"number": child.number})
            socket.send_fds(self.sock, [b"k"], [ours.fileno()])

    def _kill(self, number: Any) -> None:
        child = self.kernels.get(number)
        if child is not None:
            child.kill()

    def close(self) -> dict[str, float]:
        """End everything that belongs to this notebook; the CPU seconds of its two sides."""
        if self.sock is not None:
            self.sock.close()
        children = [*([self.examiner] if self.examiner else []), *self.kernels.values()]
        ends = [_end(child) for child in children]
        return {"cpu_checks": ends[0], "cpu_notebook": sum(ends[1:])} if ends else {}


def _end(child: Child) -> float:
    """See a process off, by force if it does not go by itself; its CPU seconds."""
    how = child.wait(LEAVE_SECONDS)
    if how is None:
        child.kill()
        how = child.wait(END_SECONDS)
    return how.cpu_seconds if how else 0.0


def _not_graded(notebook: Notebook, reason: str) -> Graded:
    exercises = [Exercise(e.name, 0.0, e.points, "not_run") for e in notebook.exercises if not e.manual]
    result = Result(notebook.lab.name, notebook.name, "ungradable", reason, [], exercises, Seconds())
    return Graded(result, None)
