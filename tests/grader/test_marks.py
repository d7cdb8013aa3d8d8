"""From a result to points and comments: exact when all is well, nothing when in doubt."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import tiny_course
from tiny_course import LAB

from grader.marking.marks import NO_RESPONSE, NO_RESULT, NOT_HANDED_IN, marks
from grader.release import released_notebook
from grader.results import Check, Exercise, Graded, Result


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    return tiny_course.build(tmp_path_factory.mktemp("marks") / "course").lab(LAB).notebook("1-double")


def graded(notebook, *exercises, answer=None, status="graded", reason=None):
    content = released_notebook(notebook.source)
    if answer is not None:
        content.cells[-1].source = answer
    return Graded(Result(LAB, notebook.name, status, reason, exercises=list(exercises)), content)


def double(points=4.0, most=4.0, outcome="passed", checks=()):
    return Exercise("double", points, most, outcome, list(checks))


LIMIT = Exercise("limit", 1.5, 1.5, "passed")


def test_points_land_as_they_are(notebook):
    found = marks(notebook, graded(notebook, double(4 / 3, outcome="partial"), LIMIT))
    assert found.scores == {"check-double": 4 / 3, "check-limit": 1.5, "q-why": 0.0}
    assert found.problems == []


@pytest.mark.parametrize("points", [math.nan, math.inf, -1.0, 4.5, True, "4", None])
def test_points_that_cannot_be_are_worth_nothing_and_reported(notebook, points):
    found = marks(notebook, graded(notebook, double(points), LIMIT))
    assert found.scores["check-double"] == 0.0
    assert found.comments["double"] == NO_RESULT
    assert found.problems[0].startswith(f"double: {points!r} of 4.0 points came back where 4 are possible")


def test_a_result_for_other_points_than_the_notebook_gives_is_not_believed(notebook):
    found = marks(notebook, graded(notebook, double(5.0, most=5.0), LIMIT))
    assert found.scores["check-double"] == 0.0
    assert len(found.problems) == 1


def test_a_missing_exercise_is_worth_nothing_and_reported(notebook):
    found = marks(notebook, graded(notebook, LIMIT))
    assert found.scores["check-double"] == 0.0
    assert found.problems == ["double: no result came back; 0 points were recorded"]


def test_the_comment_is_what_the_first_check_says_that_did_not_pass(notebook):
    checks = [
        Check("one", "passed"),
        Check("two", "failed", "Seen.\nLike."),
        Check("three", "failed", "Later."),
    ]
    found = marks(notebook, graded(notebook, double(1.0, outcome="partial", checks=checks), LIMIT))
    assert found.comments == {"double": "Seen.\nLike.", "limit": None, "q-why": NO_RESPONSE}


def test_a_check_that_was_not_run_says_so_by_its_name(notebook):
    checks = [Check("twice zero", "not_run")]
    found = marks(notebook, graded(notebook, double(0.0, outcome="not_run", checks=checks), LIMIT))
    assert found.comments["double"] == "twice zero: not run"


def test_what_is_not_written_is_called_so(notebook):
    found = marks(notebook, graded(notebook, double(0.0, outcome="not_written"), LIMIT))
    assert found.comments["double"] == "Not written yet."


@pytest.mark.parametrize("answer", ["*Your answer here.*", "  *Your answer here.*\n\n", "", "  "])
def test_an_untouched_question_needs_nobody(notebook, answer):
    found = marks(notebook, graded(notebook, double(), LIMIT, answer=answer))
    assert (found.scores["q-why"], found.comments["q-why"]) == (0.0, NO_RESPONSE)


def test_an_answered_question_waits_for_a_person(notebook):
    found = marks(notebook, graded(notebook, double(), LIMIT, answer="Because it is x + x."))
    assert (found.scores["q-why"], found.comments["q-why"]) == (None, None)


def test_what_cannot_be_graded_has_no_points_and_its_reason_everywhere(notebook):
    reason = "1-double.ipynb is a folder."
    found = marks(notebook, Graded(Result(LAB, "1-double", "ungradable", reason), None))
    assert found.scores == {"check-double": 0.0, "check-limit": 0.0, "q-why": None}
    assert set(found.comments.values()) == {reason}


@pytest.mark.parametrize("nothing", [None, Graded(Result(LAB, "1-double", "graded", "not handed in"), None)])
def test_what_was_not_handed_in_has_no_points_and_waits_for_nobody(notebook, nothing):
    found = marks(notebook, nothing)
    assert set(found.scores.values()) == {0.0}
    assert set(found.comments.values()) == {NOT_HANDED_IN}
