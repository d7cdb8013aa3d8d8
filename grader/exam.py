"""The hidden checks of one notebook, on copies of its state.

An exercise must cost no other anything: each is checked on a copy of its own, and is lent the reference's version of what it
uses. Both take time that a right answer does not need. So an exercise is checked on the copy of the one before, where the same
rules hold for both and whatever was lent to the one is lent to the other too; and with the student's own functions, where those
that are marked were found right. Who fails so is checked once more, alone and with all that is lent, and the better of the two
counts. The order is the notebook's: what an exercise uses belongs to earlier ones, whose answers are judged by then.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.alarm import Alarm
from grader.boundary.proxy import SocketLink, Student, StudentError, StudentTimeout
from grader.boundary.wire import WireError
from grader.checks.cpu_only import hard_coded
from grader.checks.diagnosis import Outcome, name_failures, settle
from grader.checks.plugin import reference_of
from grader.checks.rules import Rules, violation
from grader.checks.suite import Suite, title
from grader.course import Notebook, grade_id, nbgrader_metadata
from grader.intake import Rebuilt
from grader.intake.names import functions, variables
from grader.limits import Limits, patience
from grader.run import NotebookRun

GRACE_SECONDS = 2.0
NOT_ALLOWED = "is not allowed in this exercise"
NOT_WRITTEN = "not written"


@dataclass
class _Copy:
    """A copy of the notebook's state: the rules that hold on it, what was lent to it, whether an exercise was checked on it,
    and whether that one saw answers of the reference.
    """

    sock: socket.socket
    rules: Rules | None
    lent: frozenset[str] = frozenset()
    used: bool = False
    knows_answers: bool = False


def homes(solutions: Mapping[str, str]) -> dict[str, str]:
    """Of each name that the solutions define, the exercise whose solution defines it."""
    return {
        name: exercise
        for exercise, source in reversed(list(solutions.items()))
        for name in functions(source) | variables(source)
    }


def _passed(outcomes: Sequence[Outcome]) -> int:
    """How many checks hold that count: side conditions do beside another check only."""
    passed = [outcome for outcome in outcomes if outcome.outcome == "passed"]
    return len(passed) if any(not outcome.side for outcome in passed) else 0


class Exam:
    """The exercises of a notebook that ran; `given` are the cells of its release."""

    def __init__(
        self,
        suite: Suite,
        notebook: Notebook,
        rebuilt: Rebuilt,
        given: Sequence[dict[str, Any]],
        run: NotebookRun,
        limits: Limits,
    ) -> None:
        self.suite, self.notebook, self.rebuilt, self.given = suite, notebook, rebuilt, given
        self.run, self.limits = run, limits
        self.exercises = [exercise for exercise in notebook.exercises if not exercise.manual]
        self.seconds: dict[str, float] = {}
        self._copy: _Copy | None = None
        self._homes = homes(reference_of(notebook.checks).solutions)
        self._right: set[str] = set()

    def exercise(self, name: str, naming: bool = True) -> list[Outcome]:
        """The outcomes of one exercise's checks, with diagnoses unless these are not wanted; `seconds` tells how long each
        of them took.
        """
        self.seconds = {}
        source = self.rebuilt.answers.get(name, "")
        if name in self.rebuilt.not_written:
            return self._all("not_run", name, "Not written yet.", NOT_WRITTEN)
        broken = self._broken_rule(name, source)
        if broken is not None:
            return self._all("failed", name, broken)
        try:
            outcomes = self._outcomes(name, source)
        except WireError:
            return self._all(
                "not_run", name, "The notebook could not be run to its end, so this was not checked."
            )
        except StudentTimeout as error:
            return self._all("failed", name, f"The checks were stopped: {error}.")
        if all(outcome.outcome == "passed" for outcome in outcomes):
            self._right.add(name)
        elif naming:
            self._explain(name, outcomes)
        settle(outcomes)
        return outcomes

    def close(self) -> None:
        """End the copy that is left."""
        if self._copy is not None:
            self._copy.sock.close()
            self._copy = None

    def _outcomes(self, name: str, source: str) -> list[Outcome]:
        """The checks on a copy; if any does not pass beside another exercise or with functions of the student's, once more on
        a copy of its own, with all that is lent: the better of both, the second one where they are equal. Raises WireError
        when there is no copy, StudentTimeout when the checks take too long together.
        """
        declared = self.suite.declared(self.notebook, name)
        uses = frozenset(declared.uses)
        tries: list[tuple[list[Outcome], dict[str, float]]] = []
        lent, last, began = self._unsure(name, uses), False, time.perf_counter()
        while not last:
            copy, link = self._begin(name, declared.rules, lent)
            last = not copy.used and lent == uses
            copy.used, self.seconds = True, {}
            try:
                with Alarm(self._patient_seconds()):
                    outcomes = self._each(name, Student(link), source, lent)
            except StudentTimeout:
                self.close()
                if last and not tries:
                    raise
            else:
                copy.knows_answers |= link.knows_answers
                tries.append((outcomes, self.seconds))
                if not last and _passed(outcomes) < len(outcomes):
                    self.close()
                else:
                    last = True
            lent = uses
        best, self.seconds = max(reversed(tries), key=lambda one: _passed(one[0]))
        if len(tries) > 1:
            self.seconds["another try"] = time.perf_counter() - began - sum(self.seconds.values())
        return best

    def _unsure(self, name: str, uses: frozenset[str]) -> frozenset[str]:
        """What of the exercise uses belongs to an answer that is marked, and not right."""
        marked = {exercise.name for exercise in self.exercises} - {name} - self._right
        return frozenset(used for used in uses if self._homes.get(used) in marked)

    def _begin(self, name: str, rules: Rules | None, lent: frozenset[str]) -> tuple[_Copy, SocketLink]:
        """A link to the names as they were at the exercise's place, on the copy at hand or on a new one."""
        if self._copy is not None and self._copy.rules == rules and self._copy.lent <= lent:
            with contextlib.suppress(StudentError):
                return self._begin_on(self._copy, name, lent)
        self.close()
        self._copy = _Copy(self.run.fork(), rules)
        try:
            return self._begin_on(self._copy, name, lent)
        except StudentError as error:
            raise WireError(str(error)) from None

    def _begin_on(self, copy: _Copy, name: str, lent: frozenset[str]) -> tuple[_Copy, SocketLink]:
        link = SocketLink(copy.sock, self.limits, self.limits.exercise_seconds)
        link.begin(next(e.graded_cell for e in self.exercises if e.name == name))
        copy.lent = lent
        link.knows_answers = copy.knows_answers
        return copy, link

    def _patient_seconds(self) -> float:
        return self.limits.exercise_seconds * patience() + GRACE_SECONDS

    def _explain(self, name: str, outcomes: list[Outcome]) -> None:
        """Name the failures; a value that nobody can compare only goes without a name."""
        if any(o.failed for o in outcomes):
            known, began = self.suite.known(self.notebook, name), time.perf_counter()
            with contextlib.suppress(StudentTimeout, ArithmeticError, LookupError, ValueError, MemoryError):
                with Alarm(self._patient_seconds()):
                    name_failures(outcomes, known)
            self.seconds["naming the mistake"] = time.perf_counter() - began

    def _each(self, name: str, student: Student, source: str, lent: frozenset[str]) -> list[Outcome]:
        outcomes = []
        began = time.perf_counter()
        for outcome in self.suite.each(self.notebook, name, student, source, lent):
            outcomes.append(outcome)
            began, before = time.perf_counter(), began
            self.seconds[outcome.name] = began - before
        forbidden = next((o.message for o in outcomes if o.failed and NOT_ALLOWED in o.message), None)
        if forbidden is not None:
            rules = self.suite.declared(self.notebook, name).rules
            words = forbidden.split(": ", 1)[-1].splitlines()[0]
            title = rules.title if rules else ""
            return self._all(
                "failed", name, f"While it ran: {words}.\nThe rule of this exercise is: {title}."
            )
        return outcomes

    def _broken_rule(self, name: str, source: str) -> str | None:
        rules = self.suite.declared(self.notebook, name).rules
        if rules is None:
            return None
        code, theirs = self._other_cells(name)
        answers = [answer for other, answer in self.rebuilt.answers.items() if other != name]
        return violation(rules, source, code, [*answers, *theirs], self._homes)

    def _other_cells(self, name: str) -> tuple[list[str], list[str]]:
        """The sources of all other cells of code, and of those among them that the student added."""
        own = {(c.get("id"), c["source"]) for c in self.given}
        code = [c for c in self.rebuilt.notebook.cells if c["cell_type"] == "code" and grade_id(c) != name]
        theirs = [c for c in code if not nbgrader_metadata(c) and (c.get("id"), c["source"]) not in own]
        return [c["source"] for c in code], [c["source"] for c in theirs]

    def remarks(self, name: str) -> list[str]:
        """What the student is told of an exercise beside its marks."""
        if name in self.rebuilt.not_written:
            return []
        given = next((c["source"] for c in self.given if grade_id(c) == name), "")
        return hard_coded(self.rebuilt.answers.get(name, ""), *self._other_cells(name), given)

    def _all(self, outcome: str, name: str, message: str, key: str = "") -> list[Outcome]:
        items = self.suite.checks(self.notebook, name)
        return [Outcome(title(item, items), key or item.name, outcome, message) for item in items]
