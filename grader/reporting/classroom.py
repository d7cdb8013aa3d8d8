"""A class seen as a whole: from results to the numbers that a teacher plans with. No HTML here."""

from __future__ import annotations

import itertools
import re
import statistics
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.clean import words
from grader.course import Lab
from grader.marking.sheets import Sheet, Sheets
from grader.reporting.audience import for_teacher
from grader.reporting.notices import LEFT_OUT
from grader.reporting.rows import Row, Totals, handed_in, rows, totals
from grader.results import Check, Exercise, Result

SMALL_CLASS = 20  # below it a correlation says nothing
LOW_DISCRIMINATION = 0.2
DISAGREEMENT = -0.3
AT_RISK_SHARE = 0.5
FALL = 0.3
GRAVITY = ["ungradable", "suspicious", "not run", "stopped", "left out", "other device", "repaired"]
STOPPED = ("The call was stopped", "The call ended the Python interpreter", "The checks were stopped")
UNKNOWN = ("waiting", "not_run")  # of a question: nobody has read it
ATTEMPTED = ("passed", "partial", "failed")


@dataclass
class Work:
    """One student's work in a lab."""

    student: str
    rows: dict[tuple[str, str], Row]  # by notebook and exercise
    results: list[Result]
    suspicions: dict[str, list[str]] = field(default_factory=dict)  # by notebook
    differing: dict[str, list[str]] = field(default_factory=dict)  # on the GPU, by notebook

    @property
    def totals(self) -> Totals:
        """The points of all notebooks."""
        return totals(list(self.rows.values()))

    @property
    def handed_in(self) -> bool:
        """Whether any notebook was handed in."""
        return any(handed_in(result) for result in self.results)


@dataclass
class Mistake:
    """A known misconception in one exercise and who shows it."""

    tag: str
    name: str
    students: list[str]
    share: float
    message: str


@dataclass
class Item:
    """An exercise or question over the class; `mean` is the share of its points, None before any is known."""

    notebook: str
    name: str
    question: bool
    max_points: float
    counts: Counter[str]
    mean: float | None = None
    discrimination: float | None = None
    mistakes: list[Mistake] = field(default_factory=list)
    unnamed: list[tuple[str, int]] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


@dataclass
class Trouble:
    """Something that submissions have in common and a person may want to look at."""

    what: str
    notebook: str
    reason: str
    students: list[str] = field(default_factory=list)


def works(
    lab: Lab,
    graded: Iterable[tuple[str, Result]],
    sheets: Mapping[str, Sheets] | None = None,
    suspicious: Mapping[tuple[str, str], list[str]] | None = None,
    differing: Mapping[tuple[str, str], list[str]] | None = None,
) -> list[Work]:
    """The lab's results by student, in the order of their names; `suspicious` and `differing` (what came out otherwise on
    the GPU) by student and notebook.
    """
    by_student: dict[str, dict[str, Result]] = {}
    for student, result in graded:
        by_student.setdefault(student, {})[result.notebook] = result
    found = []
    for student, results in sorted(by_student.items()):
        own = (sheets or {}).get(student, {})
        table = {
            (notebook.name, row.name): row
            for notebook in lab.notebooks
            for row in rows(
                results.get(notebook.name), notebook.exercises, own.get(notebook.name, Sheet()).grades
            )
        }
        reasons = {name: (suspicious or {}).get((student, name), []) for name in results}
        others = {name: (differing or {}).get((student, name), []) for name in results}
        found.append(Work(student, table, list(results.values()), reasons, others))
    return found


def items(lab: Lab, found: Sequence[Work]) -> list[Item]:
    """Every exercise and question of the lab over the students who handed something in."""
    present = [work for work in found if work.handed_in]
    listed = []
    for notebook in lab.notebooks:
        for exercise in notebook.exercises:
            key = (notebook.name, exercise.name)
            counts = Counter(work.rows[key].state for work in present)
            item = Item(notebook.name, exercise.name, exercise.manual, exercise.points, counts)
            known = [work for work in present if not (exercise.manual and work.rows[key].state in UNKNOWN)]
            if known and exercise.points:
                item.mean = statistics.fmean(work.rows[key].points for work in known) / exercise.points
            item.discrimination = _discrimination(known, key)
            _explain(item, present)
            listed.append(item)
    return listed


def troubles(found: Sequence[Work]) -> list[Trouble]:
    """Ungradable and suspicious notebooks, what could not be run to its end, and repairs; equal ones
    together, gravest first.
    """
    listed: dict[tuple[str, str, str], Trouble] = {}
    for work in found:
        for result in work.results:
            doubts = [("suspicious", reason) for reason in work.suspicions.get(result.notebook, ())]
            others = [("other device", reason) for reason in work.differing.get(result.notebook, ())]
            for what, reason in [*doubts, *_troubles(result, {reason for _, reason in doubts}), *others]:
                trouble = Trouble(what, result.notebook, reason)
                listed.setdefault((what, result.notebook, reason), trouble).students.append(work.student)
    return sorted(
        listed.values(), key=lambda one: (GRAVITY.index(one.what), one.notebook, -len(one.students))
    )


def _troubles(result: Result, told: Collection[str]) -> Iterable[tuple[str, str]]:
    if result.status == "ungradable":
        yield "ungradable", for_teacher(result.reason or "No reason is given.")
        return
    for exercise in result.exercises:
        if exercise.outcome == "not_run":
            yield "not run", _said(exercise)
        elif any(check.message.startswith(STOPPED) for check in exercise.checks):
            yield "stopped", _said(exercise)
    yield from _left_out(result.repairs)
    for repair in dict.fromkeys(result.repairs):
        if LEFT_OUT not in repair and repair not in told:
            yield "repaired", repair


def _left_out(repairs: Sequence[str]) -> Iterable[tuple[str, str]]:
    """The cells that could not be run to their end, those with the same reason in one line."""
    cells: dict[str, list[str]] = {}
    for repair in repairs:
        parted = re.fullmatch(r"The cell '([^']*)' was left out: (.*)", repair, re.DOTALL)
        if parted:
            cells.setdefault(parted[2], []).append(f"`{parted[1]}`")
        elif LEFT_OUT in repair:
            yield "left out", repair
    for reason, names in cells.items():
        yield "left out", f"{', '.join(names)}: {reason}"


def shares(found: Sequence[Work]) -> list[float]:
    """Each student's share of the points that are given, of those who handed in."""
    return [work.totals.known_share for work in found if work.handed_in]


def bins(values: Sequence[float], count: int = 10) -> list[int]:
    """How many shares fall in each of `count` equal steps from 0 to 1; 1 belongs to the last."""
    tally = [0] * count
    for value in values:
        tally[min(count - 1, int(value * count))] += 1
    return tally


def at_risk(history: Sequence[float | None]) -> list[str]:
    """Why a student with these shares in the labs so far may fail the course; None is nothing handed in."""
    done = [share for share in history if share is not None]
    reasons = []
    missing = len(history) - len(done)
    if missing:
        reasons.append(f"nothing handed in for {missing} of {len(history)} labs")
    if done and statistics.fmean(done) < AT_RISK_SHARE:
        reasons.append(f"{statistics.fmean(done):.0%} of the points on average")
    if len(done) > 1 and history[-1] is not None and statistics.fmean(done[:-1]) - done[-1] >= FALL:
        reasons.append(f"fell from {statistics.fmean(done[:-1]):.0%} to {done[-1]:.0%} in the last lab")
    return reasons


def _discrimination(known: Sequence[Work], key: tuple[str, str]) -> float | None:
    """Correlation of the item with the rest of the points; None for small classes and constant points."""
    if len(known) < SMALL_CLASS:
        return None
    own = [work.rows[key].points for work in known]
    rest = [work.totals.points - points for work, points in zip(known, own, strict=True)]
    return _correlation(own, rest)


def _correlation(left: Sequence[float], right: Sequence[float]) -> float | None:
    try:
        return statistics.correlation(left, right)
    except statistics.StatisticsError:  # one of them does not vary
        return None


def _explain(item: Item, present: Sequence[Work]) -> None:
    """Adds what the checks say: known mistakes, frequent messages without a name, odd checks."""
    graded = [
        (work.student, exercise)
        for work in present
        for result in work.results
        if result.notebook == item.notebook
        for exercise in result.exercises
        if exercise.name == item.name
    ]
    named: dict[str, dict[str, str]] = {}
    unnamed: Counter[str] = Counter()
    for student, exercise in graded:
        failed = [check for check in exercise.checks if check.outcome == "failed"]
        for check in failed:
            if check.misconception:
                named.setdefault(check.misconception, {})[student] = check.message
        if failed and exercise.outcome in ATTEMPTED and not any(check.misconception for check in failed):
            unnamed[_pattern(failed[0])] += 1
    item.mistakes = [
        Mistake(tag, words(tag), list(by), len(by) / len(present), next(iter(by.values())))
        for tag, by in sorted(named.items(), key=lambda pair: -len(pair[1]))
    ]
    item.unnamed = unnamed.most_common(5)
    item.odd = list(_odd([exercise for _, exercise in graded if exercise.outcome in ATTEMPTED]))


def _pattern(check: Check) -> str:
    """The first line of a message with its numbers taken out, so that like messages meet."""
    return re.sub(r"-?\d+(\.\d+)?(e[-+]?\d+)?", "#", check.message.strip().split("\n")[0])[:200] or check.name


def _odd(attempts: Sequence[Exercise]) -> Iterable[str]:
    """Checks that everybody fails, that nobody fails, or of which one contradicts the other."""
    outcomes: dict[str, list[bool | None]] = {}
    for place, attempt in enumerate(attempts):
        for check in attempt.checks:
            column = outcomes.setdefault(check.name, [None] * len(attempts))
            column[place] = check.outcome == "passed"
    for name, column in outcomes.items():
        known = [passed for passed in column if passed is not None]
        if len(known) >= 5 and not any(known):
            yield f"“{name}” was failed by all {len(known)} who wrote the exercise."
        if len(known) >= SMALL_CLASS and all(known):
            yield f"“{name}” was passed by all {len(known)} who wrote the exercise."
    for (one, left), (other, right) in itertools.combinations(outcomes.items(), 2):
        pairs = [(a, b) for a, b in zip(left, right, strict=True) if a is not None and b is not None]
        r = _correlation([a for a, _ in pairs], [b for _, b in pairs]) if len(pairs) >= SMALL_CLASS else None
        if r is not None and r < DISAGREEMENT:
            yield f"“{one}” and “{other}” disagree: who passes one tends to fail the other (r = {r:.2f})."


def _said(exercise: Exercise) -> str:
    """What stopped an exercise, else the first thing that was said of it."""
    messages = [check.message.strip() for check in exercise.checks if check.message.strip()]
    stopped = [message for message in messages if message.startswith(STOPPED)]
    said = next(iter(stopped or messages), "it was not run.")
    return f"`{exercise.name}`: {said.splitlines()[0]}"
