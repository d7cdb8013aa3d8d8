"""Gradescope's results.json, one for each submission: a test for each exercise and one for each of its checks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from grader.course import QUESTION, Exercise, Lab
from grader.export.options import Options, Written
from grader.export.scores import Score
from grader.export.tables import path_of
from grader.reporting.feedback import read_graded
from grader.results import Exercise as Outcome
from grader.results import Result


def write_gradescope(lab: Lab, scores: Sequence[Score], options: Options) -> Written:
    """exports/<lab>-gradescope/<student>/results.json, as an autograder leaves it in /autograder/results/."""
    written = Written()
    for score in scores:
        folder = lab.course.root / "autograded" / score.student / lab.name
        results = {one.result.notebook: one.result for one in read_graded(lab, folder)}
        path = path_of(lab, "-gradescope") / score.student / "results.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = results_json(lab, score, results, options)
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        written.paths.append(path)
    return written


def results_json(lab: Lab, score: Score, results: dict[str, Result], options: Options) -> dict[str, Any]:
    """The object for one submission. Its `score` is the mark, so the tests' points only explain it."""
    tests = []
    for place, notebook in enumerate(lab.notebooks, 1):
        result = results.get(notebook.name)
        outcomes = {outcome.name: outcome for outcome in result.exercises} if result else {}
        for number, exercise in enumerate(notebook.exercises, 1):
            points = score.exercises[notebook.name, exercise.name]
            outcome = outcomes.get(exercise.name)
            where = f"{place}.{number}"
            tests.append(_test(where, notebook.name, exercise, points, outcome, options))
            tests += _checks(where, outcome, options)
    seconds = sum(result.seconds.total for result in results.values())
    said = [f"{result.notebook}: {line}" for result in results.values() for line in _said(result)]
    if score.late_penalty:
        said.append(f"Lateness takes off {score.late_penalty:g} points.")
    return {
        "score": score.points,
        "execution_time": round(seconds, 3),
        "output": "\n".join(said),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _test(
    where: str,
    notebook: str,
    exercise: Exercise,
    points: float | None,
    outcome: Outcome | None,
    options: Options,
) -> dict[str, Any]:
    """The exercise with its points; a question that nobody has read has none yet."""
    name = exercise.name.removeprefix(QUESTION)
    test = {
        "number": where,
        "name": f"{notebook}: {name}",
        "max_score": 0.0 if exercise.bonus else exercise.points,
        "visibility": options.visibility,
    }
    if points is None:
        return test | {"score": 0.0, "output": "A person reads this answer; the points come later."}
    status = "passed" if points >= exercise.points else "failed"
    first = next((check for check in outcome.checks if check.outcome != "passed"), None) if outcome else None
    return test | {"score": points, "status": status, "output": first.message if first else ""}


def _checks(where: str, outcome: Outcome | None, options: Options) -> list[dict[str, Any]]:
    """The checks of an exercise; they carry no points of their own."""
    return [
        {
            "number": f"{where}.{i}",
            "name": check.name,
            "status": "passed" if check.outcome == "passed" else "failed",
            "output": check.message,
            "tags": [check.misconception] if check.misconception else [],
            "visibility": options.check_visibility,
        }
        for i, check in enumerate(outcome.checks if outcome else [], 1)
    ]


def _said(result: Result) -> list[str]:
    return [line for line in [result.reason, *result.repairs] if line]
