"""pytest fixtures of the hidden checks: `student`, `reference`, `rng`, `device`, `source`.

Under the grader an examiner says whose answers are checked. Under a plain `pytest tests/<lab>` it is the
instructor's own notebook, which must give full marks.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.boundary.proxy import Student, local_student
from grader.boundary.seeds import seed_everything
from grader.checks.declare import Declared
from grader.checks.reference import Reference
from grader.course import Course, Notebook, course_root

_references: dict[Path, Reference] = {}


@dataclass
class Examined:
    """Whose answers the checks are looking at: set by the examiner, empty under a plain pytest. `item`: the check."""

    student: Student | None = None
    source: str = ""
    seed: int = 0
    item: Any = None


examined = Examined()


def notebook_of(path: Path) -> Notebook:
    """The notebook whose hidden checks are in the file `path`."""
    course = Course(course_root())
    for notebook in course.lab(path.parent.name).notebooks:
        if notebook.checks.name == path.name:
            return notebook
    raise pytest.UsageError(f"{path} belongs to no notebook of source/{path.parent.name}/")


def reference_of(path: Path) -> Reference:
    """The reference of the notebook whose checks are in `path`, made once."""
    if path not in _references:
        _references[path] = Reference(notebook_of(path))
    return _references[path]


def declared(item: Any) -> Declared:
    """What the class of a check says of its exercise."""
    found = getattr(getattr(item, "cls", None), "exercise", None)
    if not isinstance(found, Declared):
        raise pytest.UsageError(f"{item.nodeid}: a hidden check stands in a class with @exercise(...)")
    return found


def lend_reference(student: Student, item: Any, lent: Collection[str]) -> None:
    """Lend the student's side the reference's version of the names `lent`."""
    names = reference_of(item.path).namespace() if lent else {}
    missing = [name for name in lent if name not in names]
    if missing:
        raise pytest.UsageError(
            f"{item.nodeid}: uses {missing}, which the instructor's notebook does not define"
        )
    student.lend(**{name: names[name] for name in lent})


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: Any) -> None:
    """The same random numbers on this side for every run of a check. Its item is kept for the fixtures: each `request`
    that they ask for takes pytest 50 microseconds.
    """
    seed_everything(0)
    examined.item = item


@pytest.fixture
def reference() -> Student:
    """The instructor's functions, called as the student's are: arguments are copied."""
    return local_student(reference_of(examined.item.path).namespace())


@pytest.fixture
def student() -> Student:
    """The answers that are checked, seeded before every check: with 0, but where the part of chance is measured."""
    found = examined.student
    if found is None:
        found = local_student(reference_of(examined.item.path).namespace())
        lend_reference(found, examined.item, declared(examined.item).uses)
    found.seed(examined.seed)
    return found


@pytest.fixture
def rng() -> Any:
    """A torch.Generator whose seed comes from the check's name."""
    import torch

    return torch.Generator().manual_seed(zlib.crc32(examined.item.name.encode()))


@pytest.fixture
def device() -> str:
    """The device of a check's own tensors: the CPU, always. What the student's code is given goes to the device that the
    checks run on, and its answers come back from there, on their way through the boundary.
    """
    return "cpu"


@pytest.fixture
def source() -> str:
    """The source text of the exercise's solution cell."""
    if examined.student is not None:
        return examined.source
    return reference_of(examined.item.path).solutions[declared(examined.item).name]
