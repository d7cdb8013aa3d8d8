"""Every exercise, figure, question and mended defect of the course's sources has its home in a notebook.

docs/coverage.csv has one row for each: seed (S1 to S5, the five source documents; "course" for what was added), kind,
what it is, place (lab/notebook, or `utils`, or `tests`), home (the exercise, the question, the cell's id, an attribute,
a test), and words that must stand there.
"""

import ast
import csv
import functools
from dataclasses import dataclass

import pytest

import utils
from grader.course import Course, course_root, grade_id, nbgrader_metadata
from grader.release import released_notebook

KINDS = {"exercise", "figure", "question", "defect", "data", "number"}
COURSE = Course(course_root())
TABLE = COURSE.root / "docs" / "coverage.csv"


@dataclass(frozen=True)
class Row:
    seed: str
    kind: str
    what: str
    place: str
    home: str
    words: str


def rows():
    with open(TABLE, newline="", encoding="utf-8") as lines:
        return [Row(**row) for row in csv.DictReader(lines)]


@functools.cache
def cells(place):
    """Cells of a notebook `lab/notebook` by their id; a cell of nbgrader's by its grade_id as well."""
    lab, _, notebook = place.partition("/")
    source = COURSE.lab(lab).notebook(notebook).source
    return {name: cell for cell in source.cells for name in (cell.id, grade_id(cell)) if name}


def fault_of(row):
    """What is wrong with a row: None where it is at home."""
    if row.kind not in KINDS or not (row.seed and row.what and row.place and row.home):
        return "a field is empty or the kind is unknown"
    if row.place == "utils":
        name, _, attribute = row.home.partition(".")
        return None if hasattr(getattr(utils, name)(), attribute) else "there is no such attribute"
    if row.place == "tests":
        path, _, test = row.home.partition("::")
        names = {
            node.name
            for node in ast.walk(ast.parse((COURSE.root / path).read_text()))
            if "name" in node._fields
        }
        return None if test in names else "there is no such test"
    return fault_in_notebook(row)


def fault_in_notebook(row):
    known = cells(row.place)
    if row.home not in known:
        return "the notebook has no such cell"
    cell, meta = known[row.home], nbgrader_metadata(known[row.home])
    shown = cell.source
    if row.kind == "exercise":
        check = nbgrader_metadata(known.get(f"check-{row.home}", cell))
        if not (cell.cell_type == "code" and meta.get("solution") and check.get("points", 0) > 0):
            return "it is not a solution cell with a check that gives points"
    if row.home.startswith("q-"):
        if not (cell.cell_type == "markdown" and meta.get("points", 0) > 0 and "MARK SCHEME" in cell.source):
            return "it is not a question with points and a mark scheme"
        shown = known[f"{row.home}-text"].source
    if row.kind == "figure" and cell.cell_type != "code":
        return "a figure is a code cell"
    return None if row.words and row.words in shown else f"these words are not there: {row.words}"


def test_what_the_seeds_taught_has_a_home():
    faults = {(row.place, row.home, row.what): fault_of(row) for row in rows()}
    assert {key: fault for key, fault in faults.items() if fault} == {}


def test_every_exercise_and_question_of_the_course_is_in_the_table():
    places = {f"{lab.name}/{notebook.name}" for lab in COURSE.labs for notebook in lab.notebooks}
    homes = {
        (place, name.removeprefix("check-"))
        for place in places
        for name, cell in cells(place).items()
        if nbgrader_metadata(cell).get("points") and name == grade_id(cell)
    }
    assert homes - {(row.place, row.home) for row in rows()} == set()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"home": "no-such-cell"}, "the notebook has no such cell"),
        ({"home": "about-backward"}, "it is not a solution cell with a check that gives points"),
        ({"words": "def backward(params):"}, "these words are not there: def backward(params):"),
        ({"kind": "film"}, "a field is empty or the kind is unknown"),
        ({"home": ""}, "a field is empty or the kind is unknown"),
        ({"place": "tests", "home": "tests/course/test_coverage.py::test_nothing"}, "there is no such test"),
        ({"place": "utils", "home": "CirclesData.Xother"}, "there is no such attribute"),
    ],
)
def test_a_row_without_a_home_is_found(change, fault):
    good = next(row for row in rows() if (row.place, row.home) == ("3-backprop/1-by-hand", "backward"))
    assert fault_of(good) is None
    assert fault_of(Row(**{**good.__dict__, **change})) == fault


def test_words_of_a_row_are_what_students_see():
    """In a solution cell they stand outside of the solution, so that the released notebook has them too."""
    for row in rows():
        if row.kind == "exercise":
            lab, _, name = row.place.partition("/")
            released = released_notebook(COURSE.lab(lab).notebook(name).source)
            assert row.words in next(cell for cell in released.cells if grade_id(cell) == row.home).source
