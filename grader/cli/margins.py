"""`python -m grader margins [LAB ...]`: where each tolerance stands between right and wrong answers."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from grader.checks.margins import LEAST_DISTANCE, MOST_NOISE, Margin, margins
from grader.course import Course


def main(course: Course, labs: Sequence[str], notebook: str | None, exercise: str | None) -> int:
    """The command; exit status 1 when a margin is thin."""
    print(
        "| notebook | exercise | check | tolerance | noise / tolerance | nearest wrong / tolerance | false fail |"
    )
    print("|---|---|---|---:|---:|---:|---|")
    thin: list[str] = []
    for lab in [course.lab(name) for name in labs] if labs else course.labs:
        for book in lab.notebooks:
            named = exercise in (None, *(e.name for e in book.exercises if not e.manual))
            if book.checks.exists() and notebook in (None, book.name) and named:
                where = f"{lab.name}/{book.name}"
                for margin in margins(book, exercise):
                    print(f"| {where} | {row(margin)} |")
                    thin += [
                        f"{where}, {margin.exercise}, {margin.check}: {text}" for text in margin.problems
                    ]
                sys.stdout.flush()
    print(
        f"\nRight answers stay below {MOST_NOISE:.2g} of the tolerance, wrong ones above {LEAST_DISTANCE:g} times."
    )
    for text in thin:
        print(f"THIN {text}")
    return 1 if thin else 0


def row(m: Margin) -> str:
    """A check as cells of a table."""
    chance = m.why if not m.chance else f"{m.chance:.0e} ({m.why})"
    if m.tolerance is None:
        return f"{m.exercise} | {m.check} | exact | - | - | {chance}"
    noise = f"{m.noise:.1g} ({m.noisiest})" if m.noise > 1e-9 else "0"
    distance = "none by value" if m.distance is None else f"{m.distance:.1e} ({m.nearest})"
    return f"{m.exercise} | {m.check} | {m.tolerance:.0e} | {noise} | {distance} | {chance}"
