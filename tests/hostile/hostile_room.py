"""One engine, warm for the whole corpus, in a small course with traps around it."""

from __future__ import annotations

from pathlib import Path

import hostile_course
import nbformat
from hostile_course import LAB, NAME
from hostile_traps import Traps

from grader.engine import Engine
from grader.limits import Limits
from grader.reporting.pages import render_notebook
from grader.results import Graded

LIMITS = Limits(
    cell_seconds=1,
    run_seconds=10,
    call_seconds=1.5,
    exercise_seconds=3,
    memory_mb=3000,
    processes=40,
    file_mb=16,
    tmp_mb=32,
    output_bytes=200_000,
    notebook_output_bytes=500_000,
)


class Room:
    """The course, its engine, and the traps around them."""

    def __init__(self, folder: Path) -> None:
        self.course = hostile_course.build(folder / "course")
        watched = [folder / "course"]
        self.traps = Traps(folder / "traps", watched)
        self.engine = Engine(self.course, [LAB], LIMITS)
        self.innocent = nbformat.writes(hostile_course.submission()).encode()

    def grade(self, raw: bytes) -> Graded:
        return self.engine.grade(LAB, NAME, raw)

    def page(self, graded: Graded) -> str:
        return render_notebook(self.course.lab(LAB), graded, "student")

    def __enter__(self) -> Room:
        self.engine.start()
        return self

    def __exit__(self, *details: object) -> None:
        self.engine.close()
        self.traps.close()


def points(graded: Graded) -> dict[str, float]:
    """The points of each exercise."""
    return {exercise.name: exercise.points for exercise in graded.result.exercises}
