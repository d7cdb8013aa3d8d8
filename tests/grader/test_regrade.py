"""Checks that change after grading: who is told to change is who changes, and what a person gave stays.

The engine is a stand-in whose only check reads its threshold from the lab's check file; all else is real.
"""

import hashlib
import json
import re
import shutil
from functools import partial

import pytest

from grader.batch.fleet import grade_with
from grader.batch.workers import Workers
from grader.cli.regrade import TRIAL, regrade
from grader.course import Course
from grader.intake import read_submission
from grader.limits import Limits
from grader.marking.gradebook import open_gradebook
from grader.origin import ORIGIN
from grader.release import released_notebook
from grader.results import Check, Exercise, Graded, Result
from tests.grader.class_of_stand_ins import StandIn, hand_in
from tests.grader.tiny_course import LAB, build

CLASS = {"ann": 1.0, "bob": 0.6, "cid": 0.2, "dot": 0.6}


class Judge(StandIn):
    """Passes every exercise of a notebook whose share reaches the number in the notebook's check file."""

    def grade(self, lab, notebook, raw):
        says = json.loads(raw)
        self.log.append(f"{says['by']} {notebook}")
        source = self.course.lab(lab).notebook(notebook)
        least = float(re.search(r"# at least (\S+)", source.checks.read_text())[1])
        passed = says["share"] >= least
        check = Check("high enough", *(("passed",) if passed else ("failed", "Too low.\nSo.", "low")))
        exercises = [
            Exercise(e.name, passed * e.points, e.points, check.outcome, [check])
            for e in source.exercises
            if not e.manual
        ]
        executed = json.loads(json.dumps(released_notebook(source.source)))
        executed["metadata"][ORIGIN] = {"submission": {"sha256": hashlib.sha256(raw).hexdigest()}}
        return Graded(Result(lab, notebook, "graded", exercises=exercises), executed)


class Class:
    """The course, and what the engine was asked."""

    def __init__(self, course):
        self.course, self.asked = course, []

    def workers(self):
        self.asked.clear()
        read = partial(read_submission, limits=Limits(), below=self.course.root / "submitted")
        return Workers(lambda labs: Judge(self.course, self.asked), read, 2)

    def grade(self):
        return grade_with(self.workers(), self.course)

    def regrade(self, **options):
        return regrade(self.course, [LAB], runner=self.workers(), **options)

    def demand(self, least, notebook="1_double"):
        """Change the check of a notebook."""
        path = self.course.root / "tests" / LAB / f"test_{notebook}.py"
        path.write_text(re.sub(r"# at least \S+\n", "", path.read_text()) + f"# at least {least}\n")

    def marks(self):
        with open_gradebook(self.course) as gradebook:
            return {s.student_id: s.score for s in gradebook.assignment_submissions(LAB)}

    def by_hand(self, student, cell, points):
        with open_gradebook(self.course) as gradebook:
            grade = gradebook.find_grade(cell, "1-double", LAB, student)
            grade.manual_score, grade.needs_manual_grade = points, False
            gradebook.db.commit()


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Four students, graded with a threshold of 0.5."""
    course = build(tmp_path_factory.mktemp("regrade") / "course")
    room = Class(course)
    for notebook in ("1_double", "2_square"):
        room.demand(0.5, notebook)
    for student, share in CLASS.items():
        hand_in(course, student, "1-double", share=share)
        hand_in(course, student, "2-square", share=share)
    room.grade()
    return course


@pytest.fixture
def room(graded, tmp_path):
    shutil.copytree(graded.root, tmp_path / "course")
    return Class(Course(tmp_path / "course"))


def state(course):
    """Everything that a dry run must not touch: the gradebook's rows, autograded/, and who holds what."""
    with open_gradebook(course) as gradebook:
        rows = {
            (s.student_id, g.name): (g.auto_score, g.manual_score, g.needs_manual_grade)
            for s in gradebook.assignment_submissions(LAB)
            for n in s.notebooks
            for g in n.grades
        }
    files = (course.root / "autograded").glob(f"*/{LAB}/*")
    return rows, {path: path.read_bytes() for path in files}


def test_a_dry_run_says_who_changes_through_which_check_and_changes_nothing(room):
    before = state(room.course)
    room.demand(0.8)
    done = room.regrade()
    changes = done.changes[LAB]
    assert [(c.student, c.before, c.after, c.difference) for c in changes] == [
        ("bob", 8.5, 3.0, -5.5),
        ("dot", 8.5, 3.0, -5.5),
    ]
    assert [(e.exercise, e.before, e.after) for e in changes[0].exercises] == [
        ("double", 4.0, 0.0),
        ("limit", 1.5, 0.0),
    ]
    (check,) = changes[0].exercises[0].checks
    assert (check.name, check.before, check.after, check.misconception) == (
        "high enough",
        "passed",
        "failed",
        "low",
    )
    assert "    1-double/double: 4 -> 0 of 4" in done.lines()
    assert "      high enough: passed -> failed [low]: Too low." in done.lines()
    assert state(room.course) == before


def test_applying_writes_what_was_shown_and_grades_nothing_twice(room):
    room.demand(0.8)
    shown = room.regrade().changes[LAB]
    assert len(room.asked) == 8
    done = room.regrade(apply=True)
    assert room.asked == []
    assert done.changes[LAB] == shown
    assert room.marks() == {"ann": 8.5, "bob": 3.0, "cid": 0.0, "dot": 3.0}
    assert done.applied.exit_status == 0
    assert not (room.course.root / "autograded" / TRIAL).exists()
    assert room.regrade().changes[LAB] == []
    assert room.grade().graded == 0


def test_a_damaged_trial_file_is_made_anew(room):
    room.demand(0.8)
    (room.course.root / "autograded" / TRIAL).write_bytes(
        b"no database at all, but long enough to look like one" * 50
    )
    assert len(room.regrade().changes[LAB]) == 2


def test_a_mark_can_rise(room):
    room.demand(0.1)
    (change,) = room.regrade(apply=True).changes[LAB]
    assert (change.student, change.difference) == ("cid", 5.5)
    assert room.marks()["cid"] == 5.5


def test_points_given_by_hand_stay_and_are_said_to_stay(room):
    room.by_hand("bob", "check-double", 3.5)
    room.by_hand("bob", "q-why", 2.0)
    room.demand(0.8)
    done = room.regrade(apply=True)
    change = done.changes[LAB][0]
    assert (change.student, change.before, change.after) == ("bob", 10.0, 8.5)
    assert [(e.exercise, e.by_hand) for e in change.exercises] == [("double", 3.5), ("limit", None)]
    assert any("3.5 given by hand stay" in line for line in done.lines())
    assert room.marks()["bob"] == 8.5


def test_a_change_that_moves_nobody_is_reported_as_such(room):
    room.demand(0.4)
    done = room.regrade()
    assert done.changes[LAB] == []
    assert done.lines() == [f"{LAB}: 4 students, the marks of 0 change (0 up, 0 down)"]


def test_a_new_file_a_new_student_and_a_file_that_is_gone_are_told_apart_from_checks(room):
    hand_in(room.course, "bob", "1-double", share=0.2)
    hand_in(room.course, "eve", "1-double", share=1.0)
    (room.course.root / "submitted" / "dot" / LAB / "2-square.ipynb").unlink()
    done = room.regrade()
    found = {change.student: change for change in done.changes[LAB]}
    assert found["bob"].remarks == ["1-double: another file was handed in since the last grading"]
    assert (found["eve"].before, found["eve"].after) == (None, 5.5)
    assert found["dot"].remarks == ["2-square is no longer handed in"]
    assert found["dot"].difference == -3.0


def test_a_file_that_can_no_longer_be_graded_is_told_with_its_reason(room):
    path = room.course.root / "submitted" / "ann" / LAB / "1-double.ipynb"
    path.write_bytes(b"")
    (change,) = room.regrade().changes[LAB]
    assert change.remarks[0].startswith("1-double can no longer be graded: ")
    assert change.after == 3.0


def test_the_penalty_for_late_days_moves_with_the_points(room):
    with (room.course.root / "nbgrader_config.py").open("a") as file:
        file.write("c.LateDays.penalty_per_day = 0.1\n")
    with open_gradebook(room.course) as gradebook:
        gradebook.update_or_create_assignment(LAB, duedate="2026-05-01 12:00:00 UTC")
        submission = gradebook.find_submission(LAB, "bob")
        submission.timestamp = submission.assignment.duedate.replace(day=3)
        for notebook, penalty in zip(submission.notebooks, (1.1, 0.6), strict=True):
            notebook.late_submission_penalty = penalty
        gradebook.db.commit()
    room.demand(0.8)
    change = room.regrade().changes[LAB][0]
    assert (change.student, change.before, change.after) == ("bob", 6.8, 2.4)


def test_a_time_of_hand_in_that_was_put_right_is_told_and_applied(room):
    with (room.course.root / "nbgrader_config.py").open("a") as file:
        file.write("c.LateDays.penalty_per_day = 0.1\n")
    with open_gradebook(room.course) as gradebook:
        gradebook.update_or_create_assignment(LAB, duedate="2026-05-01 12:00:00 UTC")
    path = room.course.root / "submitted" / "ann" / LAB / "timestamp.txt"
    path.write_text("2026-05-02 12:00:00 UTC")
    (change,) = room.regrade().changes[LAB]
    assert (change.student, change.before, change.after) == ("ann", 8.5, 7.65)
    assert change.remarks == ["lateness takes off 10%, 0% before"]


def test_one_student_only(room):
    room.demand(0.8)
    done = room.regrade(students=["bob"], apply=True)
    assert [change.student for change in done.changes[LAB]] == ["bob"]
    assert room.marks() == {"ann": 8.5, "bob": 3.0, "cid": 0.0, "dot": 8.5}


def test_the_changes_are_plain_data_for_a_program(room):
    room.demand(0.8)
    data = json.loads(room.regrade().to_json())
    assert data["applied"] is False
    assert [(one["student"], one["difference"]) for one in data["labs"][LAB]] == [
        ("bob", -5.5),
        ("dot", -5.5),
    ]
