"""From a result to what the gradebook keeps: points and a comment per cell. Fails closed."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field

from grader.course import Exercise, Notebook, grade_id
from grader.regions import WRITE_TEXT
from grader.release import released_notebook
from grader.results import Exercise as Outcome
from grader.results import Graded

NOT_HANDED_IN = "This notebook was not handed in."
NO_RESPONSE = "No response."
NO_RESULT = "This exercise could not be marked. Please tell your instructor."


@dataclass
class Marks:
    """Of one notebook, by grade_id: points (None where a person grades) and comments; faults of the grader."""

    scores: dict[str, float | None] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def marks(notebook: Notebook, graded: Graded | None) -> Marks:
    """Points and comments for every exercise and question.

    Nothing was handed in when `graded` is None, or has no notebook though it is not ungradable.
    """
    found = Marks()
    if graded is not None and graded.notebook is None and graded.result.status != "ungradable":
        graded = None
    answers = question_answers(graded)
    outcomes = {outcome.name: outcome for outcome in graded.result.exercises} if graded else {}
    for exercise in notebook.exercises:
        score: float | None = 0.0
        comment: str | None = NOT_HANDED_IN
        if graded is not None and exercise.manual:
            stub = _stubs(notebook).get(exercise.name, WRITE_TEXT)
            score, comment = _question(exercise, graded, answers.get(exercise.name), stub)
        elif graded is not None and graded.result.status == "ungradable":
            comment = graded.result.reason
        elif graded is not None:
            score, comment = _checked(exercise, outcomes.get(exercise.name), found.problems)
        found.scores[exercise.graded_cell] = score
        found.comments[exercise.solution] = comment
    return found


def question_answers(graded: Graded | None) -> dict[str, str]:
    """The text of each answer to a question, by the question's name."""
    if graded is None or graded.notebook is None:
        return {}
    answers = {}
    for cell in graded.notebook["cells"]:
        meta = cell["metadata"].get("nbgrader", {})
        if meta.get("grade") and meta.get("solution"):
            source = cell["source"]
            answers[grade_id(cell)] = (source if isinstance(source, str) else "".join(source)).strip()
    return answers


def _question(
    exercise: Exercise, graded: Graded, answer: str | None, stub: str
) -> tuple[float | None, str | None]:
    """An untouched question is worth nothing; anything else, and what cannot be read, waits for a person."""
    if graded.notebook is None:
        return None, graded.result.reason
    if answer is None or answer in ("", stub):
        return 0.0, NO_RESPONSE
    return None, None


@functools.lru_cache(maxsize=256)
def _stubs(notebook: Notebook) -> dict[str, str]:
    """What each cell of the released notebook holds, by grade_id; a notebook's source does not change in a run."""
    cells = released_notebook(notebook.source, str(notebook.path)).cells
    return {grade_id(cell): cell.source.strip() for cell in cells}


def _checked(exercise: Exercise, outcome: Outcome | None, problems: list[str]) -> tuple[float, str | None]:
    """Points of a checked exercise; a result that cannot be right is worth nothing and is reported."""
    if outcome is None:
        problems.append(f"{exercise.name}: no result came back; 0 points were recorded")
        return 0.0, NO_RESULT
    points, most = outcome.points, outcome.max_points
    numbers = all(
        isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) for x in (points, most)
    )
    if not numbers or most != exercise.points or not 0 <= points <= most:
        problems.append(
            f"{exercise.name}: {points!r} of {most!r} points came back where {exercise.points:g} are possible; "
            "0 points were recorded"
        )
        return 0.0, NO_RESULT
    return float(points), _comment(outcome)


def _comment(outcome: Outcome) -> str | None:
    """What the first check says that did not pass."""
    if outcome.outcome == "not_written":
        return "Not written yet."
    for check in outcome.checks:
        if check.outcome != "passed":
            return check.message or f"{check.name}: {check.outcome.replace('_', ' ')}"
    return None
