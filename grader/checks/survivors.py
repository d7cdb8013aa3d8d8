"""Runs the mechanical mutants of a notebook's solutions through its hidden checks, each on a fork of one warm process.

A mutant that passes every check survives. It is killed by a better check, or its reason to live stands in
`survivors_<notebook>.toml` beside the checks:

    [[backward]]                  # the exercise
    line = "grads = dict(grads)"  # the line of the solution
    becomes = ["pass"]            # what mutants made of it
    reason = "equivalent: a copy of a new dictionary"
"""

from __future__ import annotations

import os
import resource
import signal
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from grader.boundary.proxy import local_student
from grader.checks.mutate import Mutant, mutants
from grader.checks.plugin import reference_of
from grader.checks.rules import violation
from grader.checks.suite import Suite, run_in_session
from grader.course import CourseError, Notebook

LEAST_SECONDS = 2.0
TIMES_THE_REFERENCE = 10
MEMORY_BYTES = 4 << 30  # more than the process has when a mutant begins
SURVIVED, KILLED = 77, 0  # exit statuses of a fork: nothing that breaks down looks like a survivor


@dataclass
class Tried:
    """The mutants of one exercise. `survivors` have no reason, `excused` have one, `stale` are reasons without a
    survivor (known when all mutants were run).
    """

    exercise: str
    mutants: int = 0
    killed: int = 0
    survivors: list[Mutant] = field(default_factory=list)
    excused: list[tuple[Mutant, str]] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)


def reasons_file(notebook: Notebook) -> Path:
    """Where the reasons of a notebook's survivors stand."""
    return notebook.checks.with_name(f"survivors_{notebook.name.replace('-', '_')}.toml")


def load_reasons(notebook: Notebook) -> dict[tuple[str, str, str], str]:
    """The reasons by (exercise, line, what it becomes); empty without a file. Raises CourseError."""
    path = reasons_file(notebook)
    if not path.exists():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return {
            (name, entry["line"], becomes): _words(entry["reason"])
            for name, entries in table.items()
            for entry in entries
            for becomes in entry["becomes"]
        }
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise CourseError(
            f"{path}: each entry is [[exercise]] with line = text, becomes = [texts], reason = text ({error})"
        ) from None


def _words(reason: str) -> str:
    if len(reason.split()) < 2:
        raise ValueError(f"a reason says why, {reason!r} does not")
    return reason


def solutions_of(notebook: Notebook) -> dict[str, str]:
    """The solution cells of the automatically checked exercises."""
    all_solutions = reference_of(notebook.checks).solutions
    return {e.name: all_solutions[e.name] for e in notebook.exercises if not e.manual}


def run_mutants(
    notebook: Notebook,
    exercise: str | None = None,
    every: int = 1,
    told: Callable[[Tried], None] = lambda _: None,
) -> list[Tried]:
    """Run the mutants of one or all exercises, or each `every`-th of them; `told` hears of each exercise.

    Raises CourseError when there is no such exercise, or when a solution fails its own checks.
    """
    solutions = solutions_of(notebook)
    unknown = {name for name, _, _ in load_reasons(notebook)} - set(solutions)
    if unknown:
        raise CourseError(f"{reasons_file(notebook)}: there is no exercise {', '.join(sorted(unknown))}")
    if exercise is not None and exercise not in solutions:
        raise CourseError(f"{notebook.path}: no exercise {exercise!r}; it has {', '.join(solutions)}")

    def work(suite: Suite) -> list[Tried]:
        import torch

        torch.set_num_threads(1)  # a fork has no other threads to wait for
        found = []
        for name in [exercise] if exercise else solutions:
            found.append(_Runner(suite, notebook, name).run(every))
            told(found[-1])
        return found

    return run_in_session([notebook.checks], work)


class _Runner:
    """One exercise: what survives, with limits that come from the time of the solution itself."""

    def __init__(self, suite: Suite, notebook: Notebook, exercise: str) -> None:
        self.suite, self.notebook, self.exercise = suite, notebook, exercise
        self.reference = reference_of(notebook.checks)
        self.others = [c.source for c in notebook.source.cells if c.cell_type == "code"]
        self.seconds = 60 * LEAST_SECONDS
        self.reference.namespace()
        began = time.process_time()
        self._passes(self.reference.solutions[exercise])  # what the checks keep for later is made here, once
        used = time.process_time() - began
        self.seconds = LEAST_SECONDS + TIMES_THE_REFERENCE * used
        if not self.survives(self.reference.solutions[exercise]):
            raise CourseError(
                f"{notebook.path}: the solution of {exercise} fails its own checks; try `make prove`"
            )

    def run(self, every: int) -> Tried:
        """Each `every`-th mutant."""
        chosen = mutants(self.reference.solutions[self.exercise])[::every]
        tried = Tried(self.exercise, len(chosen))
        reasons = {
            key[1:]: why for key, why in load_reasons(self.notebook).items() if key[0] == self.exercise
        }
        used = set()
        for mutant in chosen:
            key = (mutant.was, mutant.becomes)
            if not self.survives(mutant.source):
                tried.killed += 1
            elif key in reasons:
                tried.excused.append((mutant, reasons[key]))
                used.add(key)
            else:
                tried.survivors.append(mutant)
        if every == 1:
            tried.stale = [f"{was} -> {becomes}" for was, becomes in reasons if (was, becomes) not in used]
        return tried

    def survives(self, source: str) -> bool:
        """Whether a fork of this process that answers with `source` passes every check within its limits."""
        child = os.fork()
        if child == 0:
            try:
                self._limit()
                os._exit(SURVIVED if self._passes(source) else KILLED)
            finally:
                os._exit(KILLED)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == SURVIVED

    def _limit(self) -> None:
        seconds = int(self.seconds) + 1
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(20 * seconds)  # for one that sleeps
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[0])
        most = pages * resource.getpagesize() + MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)

    def _passes(self, source: str) -> bool:
        declared = self.suite.declared(self.notebook, self.exercise)
        if declared.rules is not None and violation(declared.rules, source, self.others) is not None:
            return False
        # as in an exam: with the functions that stand beside it, and with those that are lent
        return any(self._passes_with(source, lent) for lent in {declared.uses, ()})

    def _passes_with(self, source: str, lent: tuple[str, ...]) -> bool:
        try:
            names = self.reference.namespace({self.exercise: source})
        except Exception:  # a mutant may raise anything where it is defined: then it is caught
            return False
        outcomes = self.suite.each(self.notebook, self.exercise, local_student(names), source, lent)
        return all(outcome.outcome == "passed" for outcome in outcomes)  # ends at the first failure


def as_toml(exercise: str, survivors: list[Mutant]) -> Iterator[str]:
    """Survivors as entries for the file of reasons, whose reason is still to be written."""
    lines: dict[str, list[str]] = {}
    for mutant in survivors:
        lines.setdefault(mutant.was, []).append(mutant.becomes)
    for line, becomes in lines.items():
        yield f"[[{_key(exercise)}]]\nline = {_toml(line)}\nbecomes = [\n"
        yield from (f"    {_toml(text)},\n" for text in dict.fromkeys(becomes))
        yield ']\nreason = ""\n\n'


def _key(name: str) -> str:
    return name if all(c.isalnum() or c in "-_" for c in name) and name.isascii() else _toml(name)


def _toml(text: str) -> str:
    if "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
