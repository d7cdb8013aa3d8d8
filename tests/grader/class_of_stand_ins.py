"""A class on the tiny course, and an engine that does what each submission's text says.

It stands in for the real engine where a test needs a breakdown at a chosen moment; everything around it is real.
"""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

from grader.course import Course
from grader.release import released_notebook
from grader.results import Exercise, Graded, Result, Seconds
from tests.grader.tiny_course import LAB

NOTEBOOKS = ("1-double", "2-square")


def hand_in(course: Course, student: str, notebook: str = "1-double", **says: Any) -> Path:
    """Write a submission that says {"share": share of all points, "do": what the engine does, "by": student}."""
    path = course.root / "submitted" / student / LAB / f"{notebook}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"share": 1.0, "by": student, **says}))
    return path


class StandIn:
    """An engine by the interface of the real one."""

    def __init__(self, course: Course, log: list[str]) -> None:
        self.course = course
        self.log = log
        self.ok = True
        self.closed = threading.Event()

    def grade(self, lab: str, notebook: str, raw: bytes) -> Graded:
        says = json.loads(raw)
        self.log.append(f"{says['by']} {notebook}")
        time.sleep(says.get("seconds", 0.0))
        if not self.ok:
            raise ConnectionError("the engine is gone")
        if says.get("do") == "kill":
            self.ok = False
            raise ConnectionError("the engine died")
        if says.get("do") == "sleep":
            self.closed.wait(30)
            raise ConnectionError("the engine was closed")
        source = self.course.lab(lab).notebook(notebook)
        exercises = [
            Exercise(
                e.name, says["share"] * e.points, e.points, "passed" if says["share"] == 1 else "partial"
            )
            for e in source.exercises
            if not e.manual
        ]
        executed = json.loads(json.dumps(released_notebook(source.source)))
        seconds = {"check": 0.002, "check double: a hidden number": 0.001}
        result = Result(lab, notebook, "graded", exercises=exercises, seconds=Seconds(0.0, 0.002, 0.003))
        return Graded(result, executed, seconds)

    def alive(self) -> bool:
        return self.ok

    def close(self) -> None:
        self.ok = False
        self.closed.set()
