"""Release Feedback of a whole lab: a hand-in that did not come through the exchange is named, the others are released."""

from __future__ import annotations

import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.utils import notebook_hash
from traitlets.config import Config

from grader.marking.autograded import SECRET, TIMESTAMP
from grader.plugins.nbgrader_run import configuration, course_directory
from tests.grader import tiny_course
from tests.grader.tiny_course import LAB

STUDENTS = {name: f"{number:0128x}" for number, name in enumerate(("ann", "bob", "cid", "dot", "eve"))}


@pytest.fixture
def course(tmp_path):
    """A course with feedback for five students, who all handed in through the exchange."""
    course = tiny_course.build_files(tmp_path / "course")
    for student, secret in STUDENTS.items():
        folder = course.root / "feedback" / student / LAB
        folder.mkdir(parents=True)
        (folder / "1-double.html").write_text(f"the page of {student}")
        (folder / SECRET).write_text(secret)
        (folder / TIMESTAMP).write_text("2026-01-02 03:04:05.000000 UTC")
    return course


@pytest.fixture
def release(course, tmp_path):
    """A function that does what the formgrader's button does; gives nbgrader's answer and who has got a page."""
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)

    def press(student=None):
        config = Config(configuration(course))
        config.Exchange.root = str(exchange)
        answer = NbGraderAPI(course_directory(course), config=config).release_feedback(LAB, student)
        names = {notebook_hash(secret=s, notebook_id="1-double"): name for name, s in STUDENTS.items()}
        found = {names.get(path.stem): path.read_text() for path in exchange.rglob("*.html")}
        assert all(text == f"the page of {name}" for name, text in found.items())
        return answer, set(found)

    return press


def folder(course, student):
    return course.root / "feedback" / student / LAB


def test_all_get_their_own_page(release):
    answer, found = release()
    assert (answer["success"], found) == (True, set(STUDENTS))


def test_the_others_are_released_and_who_is_left_out_is_named(course, release):
    (folder(course, "ann") / SECRET).unlink()  # the first one
    (folder(course, "bob") / TIMESTAMP).unlink()
    (folder(course, "cid") / SECRET).write_bytes(b"\xff" * 128)
    (folder(course, "dot") / "1-double.html").unlink()
    (folder(course, "dot") / "1-double.html").mkdir()
    answer, found = release()
    assert answer["success"], answer
    assert found == {"eve"}
    for name in ("ann", "bob", "cid", "dot"):
        assert f"Feedback of {name} is NOT released" in answer["log"]
    assert "Feedback of eve" not in answer["log"]


def test_a_button_that_released_nothing_says_so(course, release):
    (folder(course, "ann") / SECRET).unlink()
    answer, found = release("ann")
    assert (answer["success"], found) == (False, set())
    assert "Feedback of ann is NOT released" in answer["log"]
    answer, found = release("zoe")
    assert (answer["success"], found) == (False, set())
    assert "Generate it first" in answer["log"]


def test_one_student_alone_gets_the_page(release):
    answer, found = release("bob")
    assert (answer["success"], found) == (True, {"bob"})
