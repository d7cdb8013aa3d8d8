"""For `dask worker --preload`: the worker's engine is the stand-in, and a submission may kill the worker."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import grader.engine
from grader.course import Course
from grader.limits import Limits
from grader.results import Graded
from tests.grader.class_of_stand_ins import StandIn


class WorkerStandIn(StandIn):
    """The stand-in with the real engine's way of starting."""

    def __init__(self, course: Course, labs: list[str], limits: Limits, device: str) -> None:
        super().__init__(course, [])

    def __enter__(self) -> WorkerStandIn:
        return self

    def grade(self, lab: str, notebook: str, raw: bytes) -> Graded:
        says: dict[str, Any] = json.loads(raw)
        if says.get("do") == "kill the worker":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().grade(lab, notebook, raw)


grader.engine.Engine = WorkerStandIn  # type: ignore[misc, assignment]
