"""Every submission of the corpus gets its due mark, touches nothing, shows nothing, and harms no other student."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import hostile_course
from hostile_cases import Case
from hostile_causes import CAUSES
from hostile_course import FULL, LAB, NAME, SECRETS
from hostile_traps import Traps

from grader.course import Course
from grader.engine import Engine
from grader.limits import Limits
from grader.pages import LARGEST_PAGE, render_lab, render_notebook
from grader.results import Graded

LIMITS = Limits(
    cell_seconds=2,
    run_seconds=12,
    call_seconds=2,
    exercise_seconds=5,
    memory_mb=3000,
    processes=40,
    file_mb=16,
    tmp_mb=32,
    output_bytes=200_000,
    notebook_output_bytes=500_000,
)
# All of a student's limits used up, one after the other, and room for a slow machine.
LONGEST_SECONDS = 3 * LIMITS.run_seconds + len(FULL) * LIMITS.exercise_seconds + 30
LIVE = re.compile(
    r"<script|<iframe|<object|<embed|<svg|<form|<link|<base|<[^>]*\son\w+\s*=|(href|src)\s*=\s*[\"']?\s*javascript:",
    re.IGNORECASE,
)


class Room:
    """The course, its engine, and the traps around them."""

    def __init__(self, folder: Path) -> None:
        self.course: Course = hostile_course.build(folder / "course")
        watched = [folder / "course"]
        self.traps = Traps(folder / "traps", watched)
        self.engine = Engine(self.course, [LAB], LIMITS)
        self.innocent = nbformat.writes(hostile_course.submission()).encode()

    def grade(self, raw: bytes) -> Graded:
        return self.engine.grade(LAB, NAME, raw)

    def page(self, graded: Graded) -> str:
        return render_notebook(self.course.lab(LAB), graded, "student")


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    room = Room(tmp_path_factory.mktemp("hostile"))
    room.engine.start()
    check_innocent(room)
    yield room
    room.engine.close()
    room.traps.close()


def points(graded: Graded) -> dict[str, float]:
    return {exercise.name: exercise.points for exercise in graded.result.exercises}


def check_innocent(room: Room) -> None:
    """A right notebook gets all points, as if nothing had been there before it."""
    graded = room.grade(room.innocent)
    assert (graded.result.status, points(graded)) == ("graded", FULL)
    assert "trap-" not in json.dumps(graded.notebook)


def cases():
    return [
        pytest.param(case, id=f"{cause}: {case.name}") for cause, table in CAUSES.items() for case in table
    ]


@pytest.mark.parametrize("case", cases())
def test_submission(room: Room, case: Case):
    began = time.monotonic()
    graded = room.grade(case.raw(room.traps.fill))
    seconds = time.monotonic() - began
    assert points(graded) == dict(case.due), explain(graded)
    assert graded.result.status in case.status, (graded.result.reason, graded.result.repairs)
    assert seconds < LONGEST_SECONDS
    check_page(room, graded, case)
    assert room.traps.sprung() == []
    check_innocent(room)


def check_page(room: Room, graded: Graded, case: Case) -> None:
    """The pages hold no hidden word, no live markup and not too much."""
    lab = room.course.lab(LAB)
    page = room.page(graded)
    stored = json.dumps(graded.notebook) + json.dumps(graded.result.to_dict())
    for text in (page, render_lab(lab, [graded.result], "student"), stored):
        assert [word for word in (*SECRETS, f"secret {room.traps.mark}") if word in text] == []
        assert len(text) < LARGEST_PAGE
    assert LIVE.search(page) is None
    assert "Content-Security-Policy" in page
    assert case.contains in page


def explain(graded: Graded) -> str:
    """What the checks said and what the cells showed, for the one who reads a failure of this test."""
    lines = [f"{graded.result.status} {graded.result.reason} {graded.result.repairs}"]
    for exercise in graded.result.exercises:
        lines += [
            f"{exercise.name} {check.name}: {check.outcome} {check.message!r}" for check in exercise.checks
        ]
    for cell in (graded.notebook or {}).get("cells", ()):
        lines += [f"{cell.get('id')}: {str(output)[:300]}" for output in cell.get("outputs", ())]
    return "\n".join(lines)
