"""`python -m grader mutate [LAB ...]`: mechanical mutants of the solutions against the hidden checks."""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence

from grader.checks.survivors import Tried, as_toml, reasons_file, run_mutants
from grader.course import Course, Notebook


def main(course: Course, labs: Sequence[str], notebook: str | None, exercise: str | None) -> int:
    """The command; exit status 1 when a mutant survives without a reason, or a reason has no survivor."""
    print("| notebook | exercise | mutants | killed | survivors with a reason | without |")
    print("|---|---|---:|---:|---:|---:|")
    problems: list[str] = []
    for lab in [course.lab(name) for name in labs] if labs else course.labs:
        for book in lab.notebooks:
            named = exercise in (None, *(e.name for e in book.exercises if not e.manual))
            if book.checks.exists() and notebook in (None, book.name) and named:
                for tried in run_mutants(book, exercise, told=functools.partial(_row, book)):
                    problems += said(book, tried)
    print("\n".join(problems))
    return 1 if problems else 0


def said(book: Notebook, tried: Tried) -> list[str]:
    """What does not hold, ready for the file of reasons."""
    lines = []
    if tried.survivors:
        lines.append(f"\nSURVIVORS in {tried.exercise}: better checks, or a reason in {reasons_file(book)}\n")
        lines.append("".join(as_toml(tried.exercise, tried.survivors)))
    lines += [f"STALE reason in {reasons_file(book)}, {tried.exercise}: {text}" for text in tried.stale]
    return lines


def _row(book: Notebook, t: Tried) -> None:
    numbers = f"{t.mutants} | {t.killed} | {len(t.excused)} | {len(t.survivors)}"
    print(f"| {book.lab.name}/{book.name} | {t.exercise} | {numbers} |")
    sys.stdout.flush()
