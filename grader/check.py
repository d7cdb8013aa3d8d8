"""`python -m grader check NOTEBOOK`: grade one file, touch no gradebook."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, TextIO

from grader.course import Course, CourseError, Notebook
from grader.engine import Engine
from grader.intake import Ungradable, read_submission
from grader.limits import Limits
from grader.results import Exercise, Graded, Result, Seconds

SIGNS = {
    "passed": "ok",
    "partial": "partly",
    "failed": "wrong",
    "not_written": "not written",
    "not_run": "not run",
}


def check_file(course: Course, path: Path, lab: str | None, limits: Limits, mode: Any = None) -> Graded:
    """Grade one notebook file. Raises CourseError when it is not clear which notebook of the course it is."""
    notebook = which_notebook(course, path, lab)
    try:
        raw = read_submission(path, limits)
    except Ungradable as problem:
        exercises = [Exercise(e.name, 0.0, e.points, "not_run") for e in notebook.exercises if not e.manual]
        lab_name = notebook.lab.name
        return Graded(
            Result(lab_name, notebook.name, "ungradable", str(problem), [], exercises, Seconds()), None
        )
    with Engine(course, [notebook.lab.name], limits, mode, notebook=notebook.name) as engine:
        return engine.grade(notebook.lab.name, notebook.name, raw)


def which_notebook(course: Course, path: Path, lab: str | None) -> Notebook:
    """The notebook of the course that a file answers: by its name, else the only one of the lab."""
    if lab is None:
        names = {part.name for part in course.labs}
        lab = next((part for part in reversed(path.resolve().parts[:-1]) if part in names), None)
    if lab is None:
        return course.find_notebook(path.stem)
    notebooks = course.lab(lab).notebooks
    fits = [n for n in notebooks if n.name == path.stem] or [n for n in notebooks if n.name in path.stem]
    if len(fits) == 1:
        return fits[0]
    if len(notebooks) == 1:
        return notebooks[0]
    known = ", ".join(n.name for n in notebooks)
    raise CourseError(f"{path.name} is named like no notebook of {lab}; rename it to one of {known}")


def describe(result: Result, out: TextIO) -> None:
    """The result for a terminal."""
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


def main(course: Course, path: Path, lab: str | None, json_to: str | None, limits: Limits, mode: Any) -> int:
    """The command; exit status 0 when the notebook could be graded, 1 when not."""
    graded = check_file(course, path, lab, limits, mode)
    text = json.dumps(graded.result.to_dict(), ensure_ascii=False)
    if json_to == "-":
        sys.stdout.write(text + "\n")
    else:
        if json_to is not None:
            Path(json_to).write_text(text + "\n", encoding="utf-8")
        describe(graded.result, sys.stdout)
    return 0 if graded.result.status != "ungradable" else 1
