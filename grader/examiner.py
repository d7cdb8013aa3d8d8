"""Grades one notebook, in a trusted but limited process: intake, the run in the sandbox, the hidden checks.

Entry of the checker's fork server. `around` collects the checks and builds the references once; each child
grades one submission. It asks the engine for sandboxed processes and gives one result back.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from grader.again import BEGIN_SECONDS, NoKernel, Seen, second_pass
from grader.boundary.wire import receive_frame, send_frame
from grader.checks.diagnosis import Outcome
from grader.checks.differences import by_check
from grader.checks.plugin import reference_of
from grader.checks.rules import imports
from grader.checks.suite import Suite, run_in_session
from grader.clean import shorten
from grader.course import Course, Notebook, grade_id
from grader.exam import NOT_WRITTEN, Exam
from grader.intake import Ungradable, parse_notebook, rebuild
from grader.limits import Limits
from grader.release import released_notebook
from grader.results import DIFFERENCES, REMARKS, Check, Exercise, Graded, Result, Seconds
from grader.run import NotebookRun
from grader.warm import load, modules_of, narrowed

MAX_MESSAGE = 4000  # characters; a message may repeat what the student's values are called

_suite: Suite | None = None
_course: Course | None = None
_released: dict[tuple[str, str], Any] = {}


def around(serve: Callable[[], None], arguments: dict[str, Any]) -> None:
    """Collect the labs' hidden checks and run the references, once for all children."""
    course = Course(arguments["root"])
    notebooks = narrowed(course, arguments["labs"], arguments["notebook"])
    paths = [n.checks for n in notebooks if n.checks.exists()]

    def work(suite: Suite) -> None:
        warm(course, suite, notebooks)
        serve()

    run_in_session(paths, work)


def warm(course: Course, suite: Suite, notebooks: list[Notebook]) -> None:
    """Make everything ready that all submissions of these notebooks share."""
    global _suite, _course
    import torch

    load(modules_of(notebooks))
    torch.set_num_threads(1)
    _suite, _course = suite, course
    for notebook in notebooks:
        released = released_notebook(notebook.source, str(notebook.path))
        _released[notebook.lab.name, notebook.name] = released
        imports(cell["source"] for cell in released.cells)  # kept for the rules: most cells are these
        reference_of(notebook.checks).namespace()
        for exercise in notebook.exercises:
            if exercise.manual:
                continue
            suite.checks(notebook, exercise.name)
            suite.known(notebook, exercise.name)


class RemoteKernel:
    """A sandboxed process that the engine started for this examiner."""

    def __init__(self, engine: socket.socket, sock: socket.socket, number: int) -> None:
        self.engine, self.sock, self.number = engine, sock, number

    def kill(self) -> None:
        """See grader.run.Kernel."""
        self.sock.close()
        send_frame(self.engine, {"kill": self.number})


def main(sockets: list[socket.socket], arguments: dict[str, Any]) -> None:
    """Grade the notebook that the engine sends, answer with the result."""
    engine = sockets[0]
    job, (raw,) = receive_frame(engine)
    limits = Limits(**job["limits"])
    assert _course is not None
    assert _suite is not None
    notebook = _course.lab(job["lab"]).notebook(job["notebook"])

    def start(again: bool = False) -> RemoteKernel:
        send_frame(engine, {"start": True, "again": again})
        answer, _ = receive_frame(engine)
        if "refused" in answer:
            raise NoKernel(answer["refused"])
        _, fds, _, _ = socket.recv_fds(engine, 1, 1)
        return RemoteKernel(engine, socket.socket(fileno=fds[0]), answer["number"])

    seen = Seen(BEGIN_SECONDS if job["device"] else 0.0)
    graded = examine(_suite, notebook, bytes(raw), start, limits, seen)
    again = bool(job["again"]) and seen.uses_torch()
    # the notebook may be larger than a frame's header
    answer = {"result": graded.result.to_dict(), "timings": graded.timings, "again": again}
    send_frame(engine, answer, [json.dumps(graded.notebook).encode()])
    if again:  # the marks are safe by now
        assert seen.rebuilt is not None
        exams = partial(
            Exam, _suite, notebook, seen.rebuilt, _released[notebook.lab.name, notebook.name].cells
        )
        send_frame(engine, {"divergences": second_pass(seen, exams, partial(start, again=True), limits)})


def examine(
    suite: Suite,
    notebook: Notebook,
    raw: bytes,
    start: Callable[[], Any],
    limits: Limits,
    seen: Seen | None = None,
) -> Graded:
    """The result of one submission's bytes; never raises for what a student handed in. `seen` is filled in."""
    seen = seen or Seen()
    began = time.perf_counter()
    result = Result(notebook.lab.name, notebook.name, "graded")
    released = _released[notebook.lab.name, notebook.name]
    try:
        parsed = parse_notebook(raw, limits)
        rebuilt = rebuild(parsed.cells, notebook.source, released)
    except Ungradable as problem:
        return ungradable(notebook, str(problem))
    result.repairs = [*parsed.repairs, *rebuilt.repairs]
    timings = {"intake": time.perf_counter() - began}
    run = NotebookRun(start, limits, begin_seconds=seen.begin_seconds)
    cells = [dict(cell) for cell in rebuilt.notebook.cells]
    started = time.perf_counter()
    run.run(cells)
    timings["run"] = time.perf_counter() - started
    result.repairs += [_left_out(cells[i], reason) for i, reason in run.left_out.items()]
    result.status = "repaired" if result.repairs else "graded"
    checking = time.perf_counter()
    told = _check(Exam(suite, notebook, rebuilt, released.cells, run, limits), result, seen, timings)
    seen.rebuilt = rebuilt
    timings["check"] = time.perf_counter() - checking
    total = time.perf_counter() - began
    result.seconds = Seconds(round(timings["run"], 4), round(timings["check"], 4), round(total, 4))
    executed = {**rebuilt.notebook, "cells": cells, "metadata": dict(rebuilt.notebook.metadata)}
    executed["metadata"] |= {"grader": result.to_dict(), **told}
    return Graded(result, executed, {k: round(v, 5) for k, v in timings.items()})


def _check(exam: Exam, result: Result, seen: Seen, timings: dict[str, float]) -> dict[str, dict[str, Any]]:
    """Mark every exercise into `result`; gives what is kept beside the marks: pictures of differences, remarks."""
    pictures, remarks = {}, {}
    for exercise in exam.exercises:
        found = seen.outcomes[exercise.name] = exam.exercise(exercise.name)
        timings |= {f"check {exercise.name}: {what}": spent for what, spent in exam.seconds.items()}
        result.exercises.append(marked(exercise.name, exercise.points, found))
        pictures[exercise.name] = by_check(found)
        if told := exam.remarks(exercise.name):
            remarks[exercise.name] = told
    exam.close()
    return {DIFFERENCES: pictures, REMARKS: remarks}


def ungradable(notebook: Notebook, reason: str) -> Graded:
    """No points for any exercise, and why."""
    exercises = [Exercise(e.name, 0.0, e.points, "not_run", []) for e in notebook.exercises if not e.manual]
    return Graded(Result(notebook.lab.name, notebook.name, "ungradable", reason, [], exercises), None)


def marked(name: str, points: float, outcomes: list[Outcome]) -> Exercise:
    """An exercise's points: the share of its checks that passed; anything unknown counts as not passed."""
    checks = [
        Check(o.name, _known(o.outcome), shorten(o.message, MAX_MESSAGE), o.misconception) for o in outcomes
    ]
    passed = sum(c.outcome == "passed" for c in checks)
    if checks and passed == len(checks):
        return Exercise(name, points, points, "passed", checks)
    if any(o.key == NOT_WRITTEN for o in outcomes):
        return Exercise(name, 0.0, points, "not_written", checks)
    if passed:
        return Exercise(name, round(points * passed / len(checks), 4), points, "partial", checks)
    failed = any(c.outcome == "failed" for c in checks)
    return Exercise(name, 0.0, points, "failed" if failed else "not_run", checks)


def _known(outcome: str) -> Any:
    return outcome if outcome in ("passed", "failed") else "not_run"


def _left_out(cell: dict[str, Any], reason: str) -> str:
    return f"The cell {grade_id(cell) or cell.get('id', '')!r} was left out: {reason}."
