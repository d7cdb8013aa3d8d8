"""How far each tolerance stands from what it must let pass and from what it must catch.

For each check: the largest error of right answers (the bank's variants and the solution's own rounding, see
noise.py) and the smallest one by which a wrong answer of the bank fails by value alone, both in units of the tolerance.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from grader.boundary.proxy import Student, local_student
from grader.checks.bank import Entry, load_bank
from grader.checks.chances import MOST_CHANCE, chances
from grader.checks.closeness import measuring
from grader.checks.noise import full_precision, plain_copies, variants
from grader.checks.plugin import reference_of
from grader.checks.suite import Suite, run_in_session
from grader.course import Notebook

MOST_NOISE = 1 / 3
LEAST_DISTANCE = 3.0


@dataclass
class Margin:
    """One check: the smallest tolerance of its comparisons, and in units of it the largest error of a right answer
    and the smallest of a wrong one that fails by value; each with the name of the answer. None: no such answer.
    `chance` and `why`: see chances.py.
    """

    exercise: str
    check: str
    tolerance: float | None = None
    noise: float = 0.0
    noisiest: str = ""
    distance: float | None = None
    nearest: str = ""
    chance: float | None = 0.0
    why: str = ""
    problems: list[str] = field(default_factory=list)

    def right(self, name: str, error: float) -> None:
        """Count a right answer."""
        if error > self.noise:
            self.noise, self.noisiest = error, name

    def wrong(self, name: str, error: float) -> None:
        """Count a wrong answer that fails here by value."""
        if self.distance is None or error < self.distance:
            self.distance, self.nearest = error, name

    def judge(self, clear: set[str]) -> list[str]:
        """What is thin; `clear` are the wrong answers that fail some other check clearly, so that nothing hangs on
        this one.
        """
        found = []
        if self.noise > MOST_NOISE:
            found.append(f"right answers come to {self.noise:.2g} of the tolerance ({self.noisiest})")
        if self.distance is not None and self.distance < LEAST_DISTANCE and self.nearest not in clear:
            found.append(f"a wrong answer is at {self.distance:.2g} times the tolerance ({self.nearest})")
        if self.chance is not None and self.chance > MOST_CHANCE:
            found.append(f"a right answer fails with probability {self.chance:.1g} ({self.why})")
        return found


def margins(notebook: Notebook, exercise: str | None = None) -> list[Margin]:
    """The margins of all checks of a notebook, or of one exercise of it."""

    def work(suite: Suite) -> list[Margin]:
        names = [e.name for e in notebook.exercises if not e.manual and exercise in (None, e.name)]
        return [m for name in names for m in margins_of(suite, notebook, name)]

    return run_in_session([notebook.checks], work)


def margins_of(suite: Suite, notebook: Notebook, exercise: str) -> list[Margin]:
    """The margins of one exercise, in a session that is open."""
    with full_precision():
        return _Measured(suite, notebook, exercise).margins()


class _Measured:
    """One exercise."""

    def __init__(self, suite: Suite, notebook: Notebook, exercise: str) -> None:
        self.suite, self.notebook, self.exercise = suite, notebook, exercise
        self.reference = reference_of(notebook.checks)
        self.found: dict[str, Margin] = {}

    def margins(self) -> list[Margin]:
        """Right answers first, then the wrong ones."""
        for key, error, passed in self._run("the solution", self._answered(None)):
            if passed:
                self.found[key].right("the solution", error)
        for name, student, only in self._right():
            for key, error, _ in self._run(name, student):
                if only is None or key in only:
                    self.found[key].right(name, error)
        for key, chance in chances(self.suite, self.notebook, self.exercise).items():
            self.found[key].chance, self.found[key].why = chance.probability, chance.why
        clear = {entry.tag for entry in self._entries("wrong") if self._wrong(entry)}
        for margin in self.found.values():
            margin.problems = margin.judge(clear)
        return list(self.found.values())

    def _wrong(self, entry: Entry) -> bool:
        """Whether a wrong answer fails a check clearly: far beyond the tolerance, or by something else than value."""
        clear = False
        for key, error, passed in self._run(entry.tag, self._answered(entry), entry.source):
            if not passed and error > 1:
                self.found[key].wrong(entry.tag, error)
            clear |= not passed and not 1 < error < LEAST_DISTANCE
        return clear

    def _entries(self, kind: str) -> list[Entry]:
        return [e for e in load_bank(self.notebook.bank) if e.kind == kind and e.exercise == self.exercise]

    def _right(self) -> Iterator[tuple[str, Student, set[str] | None]]:
        """Name, answers, and the checks in which a failure by value counts (None: all)."""
        for entry in self._entries("right"):
            yield entry.tag, self._answered(entry), None
        if not isinstance(self.reference.namespace().get(self.exercise), types.FunctionType):
            return
        takes_copies = {key for key, _, passed in self._run("copies", self._wrapped(plain_copies)) if passed}
        takes_copies -= {
            item.name
            for item in self.suite.checks(self.notebook, self.exercise)
            if getattr(item.function, "at_an_edge", False)
        }
        for name, wrap in variants().items():
            yield name, self._wrapped(wrap), takes_copies

    def _answered(self, entry: Entry | None) -> Student:
        answers = {} if entry is None else {self.exercise: entry.source}
        return local_student(self.reference.namespace(answers))

    def _wrapped(self, wrap: Callable[..., Any]) -> Student:
        names = self.reference.namespace()
        names[self.exercise] = wrap(names[self.exercise])
        return local_student(names)

    def _run(self, name: str, student: Student, source: str = "") -> Iterator[tuple[str, float, bool]]:
        """Key, largest error in units of the tolerance, and whether it passed, for each check."""
        text = source or self.reference.solutions[self.exercise]
        with measuring() as kept:
            for outcome in self.suite.each(self.notebook, self.exercise, student, text):
                seen = [m for m in kept if m.chance is None]
                kept.clear()
                margin = self.found.setdefault(outcome.key, Margin(self.exercise, outcome.name))
                if name == "the solution" and seen:
                    margin.tolerance = min(m.tolerance for m in seen)
                yield outcome.key, max((m.error for m in seen), default=0.0), outcome.outcome == "passed"
