"""What a right answer to each notebook costs beyond its own computation, one notebook at a time on a warm engine.

python -m grader.bench.budgets [LAB ...]
"""

from __future__ import annotations

import argparse
import math
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil

from grader.bench.peers import right_answers
from grader.course import Course, Lab, course_root
from grader.engine import Engine
from grader.run import NotebookRun

REPEAT = 5
INLINE = "module://matplotlib_inline.backend_inline"
BARE = """
import sys
import time
import nbformat
from grader.boundary.kernel import WARM, load
from grader.boundary.shell import make_shell, run_cell
load(WARM)
shell = make_shell()
cells = [c.source for c in nbformat.read(sys.argv[1], as_version=4).cells if c.cell_type == "code"]
for _ in range(2):
    start = time.process_time()
    for cell in cells:
        run_cell(shell, cell, 60.0, 1 << 20, lambda output: None)
    spent = time.process_time() - start
sys.__stdout__.write(f"\\n{spent}\\n")
"""


class Cost(NamedTuple):
    """Of one notebook: seconds of wall clock from its bytes to the result, of that the checks; CPU seconds of all its
    processes, and of its cells alone.
    """

    wall: float
    checks: float
    cpu: float
    own: float


class Kernel(NamedTuple):
    """Of a lab's warm kernel: seconds of wall clock until it has run a cell, and the memory that it has for itself, in MB
    (nan where the system does not tell).
    """

    ready: float
    private: float


def costs(course: Course, lab: Lab, engine: Engine) -> Iterator[tuple[str, Cost]]:
    """Each notebook's name with the medians of its cost."""
    with tempfile.TemporaryDirectory() as name:
        right_answers(course, lab).save(Path(name))
        for notebook in lab.notebooks:
            path = Path(name) / f"{notebook.name}.ipynb"
            runs = [_one(engine, lab.name, notebook.name, path.read_bytes()) for _ in range(REPEAT + 1)][1:]
            wall, checks, cpu = map(statistics.median, zip(*runs, strict=True))
            yield notebook.name, Cost(wall, checks, cpu, _own(path))


def _one(engine: Engine, lab: str, notebook: str, raw: bytes) -> tuple[float, float, float]:
    start = time.perf_counter()
    graded = engine.grade(lab, notebook, raw)
    cpu = graded.timings["cpu_checks"] + graded.timings["cpu_notebook"]
    return time.perf_counter() - start, graded.result.seconds.check, cpu


def _own(path: Path) -> float:
    """CPU seconds of the cells in IPython, in a process that has run them before."""
    command = [sys.executable, "-W", "ignore", "-c", BARE, str(path)]
    quiet = {
        **os.environ,
        "GRADING": "1",
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": INLINE,
        "COURSE_ROOT": str(course_root()),
    }
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=quiet, cwd=path.parent)
    return float(done.stdout.split()[-1])


def kernel(engine: Engine) -> Kernel:
    """The medians of a warm kernel of the engine."""
    found = [_kernel(engine) for _ in range(REPEAT)]
    return Kernel(*map(statistics.median, zip(*found, strict=True)))


def _kernel(engine: Engine) -> tuple[float, float]:
    before = set(psutil.Process().children(recursive=True))
    ours, theirs = socket.socketpair()
    start = time.perf_counter()
    with theirs:
        child = engine.student.fork([theirs])
    with ours:
        run = NotebookRun(lambda: _Started(ours), engine.limits)
        run.run([{"cell_type": "code", "source": "1 + 1", "metadata": {}}])
        ready = time.perf_counter() - start
        new = set(psutil.Process().children(recursive=True)) - before
        private = sum(map(_private_megabytes, new))
    child.wait(5.0)
    return ready, private


class _Started:
    """A kernel that is seen off by closing its socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def kill(self) -> None:
        """See grader.run.Kernel."""
        self.sock.close()


def _private_megabytes(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().uss / 1e6)
    except psutil.AccessDenied:
        return math.nan


def table(course: Course, labs: list[str]) -> Iterator[str]:
    """The costs as lines of a Markdown table, as they are measured."""
    yield (
        "| notebook | seconds | of that checks | CPU seconds | of that its own cells | beyond them "
        "| kernel ready (seconds) | memory of its own (MB) |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for lab in map(course.lab, labs):
        with Engine(course, [lab.name]) as engine:
            warm = kernel(engine)
            for name, cost in costs(course, lab, engine):
                numbers = f"{cost.wall:.2f} | {cost.checks:.2f} | {cost.cpu:.2f} | {cost.own:.2f}"
                beyond = f"{cost.cpu - cost.own:.2f} | {warm.ready:.2f} | {warm.private:.0f}"
                yield f"| {lab.name}/{name} | {numbers} | {beyond} |"


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m grader.bench.budgets", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("labs", nargs="*", metavar="LAB", help="default: all")
    course = Course(course_root())
    for line in table(course, parser.parse_args(arguments).labs or [lab.name for lab in course.labs]):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
