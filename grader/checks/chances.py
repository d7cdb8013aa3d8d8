"""The chance that a right answer fails a check by bad luck.

Data and lent functions are the same in every run, and so are the draws of one submission: a second grading gives the
same marks. Chance is left where right answers may draw differently, as orders and initial weights are. Each check is
run with many seeds of the answer's draws:

- the check says itself what its chance is (`note_chance`), such as that of equal orders; 0 where it takes any order;
- the answers are the same for all seeds: no chance is in it;
- its errors vary: the share of a normal distribution with their mean and deviation that is beyond the tolerance,
  nothing where the largest is a hundredth of it (rounding: the check holds for every draw).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field

from grader.boundary.proxy import local_student
from grader.checks.closeness import measuring
from grader.checks.diagnosis import Answer, same_trace
from grader.checks.plugin import examined, reference_of
from grader.checks.suite import Suite
from grader.course import Notebook

SEEDS = 16
MOST_CHANCE = 1e-4
ROUNDING = 0.01
EVERY = "holds for every draw"


@dataclass
class Chance:
    """One check over the seeds: `probability` of a false fail, None when nothing says it; `why` in words."""

    check: str
    probability: float | None = 0.0
    why: str = "no draw"
    errors: list[float] = field(default_factory=list)
    noted: list[float] = field(default_factory=list)
    traces: list[list[Answer]] = field(default_factory=list)
    failed: int = 0

    def settle(self) -> Chance:
        """Work out probability and why."""
        if self.failed:
            self.probability, self.why = self.failed / len(self.traces), "measured"
        elif self.noted:
            self.probability = max(self.noted)
            self.why = "of equal draws" if self.probability else EVERY
        elif all(same_trace(self.traces[0], trace) for trace in self.traces[1:]):
            pass
        elif not self.errors:
            self.probability, self.why = None, f"none of {len(self.traces)} seeds"
        elif max(self.errors) <= ROUNDING:
            self.why = EVERY
        else:
            spread = statistics.stdev(self.errors) or 1e-300
            z = (1 - statistics.fmean(self.errors)) / spread
            self.probability, self.why = 0.5 * math.erfc(z / math.sqrt(2)), f"{z:.0f} standard deviations"
        return self


def chances(suite: Suite, notebook: Notebook, exercise: str, seeds: int = SEEDS) -> dict[str, Chance]:
    """The chances of an exercise's checks by the check's key."""
    found: dict[str, Chance] = {}
    for seed in range(seeds):
        for key, name, trace, failed, errors, noted in _run(suite, notebook, exercise, seed):
            chance = found.setdefault(key, Chance(name))
            chance.traces.append(trace)
            chance.failed += failed
            chance.errors += errors
            chance.noted += noted
    return {key: chance.settle() for key, chance in found.items()}


def _run(
    suite: Suite, notebook: Notebook, exercise: str, seed: int
) -> Iterator[tuple[str, str, list[Answer], bool, list[float], list[float]]]:
    reference = reference_of(notebook.checks)
    before, examined.seed = examined.seed, seed
    try:
        with measuring() as kept:
            student = local_student(reference.namespace())
            for outcome in suite.each(notebook, exercise, student, reference.solutions[exercise]):
                errors = [m.error for m in kept if m.chance is None]
                noted = [m.chance for m in kept if m.chance is not None]
                kept.clear()
                worst = [max(errors)] if errors else []
                yield outcome.key, outcome.name, outcome.trace, outcome.failed, worst, noted
    finally:
        examined.seed = before
