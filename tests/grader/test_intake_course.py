"""Every notebook of the course comes through intake whole, also without any metadata."""

import copy
import functools
import json

import pytest

from grader.course import Course, course_root
from grader.intake import take_in
from grader.limits import Limits
from grader.release import released_notebook

NOTEBOOKS = {n.name: n for lab in Course(course_root()).labs for n in lab.notebooks}


@functools.cache
def pair(name):
    source = NOTEBOOKS[name].source
    return source, released_notebook(source)


def graded(nb, name):
    return take_in(json.dumps(nb).encode(), *pair(name), Limits())


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_released_notebook_comes_back_as_it_is(name):
    released = pair(name)[1]
    rebuilt = graded(released, name)
    assert rebuilt.repairs == []
    assert rebuilt.notebook == released
    assert rebuilt.not_written == set(rebuilt.answers)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_solved_notebook_has_every_answer_with_and_without_metadata(name):
    source = pair(name)[0]
    whole = graded(source, name)
    assert whole.repairs == []
    assert whole.not_written == set()
    bare = copy.deepcopy(source)
    for cell in bare.cells:
        cell.metadata = {}
        del cell["id"]
    assert graded(bare, name).answers == whole.answers
