"""Exercises that are checked on one copy of the notebook's state: when they are, and that none costs another anything."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from hostile_course import FULL, submission
from hostile_room import Room, points

SOFTMAX = """
import os
seen = []
def softmax(scores):
    seen.append(os.getpid())
    return torch.softmax(scores, 1)
"""
LOSS = """
def loss(scores, targets):
    {}
    return -torch.log(softmax(scores)[torch.arange(len(targets)), targets]).mean()
"""
SLOPE = """
def slope(f, x, h):
    {}
    return (f(x + h) - f(x - h)) / (2 * h)
"""


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    with Room(tmp_path_factory.mktemp("copies")) as room:
        yield room


def graded(room, **answers):
    return points(room.grade(nbformat.writes(submission(answers)).encode()))


def test_an_exercise_may_follow_where_the_same_holds(room):
    loss = LOSS.format("assert seen[-1] == os.getpid()")
    assert graded(room, softmax=SOFTMAX, loss=loss) == FULL


def test_right_functions_of_the_students_own_are_used_as_they_are(room):
    loss = LOSS.format("assert softmax.__code__.co_filename.startswith('<ipython')")
    assert graded(room, softmax=SOFTMAX, loss=loss) == FULL


@pytest.mark.parametrize(
    "spoilt", ["return torch.softmax(scores, 1) + (len(scores) == 7)", "return torch.softmax(scores, 0)"]
)
def test_what_is_not_right_is_lent(room, spoilt):
    softmax = SOFTMAX.replace("return torch.softmax(scores, 1)", spoilt)
    found = graded(room, softmax=softmax, loss=LOSS.format("pass"))
    assert found == {**FULL, "softmax": found["softmax"]}
    assert found["softmax"] < FULL["softmax"]


def test_two_wrongs_make_no_right(room):
    softmax = "def softmax(scores): return 2 * torch.softmax(scores, 1)"
    loss = LOSS.format("pass").replace("softmax(scores)[", "(softmax(scores) / 2)[")
    assert graded(room, softmax=softmax, loss=loss) == {**FULL, "softmax": 0.0, "loss": 0.0}


@pytest.mark.parametrize(
    "spoilt", ["1 / 0", "os._exit(1)", "any(iter(int, 1))"], ids=["error", "end", "loop"]
)
def test_what_is_right_alone_and_fails_beside_another_is_lent(room, spoilt):
    softmax = SOFTMAX.replace("seen.append(os.getpid())", f"if len(scores) == 9: {spoilt}")
    assert graded(room, softmax=softmax, loss=LOSS.format("pass")) == FULL


def test_the_better_of_two_tries_counts(room):
    """With the reference's softmax, which knows no `axis`, nothing of this loss could run."""
    softmax = "def softmax(scores, axis=1): return torch.softmax(scores, axis)"
    loss = LOSS.format("if len(scores) == 9: return scores.sum()").replace(
        "softmax(scores)", "softmax(scores, axis=1)"
    )
    assert graded(room, softmax=softmax, loss=loss) == {**FULL, "loss": 2.0}


def test_none_follows_one_that_was_lent_more(room):
    softmax = SOFTMAX.replace("return torch.softmax(scores, 1)", "return scores")
    loss = LOSS.format("seen.append(os.getpid())")
    slope = SLOPE.format("assert os.getpid() not in seen")
    found = graded(room, softmax=softmax, loss=loss, slope=slope)
    assert found == {**FULL, "softmax": 0.0}


def test_what_was_lent_is_gone_before_the_next_exercise(room):
    softmax = SOFTMAX.replace("return torch.softmax(scores, 1)", "return scores")
    loss = LOSS.format("seen.append(softmax)")
    slope = SLOPE.format("assert softmax.__code__.co_filename.startswith('<ipython')")
    assert graded(room, softmax=softmax, loss=loss, slope=slope) == {**FULL, "softmax": 0.0}


def test_whoever_fails_beside_another_is_asked_once_more_alone(room):
    loss = LOSS.format("assert not seen")
    assert graded(room, softmax=SOFTMAX, loss=loss) == FULL


def test_a_wrong_answer_fails_alone_too(room):
    due = {**FULL, "loss": 0.0}
    assert graded(room, softmax=SOFTMAX, loss="def loss(scores, targets): return scores.sum() * 0") == due


@pytest.mark.parametrize(
    "left",
    [
        "import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        "import subprocess; subprocess.Popen(['sleep', '60'])",
        "import os; os.fork() or os._exit(0)",
    ],
    ids=["thread", "process", "zombie"],
)
def test_none_follows_where_something_still_runs(room, left):
    softmax = SOFTMAX.replace("    seen.append", f"    {left}\n    seen.append")
    loss = LOSS.format("assert not seen; import threading; assert threading.active_count() == 1")
    assert graded(room, softmax=softmax, loss=loss) == FULL


def test_time_that_one_uses_up_is_not_taken_from_the_next(room):
    softmax = SOFTMAX.replace("    seen.append", "    while len(scores) == 7: pass\n    seen.append")
    found = graded(room, softmax=softmax)
    assert 0 < found["softmax"] < FULL["softmax"]
    assert found == {**FULL, "softmax": found["softmax"]}
