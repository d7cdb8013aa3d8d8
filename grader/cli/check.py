"""`python -m grader check NOTEBOOK`: grade one file, touch no gradebook."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, TextIO

from grader.course import Course, CourseError, Notebook
from grader.devices import passes
from grader.engine import Engine
from grader.intake import Ungradable, parse_notebook, read_submission
from grader.limits import Limits
from grader.results import Exercise, Graded, Result, Seconds, divergences, remarks

SIGNS = {
    "passed": "ok",
    "partial": "partly",
    "failed": "wrong",
    "not_written": "not written",
    "not_run": "not run",
}


def check_file(
    course: Course, path: Path, lab: str | None, limits: Limits, mode: Any = None, device: str = "cpu"
) -> Graded:
    """Grade one notebook file. Raises CourseError when it is not clear which notebook of the course it is, DeviceError
    when there is no such device.
    """
    passes(device)
    raw, reason = b"", None
    try:
        raw = read_submission(path, limits)
    except Ungradable as problem:
        reason = str(problem)
    notebook = which_notebook(course, path, lab, raw, limits)
    if reason is not None:
        exercises = [Exercise(e.name, 0.0, e.points, "not_run") for e in notebook.exercises if not e.manual]
        result = Result(notebook.lab.name, notebook.name, "ungradable", reason, [], exercises, Seconds())
        return Graded(result, None)
    with Engine(course, [notebook.lab.name], limits, mode, notebook.name, device) as engine:
        return engine.grade(notebook.lab.name, notebook.name, raw)


def which_notebook(course: Course, path: Path, lab: str | None, raw: bytes, limits: Limits) -> Notebook:
    """The notebook of the course that a file answers: by its name, else by the exercises that are in it."""
    if lab is None:
        names = {part.name for part in course.labs}
        lab = next((part for part in reversed(path.resolve().parts[:-1]) if part in names), None)
    notebooks = [n for part in ([course.lab(lab)] if lab else course.labs) for n in part.notebooks]
    fits = [n for n in notebooks if n.name == path.stem] or [n for n in notebooks if n.name in path.stem]
    if len(fits) != 1:
        fits = _with_its_exercises(fits or notebooks, raw, limits)
    if len(fits) == 1:
        return fits[0]
    if not path.exists():
        raise CourseError(f"there is no file {path}")
    known = ", ".join(f"{n.lab.name}/{n.name}" for n in fits or notebooks)
    cure = f"rename it to one of {known}" if lab else f"name its lab with --lab (notebooks: {known})"
    raise CourseError(f"it is not clear which notebook {path.name} is: {cure}")


def _with_its_exercises(notebooks: list[Notebook], raw: bytes, limits: Limits) -> list[Notebook]:
    """Those of the notebooks that share most exercises with a file; all of them when it shares none."""
    if len(notebooks) == 1:
        return notebooks
    try:
        ids = {cell.grade_id for cell in parse_notebook(raw, limits).cells}
    except Ungradable:
        return notebooks
    shared = [sum(e.solution in ids for e in n.exercises) for n in notebooks]
    return [n for n, count in zip(notebooks, shared, strict=True) if count == max(shared)]


def describe(graded: Graded, out: TextIO) -> None:
    """The result for a terminal."""
    result, said = graded.result, remarks(graded.notebook)
    points = sum(e.points for e in result.exercises)
    most = sum(e.max_points for e in result.exercises)
    print(f"{result.lab}/{result.notebook}: {result.status}, {points:g} of {most:g} points", file=out)
    for line in [result.reason, *result.repairs]:
        if line:
            print(f"  {line}", file=out)
    for exercise in result.exercises:
        print(
            f"  {exercise.name:<24} {exercise.points:>5.4g} / {exercise.max_points:<4g} {SIGNS[exercise.outcome]}",
            file=out,
        )
        for check in exercise.checks:
            if check.outcome == "failed":
                name = f" [{check.misconception.replace('_', ' ')}]" if check.misconception else ""
                print(f"      {check.name}{name}", file=out)
                print("".join(f"        {line}\n" for line in check.message.splitlines()), end="", file=out)
        for remark in said.get(exercise.name, []):
            print(f"      {remark}", file=out)
    for each in divergences(graded.notebook):
        print(f"  no points lost: {each.words()}", file=out)


def main(
    course: Course,
    path: Path,
    lab: str | None,
    json_to: str | None,
    limits: Limits,
    mode: Any,
    device: str = "cpu",
) -> int:
    """The command; exit status 0 when the notebook could be graded, 1 when not."""
    graded = check_file(course, path, lab, limits, mode, device)
    text = json.dumps(graded.result.to_dict(), ensure_ascii=False)
    if json_to == "-":
        sys.stdout.write(text + "\n")
    else:
        if json_to is not None:
            Path(json_to).write_text(text + "\n", encoding="utf-8")
        describe(graded, sys.stdout)
    return 0 if graded.result.status != "ungradable" else 1
