"""The hidden checks once more on another device: what comes out differently is told to the teacher and costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from grader.boundary.wire import WireError
from grader.checks.diagnosis import Outcome
from grader.checks.rules import imports
from grader.clean import shorten
from grader.errors import GraderError
from grader.intake import Rebuilt
from grader.limits import Limits
from grader.results import Divergence
from grader.run import NotebookRun

MOST = 20  # divergences of one notebook
LONGEST = 400  # characters of a message
BEGIN_SECONDS = 20.0  # a GPU takes one or two to begin, more when it is busy


class NoKernel(GraderError):
    """The other device has no process for this notebook; the text says why."""


@dataclass
class Seen:
    """Of the pass for the marks: how long its device may take to begin; filled in: what a second pass needs."""

    begin_seconds: float = 0.0
    rebuilt: Rebuilt | None = None
    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)

    def uses_torch(self) -> bool:
        """Whether any cell imports torch or a part of it."""
        cells = self.rebuilt.notebook.cells if self.rebuilt else []
        names = imports(cell["source"] for cell in cells if cell["cell_type"] == "code")
        return any(name.split(".")[0] == "torch" for name in names)


def second_pass(
    seen: Seen, exams: Callable[..., Any], start: Callable[[], Any], limits: Limits
) -> list[dict[str, str]]:
    """Run the cells and the checks with processes that `start` gives; `exams(run, limits)` examines exercises by their
    names. Gives plain divergences; never raises for what a device or a notebook does.
    """
    assert seen.rebuilt is not None
    run = NotebookRun(start, limits, begin_seconds=BEGIN_SECONDS)
    found: list[Divergence] = []
    try:
        run.run([dict(cell) for cell in seen.rebuilt.notebook.cells])
        exam = exams(run, limits)
        for name, outcomes in seen.outcomes.items():
            found += differing(name, outcomes, exam.exercise(name, naming=False))
        exam.close()
    except (NoKernel, WireError, OSError) as error:
        found.append(Divergence(message=shorten(str(error), LONGEST)))
    return [asdict(each) for each in found[:MOST]]


def differing(exercise: str, first: Sequence[Outcome], second: Sequence[Outcome]) -> list[Divergence]:
    """The checks of an exercise whose outcome is not the same twice."""
    there = {outcome.key: outcome for outcome in second}
    found = []
    for one in first:
        other = there.get(one.key, Outcome(one.name, one.key, "not_run", "It was not run."))
        if one.outcome != other.outcome:
            said = other.message if other.outcome != "passed" else one.message
            words = shorten(said, LONGEST)
            found.append(Divergence(exercise, one.name, one.outcome, other.outcome, words))
    return found
