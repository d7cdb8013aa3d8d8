"""What a feedback page says of each exercise, worked out from a result: rows, findings, totals. No HTML here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader import course, results
from grader.clean import shorten, words
from grader.marking.marks import NOT_HANDED_IN
from grader.marking.sheets import ManualGrade
from grader.reporting.drawings import Drawing, drawings

LONGEST_MESSAGE = 1500  # characters of one line of a message
MOST_FINDINGS = 30  # of one exercise
MOST_NAMES = 40  # of checks in one list
STATES = {
    "passed": "full marks",
    "partial": "partly right",
    "failed": "not right yet",
    "not_written": "not written",
    "not_run": "could not be run",
    "waiting": "waiting for the teacher",
    "by_hand": "graded by hand",
    "missing": "not handed in",
}
UNREAD = "could not be read"  # of a question, which is never run


@dataclass
class Finding:
    """One message and the checks that gave it."""

    checks: list[str]
    seen: str
    looks: str = ""
    where: str = ""
    misconception: str = ""
    drawings: list[Drawing] = field(default_factory=list)


@dataclass
class Row:
    """One exercise or question of a notebook."""

    name: str
    title: str
    state: str
    points: float
    max_points: float
    question: bool = False
    bonus: bool = False
    findings: list[Finding] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    checks: int = 0
    failed: int = 0
    comment: str = ""
    remark: str = ""
    told: list[str] = field(default_factory=list)
    anchor: str = ""
    cell: int = 0

    @property
    def said(self) -> str:
        """The state in words."""
        return UNREAD if self.question and self.state == "not_run" else STATES[self.state]

    @property
    def main(self) -> Finding | None:
        """The finding to read first: one that has a name, else the first."""
        named = [finding for finding in self.findings if finding.misconception]
        return next(iter(named or self.findings), None)


@dataclass
class Totals:
    """Points of a page: bonus points count as points, not as points to reach."""

    points: float = 0.0
    max_points: float = 0.0
    waiting: float = 0.0
    bonus: float = 0.0

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            self.points + other.points,
            self.max_points + other.max_points,
            self.waiting + other.waiting,
            self.bonus + other.bonus,
        )

    @property
    def share(self) -> float:
        """Points as a share of what can be reached, from 0 to 1."""
        return min(1.0, max(0.0, self.points / self.max_points)) if self.max_points > 0 else 0.0

    @property
    def known_share(self) -> float:
        """Points as a share of those that are not waiting for a person."""
        known = self.max_points - self.waiting
        return min(1.0, max(0.0, self.points / known)) if known > 0 else 0.0

    @property
    def waiting_share(self) -> float:
        """Points that a person still has to give, as a share."""
        return min(1.0 - self.share, self.waiting / self.max_points) if self.max_points > 0 else 0.0


def handed_in(result: results.Result | None) -> bool:
    """Whether there was a file to grade."""
    return result is not None and not (result.reason == NOT_HANDED_IN and not result.exercises)


def rows(
    result: results.Result | None,
    exercises: Sequence[course.Exercise],
    manual: Mapping[str, ManualGrade] | None = None,
    differences: Mapping[str, Any] | None = None,
    told: Mapping[str, list[str]] | None = None,
) -> list[Row]:
    """A row for each exercise of the notebook in its order, then those only the result knows.

    `differences`, by exercise and check, are what pictures are drawn from; `told`, by exercise, costs no points.
    """
    manual = manual or {}
    result = result if handed_in(result) else None
    graded = {exercise.name: exercise for exercise in result.exercises} if result else {}
    found = []
    for exercise in exercises:
        if exercise.manual:
            found.append(_question(exercise, result, manual.get(exercise.name)))
        else:
            row = _exercise(graded.pop(exercise.name, None), exercise, result)
            found.append(_corrected(row, manual.get(exercise.name)))
    found += [_corrected(_exercise(rest, None, result), manual.get(rest.name)) for rest in graded.values()]
    for place, row in enumerate(found, 1):
        row.anchor = f"exercise-{place}"
        row.told = [shorten(text, LONGEST_MESSAGE) for text in (told or {}).get(row.name, [])]
        _draw(row, differences.get(row.name) if isinstance(differences, Mapping) else None)
    return found


def totals(found: Sequence[Row]) -> Totals:
    """The sum of the rows."""
    return Totals(
        points=sum(row.points for row in found),
        max_points=sum(row.max_points for row in found if not row.bonus),
        waiting=sum(row.max_points for row in found if row.state == "waiting" and not row.bonus),
        bonus=sum(row.max_points for row in found if row.bonus),
    )


def start_here(found: Sequence[Row]) -> Row | None:
    """The written exercise that lost the most points and has something to say about it."""
    lost = [row for row in found if row.main and row.state in ("partial", "failed", "not_run")]
    return max(lost, key=lambda row: row.max_points - row.points, default=None)


def _exercise(
    graded: results.Exercise | None, known: course.Exercise | None, result: results.Result | None
) -> Row:
    if graded is None:
        assert known is not None
        state = "missing" if result is None else "not_run"
        return Row(known.name, known.name, state, 0.0, known.points, bonus=known.bonus)
    row = Row(
        graded.name,
        shorten(graded.name, 200),
        graded.outcome if graded.outcome in STATES else "not_run",
        graded.points,
        graded.max_points,
        bonus=bool(known and known.bonus),
        passed=_named([check.name for check in graded.checks if check.outcome == "passed"]),
        checks=len(graded.checks),
        failed=sum(check.outcome != "passed" for check in graded.checks),
    )
    row.findings = _findings(graded.checks)
    return row


def _question(exercise: course.Exercise, result: results.Result | None, grade: ManualGrade | None) -> Row:
    title = question_title(exercise.name)
    row = Row(exercise.name, title, "waiting", 0.0, exercise.points, question=True, bonus=exercise.bonus)
    if grade:
        row.comment = grade.comment
    if result is None or result.status == "ungradable":
        row.state = "missing" if result is None else "not_run"
    if grade and grade.points is not None and not grade.waiting:
        row.points = grade.points + grade.extra
        if grade.by_hand:
            row.state = "by_hand"
        elif row.state == "waiting":
            row.state = "not_written"
    return row


def _corrected(row: Row, grade: ManualGrade | None) -> Row:
    """The row with what a person changed or wrote."""
    if grade is None:
        return row
    row.comment = grade.comment
    changed = (row.points if grade.points is None else grade.points) + grade.extra
    if changed != row.points:
        row.remark = f"Points set by the teacher; the checks gave {number(row.points)}."
        row.points = changed
    return row


def _findings(checks: Sequence[results.Check]) -> list[Finding]:
    """Messages in the order of the checks, each once with all checks that gave it."""
    found: dict[tuple[str, str | None], list[results.Check]] = {}
    for check in checks:
        if check.outcome != "passed":
            found.setdefault((check.message, check.misconception), []).append(check)
    return [_finding(same) for same in list(found.values())[:MOST_FINDINGS]]


def _finding(same: Sequence[results.Check]) -> Finding:
    check = same[0]
    lines = [line.strip() for line in check.message.strip().split("\n", 2)] + ["", ""]
    seen, looks, where = (shorten(line, LONGEST_MESSAGE) for line in lines[:3])
    if not seen:
        seen = "This check was not run." if check.outcome == "not_run" else "This check failed."
    name = words(shorten(check.misconception, 100)) if check.misconception else ""
    return Finding(_named([each.name for each in same]), seen, looks, where, name)


def _draw(row: Row, of_checks: Any) -> None:
    """Give each message the picture of the first of its checks that has one."""
    for finding in row.findings if isinstance(of_checks, Mapping) else ():
        pictures = (drawings(of_checks.get(name)) for name in finding.checks)
        finding.drawings = next(filter(None, pictures), [])


def _named(names: Sequence[str]) -> list[str]:
    rest = len(names) - MOST_NAMES
    listed = [shorten(name, 200) for name in names[:MOST_NAMES]]
    return [*listed, f"and {rest} more"] if rest > 0 else listed


def question_title(name: str) -> str:
    """`q-large-batch` as "Large batch"."""
    title = words(name.removeprefix(course.QUESTION))
    return title[:1].upper() + title[1:]


def number(value: float) -> str:
    """Points without needless digits: 3, 2.5, 1.33."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def points(value: float) -> str:
    """`1 point`, `2.5 points`."""
    return f"{number(value)} point{'' if value == 1 else 's'}"


def counted(count: int, noun: str) -> str:
    """`1 check`, `2 checks`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
