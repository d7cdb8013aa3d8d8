"""The secret by which a student of nbgrader's exchange finds the feedback goes with what was graded, and only if it is one."""

from __future__ import annotations

import pytest

from grader.marking import autograded
from tests.grader import tiny_course
from tests.grader.tiny_course import LAB

REAL = b"0123456789abcdef" * 8


@pytest.fixture
def course(tmp_path):
    return tiny_course.build_files(tmp_path / "course")


def graded_secret(course, content):
    """What stands beside the graded notebooks when a hand-in has this secret; None is no file."""
    folder = course.root / "submitted" / "ann" / LAB
    folder.mkdir(parents=True, exist_ok=True)
    (folder / autograded.SECRET).unlink(missing_ok=True)
    if content is not None:
        (folder / autograded.SECRET).write_bytes(content)
    autograded.save(course.lab(LAB), "ann", {}, None)
    kept = autograded.folder_of(course, "ann", LAB) / autograded.SECRET
    return kept.read_bytes() if kept.exists() else None


def test_it_goes_with_the_graded_notebooks(course):
    assert graded_secret(course, REAL) == REAL


@pytest.mark.parametrize("content", [None, b"", REAL + b"0", b"\xff" * 128, b"../" * 40])
def test_what_is_no_secret_does_not_and_an_earlier_one_goes(course, content):
    graded_secret(course, REAL)
    assert graded_secret(course, content) is None


def test_no_link_is_followed(course, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(REAL)
    graded_secret(course, None)
    (course.root / "submitted" / "ann" / LAB / autograded.SECRET).symlink_to(elsewhere)
    autograded.save(course.lab(LAB), "ann", {}, None)
    assert not (autograded.folder_of(course, "ann", LAB) / autograded.SECRET).exists()
