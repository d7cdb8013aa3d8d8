"""What an author still has to do: the faults of each exercise's hidden checks, bank and data."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from grader.boundary.proxy import local_student
from grader.checks.bank import Entry, load_bank
from grader.checks.closeness import Measure, measuring
from grader.checks.diagnosis import Outcome
from grader.checks.margins import margins_of
from grader.checks.plugin import reference_of
from grader.checks.suite import Suite, run_in_session
from grader.course import CourseError, Notebook, grade_id

FEWEST_WRONG, FEWEST_RIGHT = 4, 2
BY_HAND_WORDS = re.compile(
    r"\bby hand\b|\b(no|without) (autograd|numpy|torch)\b|\blists only\b", re.IGNORECASE
)
NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+(?![\de])")
TELLING_DIGITS = 3
Faults = dict[str, list[str]]


def faults(notebook: Notebook) -> Faults:
    """What is missing, by exercise; an exercise without faults has an empty list. Raises CourseError when the file of
    checks cannot be collected.
    """
    names = [e.name for e in notebook.exercises if not e.manual]
    if not names:
        return {}
    if not notebook.checks.exists():
        return {
            name: [f"its check cell has no hidden checks: {notebook.checks} does not exist"] for name in names
        }
    return run_in_session([notebook.checks], lambda suite: _all(suite, notebook, names))


def _all(suite: Suite, notebook: Notebook, names: list[str]) -> Faults:
    found: Faults = {name: [] for name in names}
    checked = suite.items.get((notebook.lab.name, notebook.name), {})
    entries = load_bank(notebook.bank)
    for name in names:
        if name not in checked:
            found[name].append("its check cell has no hidden checks: write a class with @exercise")
        else:
            found[name] += _Exercise(suite, notebook, name, entries).faults()
    for name in checked:
        if name not in found:
            found[name] = ["there are hidden checks, but no check cell of that name in the notebook"]
    for name in {entry.exercise for entry in entries} - set(found):
        found[name] = ["there are answers in the bank, but no check cell of that name in the notebook"]
    return found


class _Exercise:
    """One exercise that has checks."""

    def __init__(self, suite: Suite, notebook: Notebook, name: str, entries: list[Entry]) -> None:
        self.suite, self.notebook, self.name = suite, notebook, name
        self.entries = [entry for entry in entries if entry.exercise == name]
        self.reference = reference_of(notebook.checks)

    def faults(self) -> list[str]:
        """All faults, cheap ones first."""
        try:
            names = self.reference.namespace()
        except CourseError as error:
            return [str(error)]
        return [*self._bank(), *self._rules(), *self._names(), *self._run(names), *self._margins()]

    def _bank(self) -> Iterator[str]:
        wrong = sum(entry.kind == "wrong" for entry in self.entries)
        right = len(self.entries) - wrong
        if wrong < FEWEST_WRONG:
            yield f"{wrong} named wrong answers, at least {FEWEST_WRONG} are needed: what do students get wrong?"
        if right < FEWEST_RIGHT:
            yield f"{right} right variants, at least {FEWEST_RIGHT} are needed: what is odd but right?"

    def _rules(self) -> Iterator[str]:
        words = BY_HAND_WORDS.search(self._statement())
        if words and self.suite.declared(self.notebook, self.name).rules is None:
            yield f"the statement says {words[0]!r}, but @exercise declares no rules="

    def _statement(self) -> str:
        """The text between the code before the exercise and its solution cell, and the docstring."""
        text: list[str] = []
        for cell in self.notebook.source.cells:
            if grade_id(cell) == self.name and cell.cell_type == "code":
                return "\n".join([*text, *re.findall(r'"""(.*?)"""', cell.source, re.DOTALL)])
            text = [*text, cell.source] if cell.cell_type == "markdown" else []
        return ""

    def _names(self) -> Iterator[str]:
        for item in self.suite.checks(self.notebook, self.name):
            if not (item.function.__doc__ or "").strip():
                yield f"{item.originalname} has no docstring: its first line is the check's name for students"

    def _run(self, names: dict[str, Any]) -> Iterator[str]:
        """Faults that show when the solution and the wrong answers run."""
        shapes: dict[str, set[tuple[int, ...]]] = {}
        function = names.get(self.name)
        if isinstance(function, types.FunctionType):
            names[self.name] = _noting_shapes(function, shapes)
        expected: dict[str, set[float]] = {}
        for outcome, numbers in self._outcomes(names, self.reference.solutions[self.name]):
            expected[outcome.key] = _numbers(outcome).union(*(m.expected for m in numbers))
            if outcome.outcome != "passed":
                yield f"the solution fails {outcome.name!r}: {outcome.message}"
        for place, seen in shapes.items():
            if all(len(shape) >= 2 and shape[0] > 1 and len(set(shape)) == 1 for shape in seen):
                yield f"{place} is square in every check: with equal sizes a wrong axis goes unseen"
        for entry in (e for e in self.entries if e.kind == "wrong"):
            yield from self._leaks(entry, expected)

    def _outcomes(self, names: dict[str, Any], source: str) -> Iterator[tuple[Outcome, list[Measure]]]:
        with measuring() as kept:
            for outcome in self.suite.each(self.notebook, self.name, local_student(names), source):
                yield outcome, list(kept)
                kept.clear()

    def _leaks(self, entry: Entry, expected: dict[str, set[float]]) -> Iterator[str]:
        """Numbers of the solution in what a wrong answer is told."""
        names = self.reference.namespace({self.name: entry.source})
        for outcome, numbers in self._outcomes(names, entry.source):
            if outcome.failed:
                own = _numbers(outcome).union(*(m.got for m in numbers))
                for number in _told(f"{outcome.message}\n{entry.message}", expected[outcome.key], own):
                    yield f"the message of {outcome.name!r} for {entry.tag} tells an expected number, {number}"

    def _margins(self) -> Iterator[str]:
        for margin in margins_of(self.suite, self.notebook, self.name):
            yield from (f"{margin.check}: {text}" for text in margin.problems)


def _numbers(outcome: Outcome) -> set[float]:
    """The numbers of the answers to a check."""
    found: set[float] = set()

    def add(value: Any) -> None:
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list | tuple):
            for item in value:
                add(item)
        elif isinstance(value, float):
            found.add(value)
        elif hasattr(value, "tolist") and hasattr(value, "shape"):
            add(value.tolist())

    for answer in outcome.trace:
        add(answer.values())
    return found


def _told(text: str, expected: set[float], own: set[float]) -> list[str]:
    """The numbers of a text with enough digits that are expected values and not the answer's own."""

    def among(word: str, values: set[float]) -> bool:
        half = 0.5 * 10.0 ** -len(word.split(".")[1])  # of the last digit
        return any(abs(value - float(word)) <= half for value in values)

    long = [word for word in NUMBER.findall(text) if len(word.replace(".", "").strip("-0")) >= TELLING_DIGITS]
    return [word for word in long if among(word, expected) and not among(word, own)]


def _noting_shapes(
    function: Callable[..., Any], shapes: dict[str, set[tuple[int, ...]]]
) -> Callable[..., Any]:
    def noted(*args: Any, **kwargs: Any) -> Any:
        for place, value in [*enumerate(args, 1), *kwargs.items()]:
            for path, shape in _shapes(value):
                name = f"argument {place}{path}" if isinstance(place, int) else f"{place}{path}"
                shapes.setdefault(name, set()).add(shape)
        return function(*args, **kwargs)

    return noted


def _shapes(value: Any, path: str = "") -> Iterator[tuple[str, tuple[int, ...]]]:
    """The shapes of tensors, arrays and tables of numbers with two axes or more."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _shapes(item, f"{path}[{key!r}]")
        return
    if isinstance(value, list | tuple):
        try:
            value = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            for i, item in enumerate(value):
                yield from _shapes(item, f"{path}[{i}]")
            return
    shape = tuple(getattr(value, "shape", ()))
    if len(shape) >= 2:
        yield path, shape
