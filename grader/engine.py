"""The engine: two warm sandboxes, and one call that grades one notebook. Thread-safe; touches no gradebook."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Any

from grader.boundary.wire import WireError, WireTimeout, receive_frame, send_frame
from grader.course import Course, Notebook
from grader.cpus import own_cpu
from grader.devices import Passes, gpu_nodes, kernel_arguments, passes
from grader.errors import GraderError
from grader.keys import lab_parts
from grader.limits import MOST_PATIENCE, Limits
from grader.origin import ORIGIN, origin
from grader.results import DIVERGENCES, Divergence, Exercise, Graded, Result, Seconds
from grader.sandbox import Child, Mode, SandboxError, Zygote, choose_mode
from grader.warm import modules_of, narrowed

RESULT_BYTES = 192 << 20  # of a submission's largest text six times as much, as JSON, and the outputs
EXTRA_SECONDS = 30.0
LEAVE_SECONDS = 0.3
END_SECONDS = 5.0


class EngineError(GraderError):
    """The grader itself broke down; the notebook is not to blame."""


class Engine:
    """Grades notebooks of the given labs; `notebook` narrows it to one. `device` is the command line's, or which passes."""

    def __init__(
        self,
        course: Course,
        labs: Sequence[str],
        limits: Limits | None = None,
        mode: Mode | None = None,
        notebook: str | None = None,
        device: str | Passes = "cpu",
    ) -> None:
        self.course, self.limits = course, limits or Limits()
        self.passes = passes(device) if isinstance(device, str) else device
        self.mode, self.reasons = choose_mode(mode)
        self.judged_by: dict[str, dict[str, str]] = {}
        arguments = {"root": str(course.root), "labs": list(labs), "notebook": notebook}
        self._modules = modules_of(narrowed(course, labs, notebook))
        self.student = self._notebooks(self.passes.marks)
        self._again: Zygote | None = None
        self._refusal = ""
        self._lock = threading.Lock()
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
        with self._lock:
            if self._again is not None:
                self._again.close()

    def _notebooks(self, device: str | None) -> Zygote:
        """A sandbox for notebooks; only one that needs the GPU sees it."""
        entry, nodes = "grader.boundary.kernel", gpu_nodes() if device == "cuda" else []
        arguments = {**kernel_arguments(device), "modules": self._modules}
        return Zygote("student", entry, self.course.root, arguments, self.limits, self.mode, nodes)

    def again(self) -> Zygote:
        """The sandbox of the second pass, started when it is first needed. Raises SandboxError; one that does not start is
        not tried for each notebook.
        """
        with self._lock:
            if self._refusal:
                raise SandboxError(self._refusal)
            if self._again is None or not self._again.alive:
                self._again = self._notebooks(self.passes.again)
                try:
                    self._again.start()
                except SandboxError as error:
                    self._refusal = str(error)
                    raise
            return self._again

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
        self._held = contextlib.ExitStack()
        self.cpu = None if engine.passes.marks else self._held.enter_context(own_cpu())

    def run(self) -> Graded:
        limits = self.engine.limits
        self.sock, theirs = socket.socketpair()
        with theirs:
            self.examiner = self.engine.checker.fork([theirs], cpu=self.cpu)
        exercises = len(self.notebook.exercises)
        # an exercise that fails beside others is checked once more, alone
        seconds = (
            limits.run_seconds + 2 * exercises * limits.exercise_seconds + EXTRA_SECONDS
        ) * MOST_PATIENCE
        deadline, passes = time.monotonic() + seconds, self.engine.passes
        job = {"lab": self.notebook.lab.name, "notebook": self.notebook.name, "limits": limits.to_dict()}
        try:
            send_frame(self.sock, {**job, "device": passes.marks, "again": passes.again}, [self.raw])
            message, buffers = self._serve(deadline)
            graded = Graded(Result.from_dict(message["result"]), json.loads(buffers[0]), message["timings"])
        except WireTimeout:
            return _not_graded(self.notebook, f"it could not be graded within {seconds:g} seconds")
        except WireError as error:
            how = self.examiner.wait(5.0)
            if not self.engine.alive():
                raise EngineError(f"the sandbox ended: {error}") from error
            raise EngineError(f"the checking process ended ({how})") from error
        if message["again"]:
            self._once_more(graded, time.monotonic() + seconds)
        return graded

    def _once_more(self, graded: Graded, deadline: float) -> None:
        """Note what the second pass gave; whatever befalls it, the marks stand."""
        began = time.perf_counter()
        try:
            found = self._serve(deadline)[0]["divergences"]
        except (WireError, OSError) as error:
            found = [asdict(Divergence(message=str(error)))]
        graded.timings["again"] = round(time.perf_counter() - began, 5)
        if graded.notebook is not None:
            graded.notebook["metadata"][DIVERGENCES] = found

    def _serve(self, deadline: float) -> tuple[dict[str, Any], list[Any]]:
        """Give the examiner what it asks for, until it tells something."""
        assert self.sock is not None
        while True:
            message, buffers = receive_frame(self.sock, deadline, RESULT_BYTES)
            if "start" in message:
                self._start_kernel(message["again"])
            elif "kill" in message:
                self._kill(message["kill"])
            else:
                return message, buffers

    def _start_kernel(self, again: bool) -> None:
        assert self.sock is not None
        ours, theirs = socket.socketpair()
        with ours, theirs:
            try:
                if again:
                    child = self.engine.again().fork([theirs])
                else:
                    child = self.engine.student.fork([theirs], cpu=self.cpu)
            except SandboxError as error:
                if not again:
                    raise
                send_frame(self.sock, {"refused": str(error)})
                return
            number = len(self.kernels)
            self.kernels[number] = child
            send_frame(self.sock, {"number": number})
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
        self._held.close()
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
