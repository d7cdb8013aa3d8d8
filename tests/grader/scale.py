"""What the parent of a run costs as the class grows: time, memory, landing rate, and a second run.

    python -m tests.grader.scale [10 100 1000]

The engine is a stand-in that takes no time; reading, planning, results, gradebook and autograded/ are real. Each run
is a process of its own; two notebooks a student.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grader.course import Course
from tests.grader.fleet_of_stand_ins import Fleet, hand_in_both
from tests.grader.tiny_course import REPOSITORY, build

HEAD = "| students | seconds | CPU seconds | a student (ms of CPU) | parent's peak memory (MB) | unchanged: seconds | CPU |"


def grade(root: str) -> None:
    """Grade the class and print the process's own cost; for a process of its own."""
    start = time.perf_counter()
    outcome = Fleet(Course(Path(root))).run()
    assert outcome.exit_status == 0
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def measured(root: Path) -> tuple[float, float, float]:
    """Seconds, CPU seconds and peak memory in MB of grading the class."""
    code = f"from tests.grader.scale import grade; grade({str(root)!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, check=True, capture_output=True, text=True
    )
    seconds, cpu, memory = map(float, done.stdout.split())
    return seconds, cpu, memory


def unchanged(root: Path) -> tuple[float, float]:
    """Seconds and CPU seconds of `python -m grader grade` when nothing has changed."""
    before, start = os.times(), time.perf_counter()
    command = [sys.executable, "-m", "grader", "--course", str(root), "grade"]
    said = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stderr
    assert "0 notebooks to grade" in said, said
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - start, used


def main(sizes: list[int]) -> None:
    """Print a table of classes of these sizes."""
    print(f"{HEAD}\n|{'---|' * 7}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            course = build(Path(folder) / "course")
            for number in range(size):
                hand_in_both(course, f"s{number:05}", share=number % 5 / 4)
            seconds, cpu, memory = measured(course.root)
            again = unchanged(course.root)
        row = (f"{seconds:.1f}", f"{cpu:.1f}", f"{1000 * cpu / size:.0f}", f"{memory:.0f}")
        print("| " + " | ".join((str(size), *row, f"{again[0]:.1f}", f"{again[1]:.1f}")) + " |", flush=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10, 100, 1000])
