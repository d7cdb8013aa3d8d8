"""The hidden checks of a lab, collected once by pytest and run on many students."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from grader.boundary.proxy import Student, StudentError, StudentGone, StudentTimeout, local_student
from grader.checks.bank import Entry, load_bank
from grader.checks.declare import Declared
from grader.checks.diagnosis import Answer, Known, Outcome
from grader.checks.differences import differences
from grader.checks.plugin import declared, examined, lend_reference, notebook_of, reference_of
from grader.checks.rules import syntax_problem
from grader.course import CourseError, Notebook
from grader.devices import explained
from grader.errors import GraderError
from utils.compare import CheckFailed

# Plugins of pytest that cost time at every check, or write where nobody reads.
NOT_NEEDED = (
    "terminal", "cacheprovider", "faulthandler", "logging", "warnings", "threadexception", "unraisableexception",
    "nbval", "hypothesispytest", "xdist", "anyio", "rerunfailures",
)  # fmt: skip

OPTIONS = (
    "-p", "grader.checks.plugin", "--assert=plain", "--import-mode=importlib", "-c", os.devnull, "-s",
    *(word for name in NOT_NEEDED for word in ("-p", f"no:{name}")),
)  # fmt: skip

T = TypeVar("T")
Fork = Callable[[], Student]


class Suite:
    """The collected checks, by notebook and exercise."""

    def __init__(self, items: Sequence[Any]) -> None:
        self.items: dict[tuple[str, str], dict[str, list[Any]]] = {}
        self._known: dict[tuple[str, str, str], list[Known]] = {}
        self._banks: dict[Path, list[Entry]] = {}
        for item in items:
            notebook = notebook_of(item.path)
            exercises = self.items.setdefault((notebook.lab.name, notebook.name), {})
            exercises.setdefault(declared(item).name, []).append(item)

    def checks(self, notebook: Notebook, exercise: str) -> list[Any]:
        """The checks of one exercise; raises CourseError when there is none (fail closed)."""
        found = self.items.get((notebook.lab.name, notebook.name), {}).get(exercise)
        if not found:
            raise CourseError(f"{notebook.checks}: no hidden check for the exercise {exercise!r}")
        return found

    def declared(self, notebook: Notebook, exercise: str) -> Declared:
        """What the exercise's class of checks says."""
        return declared(self.checks(notebook, exercise)[0])

    def each(
        self,
        notebook: Notebook,
        exercise: str,
        student: Student,
        source: str = "",
        lent: Collection[str] | None = None,
    ) -> Iterator[Outcome]:
        """The outcomes of an exercise's checks on one fork of a student, one after the other; after a time-out or a crash the
        rest is not run. Of what the exercise uses, the names of `lent` (None: all) are the reference's.
        """
        items = self.checks(notebook, exercise)
        try:
            self._ready(notebook, exercise, student, lent)
        except StudentError as error:
            yield from (_not_run(item, items, str(error)) for item in items)
            return
        ended, broken = False, None
        for item in items:
            if ended:
                yield _not_run(item, items, "The check before it ended the run of this exercise.")
                continue
            outcome = _run_item(item, items, student, source)
            ended = outcome.ended
            if outcome.failed and broken is None:
                broken = syntax_problem(source) or ""
            if outcome.failed and broken:
                outcome.message, outcome.misconception = broken, None
            yield outcome

    def known(self, notebook: Notebook, exercise: str) -> list[Known]:
        """The bank's wrong answers of an exercise; what the checks say of them is found when it is asked for."""
        key = (notebook.lab.name, notebook.name, exercise)
        if key not in self._known:
            if notebook.bank not in self._banks:
                self._banks[notebook.bank] = load_bank(notebook.bank)
            bank = self._banks[notebook.bank]
            entries = [e for e in bank if e.kind == "wrong" and e.exercise == exercise]
            self._known[key] = [self._known_entry(notebook, exercise, entry) for entry in entries]
        return self._known[key]

    def _known_entry(self, notebook: Notebook, exercise: str, entry: Entry) -> Known:
        items = {item.name: item for item in self.checks(notebook, exercise)}
        made: list[Student] = []

        def run(key: str) -> Outcome:
            if not made:
                reference = reference_of(notebook.checks)
                made.append(
                    self._ready(
                        notebook, exercise, local_student(reference.namespace({exercise: entry.source}))
                    )
                )
            return _run_item(items[key], list(items.values()), made[0], entry.source)

        return Known(entry.tag, entry.message, run)

    def _ready(
        self, notebook: Notebook, exercise: str, student: Student, lent: Collection[str] | None = None
    ) -> Student:
        """The student's side with the rules' guards and what is lent to it."""
        item = self.checks(notebook, exercise)[0]
        rules = declared(item).rules
        student._link.guards = rules.guards if rules else ()
        lend_reference(student, item, declared(item).uses if lent is None else lent)
        return student


def _run_item(item: Any, items: Sequence[Any], student: Student, source: str) -> Outcome:
    outcome = Outcome(title(item, items), item.name, "passed")
    outcome.side = getattr(item.function, "side_condition", False) is True
    examined.student, examined.source = student, source
    student._link.observer = lambda call, reply, data: outcome.trace.append(Answer(call, reply, data))
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            error = _raised(item)
    finally:
        examined.student = None
        student._link.observer = None
    if error is not None:
        outcome.outcome = "failed"
        _explain(outcome, error)
    return outcome


def _raised(item: Any) -> BaseException | None:
    """What a check raised, by pytest's own set-up, call and teardown, but without its reports, which nobody reads."""
    error = None
    item._initrequest()
    try:
        item.ihook.pytest_runtest_setup(item=item)
        item.ihook.pytest_runtest_call(item=item)
    except (KeyboardInterrupt, pytest.exit.Exception):
        raise
    except BaseException as raised:
        error = raised
    try:
        item.ihook.pytest_runtest_teardown(item=item, nextitem=None)
    except (KeyboardInterrupt, pytest.exit.Exception):
        raise
    except BaseException as raised:
        error = error or raised
    return error


def _explain(outcome: Outcome, error: BaseException) -> None:
    """The message of a failed check: the author's words, or the student's own exception."""
    if isinstance(error, CheckFailed):
        outcome.message, outcome.misconception = str(error), error.misconception
        outcome.differences = differences(error)
    elif isinstance(error, StudentTimeout):
        outcome.message = f"The call was stopped: {error}.\nIt looks like a loop without end."
        outcome.ended = True
    elif isinstance(error, StudentGone):
        outcome.message = "The call ended the Python interpreter.\nIt looks like exit() or a crash."
        outcome.ended = True
    elif isinstance(error, StudentError):
        where = f"\nLook at {error.where}." if error.where else ""
        outcome.message = (
            "\n".join(filter(None, [f"Your code raised {error}", explained(str(error))])) + where
        )
    elif isinstance(error, AssertionError) and error.args:
        outcome.message = str(error.args[0])
    elif isinstance(error, AssertionError):
        outcome.message = "The check does not hold."
    else:
        kind = type(error).__name__
        outcome.message = f"The answer is not of the expected form.\nThe check could not read it ({kind})."
        outcome.detail = "".join(traceback.format_exception(error)[-3:])


def _not_run(item: Any, items: Sequence[Any], reason: str) -> Outcome:
    return Outcome(title(item, items), item.name, "not_run", reason)


def title(item: Any, items: Sequence[Any]) -> str:
    """The check's name for people: the first line of its docstring, with its parameters."""
    text = (item.function.__doc__ or "").strip().splitlines()
    name = text[0].strip().rstrip(".") if text else item.originalname.removeprefix("test_").replace("_", " ")
    spec = getattr(item, "callspec", None)
    return f"{name} [{spec.id}]" if spec is not None else name


def run_in_session(paths: Sequence[Path], work: Callable[[Suite], T]) -> T:
    """Collect the files with pytest and call `work` inside the session; raises CourseError with pytest's words
    when a file cannot be collected.
    """
    results: list[T] = []
    problems: list[str] = []
    failures: list[GraderError] = []

    class Plugin:
        def pytest_configure(self, config: pytest.Config) -> None:
            # Nobody reads pytest's own tracebacks here, and the long ones cost more than the checks.
            config.option.tbstyle = "native"
            config.addinivalue_line("markers", "xdist_group: of the course's own tests")

        def pytest_collectreport(self, report: Any) -> None:
            if report.failed:
                problems.append(str(report.longrepr))

        def pytest_runtestloop(self, session: Any) -> bool:
            if not problems:
                try:
                    results.append(work(Suite(session.items)))
                except GraderError as error:
                    failures.append(error)
            return True

    if not paths:
        return work(Suite([]))
    tests = str(paths[0].parent.parent)
    _forget_namesakes(paths)
    code = pytest.main(
        [*OPTIONS, "--rootdir", tests, "--confcutdir", tests, *map(str, paths)], plugins=[Plugin()]
    )
    if results:
        return results[0]
    if failures:
        raise failures[0]
    raise CourseError(
        "the hidden checks cannot be collected:\n" + ("\n".join(problems) or f"pytest ended with {code}")
    )


def _forget_namesakes(paths: Sequence[Path]) -> None:
    """pytest takes a module of the same lab and notebook for this one, though it is another course's."""
    for path in paths:
        name = f"{path.parent.name}.{path.stem}"
        if name in sys.modules and getattr(sys.modules[name], "__file__", None) != str(path):
            del sys.modules[name]
