"""The example class has right and wrong submissions for every lab; tests/grader/test_fleet_example.py grades one."""

import importlib.util
import sys

import nbformat
import pytest

from grader.checks.bank import load_bank
from grader.course import Course, course_root, grade_id

COURSE = Course(course_root())
FOLDER = COURSE.root / "examples"


@pytest.fixture(scope="module")
def examples():
    spec = importlib.util.spec_from_file_location("build_class", FOLDER / "build_class.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["build_class"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("lab", COURSE.labs, ids=lambda lab: lab.name)
def test_every_lab_has_at_least_four_submissions(examples, lab, tmp_path):
    names = examples.build_class(lab, tmp_path)
    assert len(names) >= 4
    for name in names:
        assert set((tmp_path / name / lab.name).iterdir())


def answers(folder):
    """{(notebook, exercise): source} of a submission."""
    return {
        (path.stem, grade_id(cell)): cell.source
        for path in folder.glob("*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
    }


@pytest.mark.parametrize(
    "lab", [lab for lab in COURSE.labs if lab.name != "3-backprop"], ids=lambda lab: lab.name
)
def test_two_students_have_typical_mistakes_and_nothing_else_wrong(examples, lab, tmp_path):
    """The bank's gate proves that each of these answers fails, under its own name."""
    examples.build_class(lab, tmp_path)
    right = answers(tmp_path / "ada" / lab.name)
    first, second = examples.TYPICAL[lab.name]
    assert len({*first, *second}) == 4
    for student, mistakes in (("carla", first), ("dimitri", second)):
        got = answers(tmp_path / student / lab.name)
        changed = {key for key in right if right[key] != got[key]}
        assert changed == {(notebook, exercise) for notebook, exercise, _ in mistakes}
        for notebook, exercise, tag in mistakes:
            known = {e.tag: e for e in load_bank(lab.notebook(notebook).bank) if e.exercise == exercise}
            assert known[tag].kind == "wrong"
            assert got[notebook, exercise] == known[tag].source.strip("\n")
