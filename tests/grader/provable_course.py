"""A course of one notebook whose checks are written for a test; each has its own name, so that nothing is shared."""

from __future__ import annotations

import itertools
from pathlib import Path

from grader.course import Course, Notebook
from tests.grader import tiny_course
from tests.grader.tiny_course import code, text

_number = itertools.count(1)

SCALE = '''def scale(X, factor):
    """X (n, p) times a number."""
    ### BEGIN SOLUTION
    return factor * X
    ### END SOLUTION
'''
CHECKS = '''import numpy as np
import pytest

from grader.checks import *


@exercise("scale")
class TestScale:
    @pytest.mark.parametrize("shape", [(5, 3), (2, 4)])
    def test_values(self, student, reference, shape):
        """the values"""
        X = np.random.default_rng(1).normal(size=shape)
        check_close(student.scale(X, 3.0), reference.scale(X, 3.0))
'''
BANK = '''from grader.checks import right, wrong


@wrong("scale")
def factor_forgotten(X, factor):
    """The values are those that were given.
    The factor is not used.
    """
    return X


@wrong("scale")
def factor_added(X, factor):
    """The values differ by one number.
    It looks like a sum.
    """
    return X + factor


@wrong("scale")
def factor_turned(X, factor):
    """The values have the wrong sign."""
    return -factor * X


@wrong("scale")
def factor_twice(X, factor):
    """The values are too large."""
    return factor * factor * X


@right("scale")
def from_the_right(X, factor):
    """Factor on the right."""
    return X * factor


@right("scale")
def by_rows(X, factor):
    """One row after the other."""
    return np.array([factor * row for row in X])
'''


def build(
    root: Path, checks: str = CHECKS, bank: str = BANK, solution: str = SCALE, words: str = "Scale X."
) -> Notebook:
    """The notebook of a new course in a folder, with these checks, answers, solution and statement."""
    lab = f"{next(_number)}-provable"
    course = Course(root)
    cells = [
        code("setup", "import numpy as np", locked=True),
        text("about", words),
        code("scale", solution, solution=True),
        code("check-scale", "scale(X, 2)", grade=True, points=3),
    ]
    tiny_course.write(tiny_course.notebook(*cells), root / "source" / lab / "1-scale.ipynb")
    folder = root / "tests" / lab
    folder.mkdir(parents=True)
    if checks:
        (folder / "test_1_scale.py").write_text(checks)
    (folder / "bank_1_scale.py").write_text(bank)
    (root / "nbgrader_config.py").write_text("")
    return course.lab(lab).notebook("1-scale")
