"""A Dask scheduler and its workers as processes of their own, for tests; a worker's engine is the stand-in."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from grader.batch.progress import Progress, Step
from grader.course import Course
from grader.marking.gradebook import open_gradebook
from tests.grader.tiny_course import LAB, REPOSITORY

PRELOAD = REPOSITORY / "tests" / "grader" / "stand_in_preload.py"


class Site:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.file = folder / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start(
            "scheduler", "--port", str(port), "--no-dashboard", "--scheduler-file", str(self.file)
        )
        deadline = time.monotonic() + 120
        while not self.file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.address: str = json.loads(self.file.read_text())["address"]

    def worker(self, *arguments: str, stand_in: bool = True) -> subprocess.Popen[bytes]:
        common = ("--nthreads", "1", "--no-dashboard", "--death-timeout", "60")
        if not stand_in:
            return self._start("worker", self.address, *common, *arguments)
        ours = {"TMPDIR": str(self.file.parent)}  # a killed worker leaves its course there
        return self._start("worker", self.address, *common, "--preload", str(PRELOAD), *arguments, **ours)

    def _start(self, what: str, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            **settings,
            "PYTHONPATH": str(REPOSITORY),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
        }
        command = [sys.executable, "-m", "dask", what, *arguments]
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=self.file.parent,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def end(self) -> None:
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def marks(course: Course) -> dict[str, float]:
    with open_gradebook(course) as gradebook:
        return {s.student_id: s.score for s in gradebook.assignment_submissions(LAB)}


class After(Progress):
    """Does something when that many notebooks are done."""

    def __init__(self, count: int, do) -> None:
        self.count = count
        self.do = do

    def step(self, step: Step) -> None:
        self.count -= 1
        if self.count == 0:
            self.do()
