"""What another grading would change: whose mark, by how much, through which exercise and check. No files here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from grader.course import Lab
from grader.marking.sheets import Sheet, Sheets
from grader.reporting.rows import handed_in, number
from grader.results import Exercise, Result

ABSENT = "absent"
Results = Mapping[str, Result]


@dataclass
class CheckChange:
    """A check with another outcome than before; `absent` where it did not exist, or does not any more."""

    name: str
    before: str
    after: str
    message: str = ""
    misconception: str | None = None


@dataclass
class ExerciseChange:
    """An exercise with other points; `by_hand` is what a person gave, which stays the mark."""

    notebook: str
    exercise: str
    before: float
    after: float
    max_points: float
    by_hand: float | None = None
    checks: list[CheckChange] = field(default_factory=list)


@dataclass
class StudentChange:
    """A student's mark in a lab before and after, late days and points by hand included, and what moves it.

    `before` is None where nothing was graded. `remarks` tell what is no matter of checks: another file, another status.
    """

    student: str
    before: float | None
    after: float
    exercises: list[ExerciseChange] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def difference(self) -> float:
        """Points that the mark gains."""
        return round(self.after - (self.before or 0.0), 4)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"difference": self.difference}


def student_change(
    lab: Lab,
    student: str,
    before: Results,
    after: Results,
    sheets: Sheets,
    late_share: float | None = None,
    remarks: Sequence[str] = (),
) -> StudentChange | None:
    """What becomes of a student's lab, None when nothing changes.

    `before` and `after` are results by notebook, `sheets` the gradebook's word on the notebooks. `late_share` is what
    lateness takes off; without it, the share that it takes off now.
    """
    late = sum(sheet.late for sheet in sheets.values())
    old = _marks(lab, before, sheets)
    new = _marks(lab, after, sheets)
    was = late / old if old else 0.0
    share = was if late_share is None else late_share
    change = StudentChange(student, round(old - late, 4) if before else None, round(new * (1 - share), 4))
    change.remarks = [*remarks, *_statuses(lab, before, after)]
    if before and old and abs(share - was) > 1e-6:
        change.remarks.append(f"lateness takes off {share:.0%}, {was:.0%} before")
    for notebook in lab.notebooks:
        pair = before.get(notebook.name), after.get(notebook.name)
        change.exercises += _exercises(lab, notebook.name, *pair, sheets.get(notebook.name, Sheet()))
    changed = change.exercises or change.remarks or not before or abs(change.difference) > 1e-6
    return change if changed else None


def _marks(lab: Lab, results: Results, sheets: Sheets) -> float:
    """The sum of the lab: what a person gave where a person did, else what the checks gave."""
    total = 0.0
    for notebook in lab.notebooks:
        graded = _graded(results.get(notebook.name))
        grades = sheets.get(notebook.name, Sheet()).grades
        for exercise in notebook.exercises:
            grade, outcome = grades.get(exercise.name), graded.get(exercise.name)
            points = outcome.points if outcome else 0.0
            if grade and grade.points is not None:
                points = grade.points
            total += points + (grade.extra if grade else 0.0)
    return total


def _graded(result: Result | None) -> dict[str, Exercise]:
    return {exercise.name: exercise for exercise in result.exercises} if result else {}


def _exercises(
    lab: Lab, notebook: str, before: Result | None, after: Result | None, sheet: Sheet
) -> Iterator[ExerciseChange]:
    old, new = _graded(before), _graded(after)
    for exercise in lab.notebook(notebook).exercises:
        was, now = old.get(exercise.name), new.get(exercise.name)
        points = (was.points if was else 0.0), (now.points if now else 0.0)
        most = (was.max_points if was else exercise.points), exercise.points
        if exercise.manual or (abs(points[0] - points[1]) < 1e-6 and most[0] == most[1]):
            continue
        grade = sheet.grades.get(exercise.name)
        by_hand = grade.points if grade and grade.by_hand else None
        yield ExerciseChange(notebook, exercise.name, *points, exercise.points, by_hand, _checks(was, now))


def _checks(before: Exercise | None, after: Exercise | None) -> list[CheckChange]:
    """Checks whose outcome differs, in the order of the new ones; then those that are gone."""
    old = {check.name: check for check in before.checks} if before else {}
    new = {check.name: check for check in after.checks} if after else {}
    found = []
    for name in [*new, *(name for name in old if name not in new)]:
        was = old[name].outcome if name in old else ABSENT
        now = new[name].outcome if name in new else ABSENT
        if was != now:
            shown = new.get(name) or old[name]
            words = shown.message.split("\n")[0] if now == "failed" else ""
            found.append(CheckChange(name, was, now, words, shown.misconception if words else None))
    return found


def _statuses(lab: Lab, before: Results, after: Results) -> Iterator[str]:
    """Notebooks that can be graded now and could not before, and the other way round."""
    for notebook in lab.notebooks:
        was, now = before.get(notebook.name), after.get(notebook.name)
        if handed_in(was) and not handed_in(now):
            yield f"{notebook.name} is no longer handed in"
        elif now and now.status == "ungradable" and not (was and was.status == "ungradable"):
            yield (
                f"{notebook.name} can no longer be graded: {now.reason}"
                if before
                else (f"{notebook.name} cannot be graded: {now.reason}")
            )
        elif was and was.status == "ungradable" and now and now.status != "ungradable":
            yield f"{notebook.name} can be graded now"


def describe(lab: str, changes: Sequence[StudentChange], students: int) -> list[str]:
    """The changes of a lab as lines of text, the largest losses first."""
    marks = [change for change in changes if abs(change.difference) > 1e-6 and change.before is not None]
    up = sum(change.difference > 0 for change in marks)
    lines = [
        f"{lab}: {students} students, the marks of {len(marks)} change ({up} up, {len(marks) - up} down)"
    ]
    for change in sorted(changes, key=lambda one: (one.difference, one.student)):
        was = "not graded before" if change.before is None else number(change.before)
        lines.append(f"  {change.student}: {was} -> {number(change.after)} ({_signed(change.difference)})")
        lines += [f"    {remark}" for remark in change.remarks]
        for exercise in change.exercises if change.before is not None else []:
            lines += _described(exercise)
    return lines


def _described(exercise: ExerciseChange) -> Iterator[str]:
    name = f"{exercise.notebook}/{exercise.exercise}"
    moved = f"{number(exercise.before)} -> {number(exercise.after)} of {number(exercise.max_points)}"
    stays = "" if exercise.by_hand is None else f"; {number(exercise.by_hand)} given by hand stay"
    yield f"    {name}: {moved}{stays}"
    for check in exercise.checks:
        named = f" [{check.misconception.replace('_', ' ')}]" if check.misconception else ""
        said = f": {check.message}" if check.message else ""
        yield f"      {check.name}: {_word(check.before)} -> {_word(check.after)}{named}{said}"


def _word(outcome: str) -> str:
    return outcome.replace("_", " ")


def _signed(value: float) -> str:
    return f"{'+' if value >= 0 else '-'}{number(abs(value))}"
