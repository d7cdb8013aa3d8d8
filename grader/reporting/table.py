"""The class as a table of text: marks per exercise, total, status, and the first thing that went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from grader.batch.progress import printable
from grader.batch.store import Held
from grader.course import Exercise, Lab
from grader.results import Exercise as Outcome
from grader.results import Result

WIDTH = 120
SIGNS = {"not_written": "-", "not_run": "!"}


def class_table(lab: Lab, results: Iterable[Held], width: int = WIDTH) -> str:
    """The table of a lab; `results` in order of students. Manually graded questions are left out."""
    columns = [
        (notebook.name, exercise) for notebook in lab.notebooks for exercise in automatic(notebook.exercises)
    ]
    numbers = [number for number, _ in numbered(lab)]
    most = sum(exercise.points for _, exercise in columns if not exercise.bonus)
    cells = [["student", *numbers, f"of {most:g}", "status", "first diagnosis"]]
    for student, held in groupby(results, key=lambda h: h.student):
        cells.append(_row(student, {h.notebook: h.result for h in held}, columns))
    return "\n".join([*legend(lab, width), "", *_aligned(cells, width)])


def automatic(exercises: Iterable[Exercise]) -> list[Exercise]:
    """The exercises that no person marks."""
    return [exercise for exercise in exercises if not exercise.manual]


def numbered(lab: Lab) -> list[tuple[str, Exercise]]:
    """A short number for every exercise, "2.3" for the third one of the second notebook."""
    return [
        (f"{i}.{j}", exercise)
        for i, notebook in enumerate(lab.notebooks, 1)
        for j, exercise in enumerate(automatic(notebook.exercises), 1)
    ]


def legend(lab: Lab, width: int = WIDTH) -> list[str]:
    """What the numbers stand for, in lines of at most `width` characters."""
    lines = [""]
    for number, exercise in numbered(lab):
        item = f"{number} {exercise.name} ({exercise.points:g})"
        if len(lines[-1]) + len(item) + 2 > width and lines[-1]:
            lines.append("")
        lines[-1] += ("  " if lines[-1] else "") + item
    return [*lines, "- not written   ! not run"]


def first_diagnosis(results: dict[str, Result]) -> str:
    """The first mistake in words: its name where it has one, else what was seen; empty when there is none."""
    for result in results.values():
        if result.status == "ungradable":
            return result.reason or ""
        for exercise in result.exercises:
            for check in exercise.checks:
                if check.outcome == "failed":
                    seen = check.message.split("\n")[0]
                    name = (check.misconception or "").replace("_", " ").replace("-", " ")
                    return f"{exercise.name}: {name or seen}"
    return ""


def _row(student: str, results: dict[str, Result], columns: list[tuple[str, Exercise]]) -> list[str]:
    outcomes = {(r.notebook, e.name): e for r in results.values() for e in r.exercises}
    found = [outcomes.get((notebook, exercise.name)) for notebook, exercise in columns]
    total = sum(outcome.points for outcome in found if outcome)
    marks = [_mark(outcome) for outcome in found]
    return [student, *marks, short(total), _status(results), first_diagnosis(results)]


def _mark(outcome: Outcome | None) -> str:
    if outcome is None:
        return ""
    return SIGNS.get(outcome.outcome, short(outcome.points))


def short(points: float) -> str:
    """Points with at most two decimals."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def _status(results: dict[str, Result]) -> str:
    """The worst status of a student's notebooks."""
    statuses = {result.status for result in results.values()}
    return next((s for s in ("ungradable", "repaired") if s in statuses), "graded")


def _aligned(rows: list[list[str]], width: int) -> list[str]:
    """Columns of equal width, marks to the right, the last column cut to fit."""
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    last = len(widths) - 1
    lines = []
    for row in rows:
        cells = [
            cell.rjust(size) if 0 < i < last - 1 else cell.ljust(size)
            for i, (cell, size) in enumerate(zip(row[:-1], widths, strict=False))
        ]
        line = "  ".join([cells[0], " ".join(cells[1 : last - 2]), *cells[last - 2 :], row[-1]])
        lines.append((line if len(line) <= width else line[: width - 3] + "...").rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return lines
