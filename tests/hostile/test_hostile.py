"""Every submission of the corpus gets its due mark, touches nothing, shows nothing, and harms no other student.

A right notebook is graded beside each case, hence also after the case before it and before the next one.
"""

from __future__ import annotations

import json
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from hostile_cases import Case
from hostile_causes import CAUSES
from hostile_course import FULL, LAB, SECRETS
from hostile_room import LIMITS, Room, points

from grader.reporting.pages import LARGEST_PAGE, render_lab
from grader.results import Graded

# All of a student's limits used up, one after the other, and room for a slow machine.
LONGEST_SECONDS = 3 * LIMITS.run_seconds + len(FULL) * LIMITS.exercise_seconds + 30
LIVE = re.compile(
    r"<script|<iframe|<object|<embed|<svg|<form|<link|<base|<[^>]*\son\w+\s*=|(href|src)\s*=\s*[\"']?\s*javascript:",
    re.IGNORECASE,
)
# What the pages draw themselves: rectangles and lines, made of numbers.
DRAWING = re.compile(
    r'<svg viewBox="[-\d. ]+" width="[\d.]+" height="[\d.]+" aria-hidden="true">'
    r'(?:<rect(?: (?:x|y|width|height)="[\d.]+"){4} class="[-\w]+"/>|<path d="[MHV\d. ]*" class="grid"/>)*</svg>'
)


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    room = Room(tmp_path_factory.mktemp("hostile"))
    with room:
        check_innocent(room)
        yield room
        check_innocent(room)


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
    with ThreadPoolExecutor(1) as beside:
        innocent = beside.submit(check_innocent, room)
        graded = room.grade(case.raw(room.traps.fill))
        seconds = time.monotonic() - began
        innocent.result()
    assert points(graded) == dict(case.due), explain(graded)
    assert graded.result.status in case.status, (graded.result.reason, graded.result.repairs)
    assert seconds < LONGEST_SECONDS
    check_page(room, graded, case)
    assert room.traps.sprung() == []


def check_page(room: Room, graded: Graded, case: Case) -> None:
    """The pages hold no hidden word, no live markup and not too much."""
    lab = room.course.lab(LAB)
    page = room.page(graded)
    stored = json.dumps(graded.notebook) + json.dumps(graded.result.to_dict())
    pages = [page, render_lab(lab, [graded.result], "student")]
    for text in (*pages, stored):
        assert [word for word in (*SECRETS, f"secret {room.traps.mark}") if word in text] == []
    assert all(len(text) < LARGEST_PAGE for text in pages)
    assert LIVE.search(DRAWING.sub("", page)) is None
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
