"""A run of a class in a process of its own, with an engine in another one, both made to be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

from grader.batch.fleet import grade_with
from grader.batch.progress import Progress, Step
from grader.batch.workers import Workers
from grader.course import Course
from grader.errors import GraderError
from grader.intake import read_submission
from grader.limits import Limits
from grader.results import Graded
from tests.grader.class_of_stand_ins import StandIn

ENGINE = "import sys, time\nfor line in sys.stdin: time.sleep(float(line)); print('done', flush=True)"


class Log:
    """Lines that outlive whoever wrote them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, line: str) -> None:
        with open(self.path, "a") as file:
            file.write(line + "\n")

    def lines(self, word: str = "") -> list[str]:
        """The lines that begin with a word."""
        text = self.path.read_text() if self.path.exists() else ""
        return [line for line in text.split("\n")[:-1] if line.startswith(word)]


class ProcessStandIn(StandIn):
    """The stand-in, whose work takes place in a process that can be killed."""

    def __init__(self, course: Course, log: Log) -> None:
        super().__init__(course, [])
        self.events = log
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", ENGINE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        log.add(f"engine {self.process.pid}")

    def grade(self, lab: str, notebook: str, raw: bytes) -> Graded:
        says = json.loads(raw)
        with self.lock:
            assert self.process.stdin
            assert self.process.stdout
            self.events.add(f"ask {says['by']} {notebook}")
            try:
                self.process.stdin.write("0.01\n")
                self.process.stdin.flush()
                if not self.process.stdout.readline():
                    raise ConnectionError("the engine died")
            except OSError:
                self.ok = False
                raise
        return super().grade(lab, notebook, raw)

    def close(self) -> None:
        super().close()
        self.process.kill()
        self.process.wait()


class Told(Progress):
    """Writes down what is finished."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def begin(self, total: int, unchanged: int) -> None:
        self.log.add("begin")

    def step(self, step: Step) -> None:
        self.log.add(f"told {step.student} {step.notebook}")


def run(root: Path, path: Path, wait: float = 0.0) -> None:
    """Grade the class; for a process that may be killed. An error ends it with status 2 and its words in the log."""
    course, log = Course(root), Log(path)
    read = partial(read_submission, limits=Limits(), below=root / "submitted")
    workers = Workers(lambda labs: ProcessStandIn(course, log), read, 2)
    try:
        outcome = grade_with(workers, course, progress=Told(log), wait=wait)
    except GraderError as error:
        log.add(f"error {error}")
        os._exit(2)
    finally:
        workers.close()
    log.add(f"ended {outcome.exit_status}")
