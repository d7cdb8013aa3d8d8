"""The course's policy for late submissions, as nbgrader's plugin: grace days, a price per day, extensions.

nbgrader calls it for each notebook, in `nbgrader autograde`, by the formgrader's button and in `make grade`. Because
points by hand come later, and a late lab may use up the grace days of another, `settle` brings all penalties up to
date; grading, feedback, reports and exports begin or end with it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from nbgrader.api import Assignment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Dict, Float, Integer, TraitError, validate

from grader.course import Course
from grader.marking.autograded import hand_in_time
from grader.marking.gradebook import open_gradebook
from grader.marking.gradebook_rows import late_plugin
from grader.marking.late_days import DAY, HandIn, Lateness, in_words, lateness
from grader.plugins.nbgrader_run import configuration


class LateDays(LateSubmissionPlugin):
    """Takes a share of a notebook's points for each day that is late and not paid with a grace day."""

    grace_days = Integer(0, min=0, help="Days a student may be late over the whole term at no cost").tag(
        config=True
    )
    penalty_per_day = Float(0.0, help="Share of the points that a day costs, 0.1 for 10 %").tag(config=True)
    most = Float(1.0, help="The largest share that lateness takes off").tag(config=True)
    extensions = Dict(help="Days more for a student: {student: {lab: days}}; 'all' for every lab").tag(
        config=True
    )

    @validate("penalty_per_day", "most")
    def _share(self, proposal: Any) -> float:
        if not 0 <= proposal["value"] <= 1:
            raise TraitError(f"c.LateDays.{proposal['trait'].name} is a share, from 0 to 1")
        return proposal["value"]

    @property
    def active(self) -> bool:
        """Whether the configuration says anything about days; if not, nbgrader's own method decides."""
        return bool(self.penalty_per_day)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Points to take off a notebook with `score` points of the lab that is being graded."""
        if not self.active:
            return super().late_submission_penalty(student_id, score, total_seconds_late)
        lab = self.parent.assignment_id
        found = lateness(self._hand_ins(student_id, lab, total_seconds_late), self.grace_days)
        return self.penalty(found.get(lab), score)

    def penalty(self, found: Lateness | None, score: float) -> float | None:
        """Points to take off `score` points."""
        if found is None or not found.charged:
            return None
        return max(0.0, score) * min(self.most, found.charged * self.penalty_per_day)

    def words(self, found: Lateness) -> str:
        """What the policy says of a late lab, for the student."""
        return in_words(found, self.penalty_per_day, self.most, self.grace_days)

    def extension(self, student: str, lab: str) -> float:
        """Seconds that the configuration gives the student, beside what the gradebook gives."""
        days = self.extensions.get(student, {})
        return DAY * float(days.get(lab, days.get("all", 0.0)))

    def _hand_ins(self, student: str, lab: str, seconds_late: float) -> Iterable[HandIn]:
        """The student's submissions; of this lab, the gradebook may not have the new time yet."""
        for _, known, hand_in in read_hand_ins(self, self.parent.gradebook, student):
            if known != lab:
                yield hand_in
            else:
                yield HandIn(lab, hand_in.order, seconds_late - self.extension(student, lab))


def read_hand_ins(
    plugin: LateDays, gradebook: Gradebook, student: str | None = None, course: Course | None = None
) -> Iterable[tuple[str, str, HandIn]]:
    """Student, lab and submission for every submission in the gradebook of a lab that has a due date.

    With a `course` the time is that of timestamp.txt where there is one.
    """
    hand_in, assignment = SubmittedAssignment.__table__, Assignment.__table__
    columns = [
        hand_in.c.student_id, assignment.c.name, assignment.c.duedate, hand_in.c.timestamp, hand_in.c.extension
    ]  # fmt: skip
    query = sa.select(*columns).select_from(
        hand_in.join(assignment, hand_in.c.assignment_id == assignment.c.id)
    )
    query = query.where(assignment.c.duedate.is_not(None))
    if student is not None:
        query = query.where(hand_in.c.student_id == student)
    for who, lab, due, time, extension in gradebook.db.connection().execute(query).all():
        time = (hand_in_time(course, who, lab) if course else None) or time
        seconds = (time - due - (extension or datetime.timedelta())).total_seconds() if time else 0.0
        yield who, lab, HandIn(lab, due.isoformat(), seconds - plugin.extension(who, lab))


def settle(course: Course, always: bool = False, times: bool = False) -> dict[tuple[str, str], str]:
    """Bring every penalty in the gradebook up to date; gives what is said of each late lab, by (student, lab).

    Without days in the configuration it does nothing, unless `always`: then what an earlier policy took is given
    back. With `times` the times of hand-in are read again, for those whose timestamp.txt was put right after grading.
    Other plugins than LateDays are left to nbgrader.
    """
    if not always and not configuration(course).LateDays.get("penalty_per_day"):
        return {}
    with open_gradebook(course) as gradebook:
        plugin = late_plugin(course)
        if not isinstance(plugin, LateDays) or not (plugin.active or plugin.penalty_method == "none"):
            return {}
        if times:
            _read_times(course, gradebook)
        found = late_labs(plugin, gradebook)
        _write(plugin, gradebook, found)
        return {key: plugin.words(one) for key, one in found.items()}


def _read_times(course: Course, gradebook: Gradebook) -> None:
    """Take over the times of hand-in that differ from the gradebook's."""
    hand_in, assignment = SubmittedAssignment.__table__, Assignment.__table__
    columns = [hand_in.c.id, hand_in.c.student_id, hand_in.c.timestamp, assignment.c.name]
    joined = hand_in.join(assignment, hand_in.c.assignment_id == assignment.c.id)
    rows = gradebook.db.connection().execute(sa.select(*columns).select_from(joined)).all()
    for row, student, before, lab in rows:
        time = hand_in_time(course, student, lab)
        if time is not None and time != before:
            update = sa.update(hand_in).where(hand_in.c.id == row).values(timestamp=time)
            gradebook.db.connection().execute(update)


def words(course: Course) -> dict[tuple[str, str], str]:
    """What is said of each late lab, by (student, lab); changes nothing."""
    with open_gradebook(course) as gradebook:
        plugin = late_plugin(course)
        if not isinstance(plugin, LateDays) or not plugin.active:
            return {}
        return {key: plugin.words(one) for key, one in late_labs(plugin, gradebook).items()}


def shares(course: Course) -> dict[tuple[str, str], float]:
    """The share of the points that lateness takes off each late lab, by (student, lab), by the times in submitted/."""
    with open_gradebook(course) as gradebook:
        plugin = late_plugin(course)
        if not isinstance(plugin, LateDays) or not plugin.active:
            return {}
        return {
            key: plugin.penalty(one, 1.0) or 0.0 for key, one in late_labs(plugin, gradebook, course).items()
        }


def late_labs(
    plugin: LateDays, gradebook: Gradebook, course: Course | None = None
) -> dict[tuple[str, str], Lateness]:
    """Every late lab in the gradebook, by (student, lab)."""
    by_student: dict[str, list[HandIn]] = {}
    for student, _, hand_in in read_hand_ins(plugin, gradebook, course=course):
        by_student.setdefault(student, []).append(hand_in)
    return {
        (student, lab): one
        for student, hand_ins in sorted(by_student.items())
        for lab, one in lateness(hand_ins, plugin.grace_days).items()
    }


def _write(plugin: LateDays, gradebook: Gradebook, found: dict[tuple[str, str], Lateness]) -> None:
    """Write the penalties that differ, in one transaction."""
    book, hand_in, assignment = (
        SubmittedNotebook.__table__,
        SubmittedAssignment.__table__,
        Assignment.__table__,
    )
    grade = Grade.__table__
    given = sa.func.coalesce(grade.c.manual_score, grade.c.auto_score, 0.0)
    points = sa.func.sum(given + sa.func.coalesce(grade.c.extra_credit, 0.0))
    columns = [book.c.id, book.c.late_submission_penalty, hand_in.c.student_id, assignment.c.name]
    joined = (
        book.join(hand_in, book.c.assignment_id == hand_in.c.id)
        .join(assignment, hand_in.c.assignment_id == assignment.c.id)
        .outerjoin(grade, grade.c.notebook_id == book.c.id)
    )
    rows = gradebook.db.connection().execute(
        sa.select(*columns, points).select_from(joined).group_by(*columns)
    )
    changed = []
    for row, before, student, lab, score in rows:
        penalty = plugin.penalty(found.get((student, lab)), score or 0.0)
        if abs((before or 0.0) - (penalty or 0.0)) > 1e-9:
            changed.append({"row": row, "penalty": penalty})
    if changed:
        update = sa.update(book).where(book.c.id == sa.bindparam("row"))
        update = update.values(late_submission_penalty=sa.bindparam("penalty"))
        gradebook.db.connection().execute(update, changed)
    gradebook.db.commit()
