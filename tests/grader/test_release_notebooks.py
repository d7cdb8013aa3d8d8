"""What a student finds in a released notebook, and how faults of a source notebook are told."""

from __future__ import annotations

import copy
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.preprocessors import ComputeChecksums, LockCells
from nbgrader.utils import compute_checksum

sys.path.insert(0, str(Path(__file__).parent))
from tiny_course import code, first_notebook, notebook, text

from grader.course import CourseError, grade_id
from grader.regions import WRITE_CODE, WRITE_TEXT, stripped
from grader.release import released_notebook


def released_cell(name):
    cells = released_notebook(first_notebook()).cells
    return next(cell for cell in cells if grade_id(cell) == name)


def test_a_function_keeps_its_signature_and_docstring_and_says_that_it_is_not_written():
    assert released_cell("double").source == f'def double(x):\n    """Twice x."""\n    {WRITE_CODE}'


def test_an_answer_at_top_level_lets_the_cell_run_on():
    assert released_cell("limit").source == "limit = None\n..."


def test_a_mark_scheme_gives_way_to_a_place_for_the_answer():
    assert released_cell("q-why").source == WRITE_TEXT


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "class A:\n    def f(self):\n        ### BEGIN SOLUTION\n        return 1\n        ### END SOLUTION",
            f"class A:\n    def f(self):\n        {WRITE_CODE}",
        ),
        (
            "class A:\n    ### BEGIN SOLUTION\n    x = 1\n    ### END SOLUTION\n    y = 2",
            "class A:\n    ...\n    y = 2",
        ),
        (
            "def f(a,\n      b\n):\n    ### BEGIN SOLUTION\n    return a\n    ### END SOLUTION\n\nprint(f)",
            f"def f(a,\n      b\n):\n    {WRITE_CODE}\n\nprint(f)",
        ),
        (
            "%matplotlib inline\nif True:\n    ### BEGIN SOLUTION\n    x = 1\n    ### END SOLUTION",
            "%matplotlib inline\nif True:\n    ...",
        ),
        (
            "### BEGIN SOLUTION\na = 1\n### END SOLUTION\nb = 2\n### BEGIN SOLUTION\nc = 3\n### END SOLUTION",
            "...\nb = 2\n...",
        ),
    ],
    ids=["method", "class body", "long signature", "with magics", "two regions"],
)
def test_the_stub_fits_the_place_of_the_marker(source, expected):
    assert stripped(source, "code") == expected


def test_the_source_notebook_is_not_changed():
    source = first_notebook()
    before = copy.deepcopy(source)
    released_notebook(source)
    assert source == before


def test_outputs_and_traces_of_a_run_are_gone():
    source = first_notebook()
    source.cells[1].outputs = [nbformat.v4.new_output("stream", text="secret")]
    source.cells[1].execution_count = 7
    source.cells[1].metadata["execution"] = {"iopub.execute_input": "2026-01-01"}
    cell = released_notebook(source).cells[1]
    assert (cell.outputs, cell.execution_count, "execution" in cell.metadata) == ([], None, False)


def test_a_picture_used_in_a_mark_scheme_only_is_not_released():
    source = first_notebook()
    source.cells[-1].attachments = {"answer.png": {"image/png": "AAAA"}}
    assert not released_notebook(source).cells[-1].attachments


def test_locks_and_checksums_are_those_of_nbgrader():
    released = released_notebook(first_notebook())
    theirs = copy.deepcopy(released)
    for cell in theirs.cells:
        cell.metadata.pop("deletable", None)
        cell.metadata.pop("editable", None)
        cell.metadata.get("nbgrader", {}).pop("checksum", None)
    for preprocessor in (LockCells(), ComputeChecksums()):
        theirs, _ = preprocessor.preprocess(theirs, {})
    assert theirs == released
    marked = [cell for cell in released.cells if "nbgrader" in cell.metadata]
    assert [cell.metadata.nbgrader.checksum for cell in marked] == [compute_checksum(cell) for cell in marked]


SOLVED = "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"
FAULTY = {
    "never ends": (
        code("f", SOLVED.replace("    ### END SOLUTION", ""), solution=True),
        "put '### END SOLUTION'",
    ),
    "never began": (code("f", SOLVED.replace("    ### BEGIN SOLUTION\n", ""), solution=True), "never began"),
    "nested": (code("f", f"### BEGIN SOLUTION\n{SOLVED}", solution=True), "inside the one of line 1"),
    "empty": (code("f", "### BEGIN SOLUTION\n\n### END SOLUTION", solution=True), "empty region"),
    "no markers": (code("f", "def f():\n    return 1", solution=True), "without markers"),
    "not a solution cell": (code("f", SOLVED), "not a solution cell"),
    "misspelt": (
        code("f", SOLVED.replace("BEGIN SOLUTION", "BEGIN SOLUTON"), solution=True),
        "looks like a marker",
    ),
    "lower case": (code("f", SOLVED.replace("### END", "# end"), solution=True), "looks like a marker"),
    "in a plain cell": (code("f", "### BEGN SOLUTION\nx = 1"), "looks like a marker"),
    "of text in code": (code("f", "=== BEGIN MARK SCHEME ===", solution=True), "looks like a marker"),
    "of code in text": (
        text("q-f", "### BEGIN SOLUTION\na\n### END SOLUTION", grade=True, solution=True, points=1),
        "'=== BEGIN MARK SCHEME ==='",
    ),
    "hidden tests": (code("f", SOLVED + "\n### BEGIN HIDDEN TESTS"), "belong in tests/<lab>/"),
    "not Python": (code("f", SOLVED + "\nx = = 1", solution=True), "not valid Python"),
    "half a statement": (
        code("f", "### BEGIN SOLUTION\nif 1:\n### END SOLUTION\n    x = 1", solution=True),
        "what is left without the solution is not valid Python",
    ),
    "no points": (code("check-f", "f()", grade=True), "no points"),
    "no exercise": (code("check-g", "g()", grade=True, points=1), "must be named check-"),
    "bad id": (code("f f", SOLVED, solution=True), "no grade_id of letters"),
    "ungraded question": (text("q-f", "x", solution=True), "a text cell is either"),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_a_fault_is_told_with_notebook_cell_and_cure(fault):
    cell, cure = FAULTY[fault]
    name = cell.metadata.get("nbgrader", {}).get("grade_id", "1")
    with pytest.raises(CourseError, match=cure) as told:
        released_notebook(notebook(cell), "source/lab/1.ipynb")
    assert f"source/lab/1.ipynb, cell {name}: " in str(told.value)


ANSWER = "def f(x):\n    ### BEGIN SOLUTION\n    scaled = 3 * x + 1\n    return scaled * scaled\n    ### END SOLUTION"
F = (code("f", ANSWER, solution=True), code("check-f", "f(1)", grade=True, points=1))
UNPAIRED = {
    "an answer without points": (
        F[:1],
        "cell f: it holds an answer and nothing gives points for it; add a check cell check-f",
    ),
    "a check before the answer": (
        F[::-1],
        "cell check-f: it stands before its solution cell f; put it behind",
    ),
    "a check cell without checks": (
        [F[0], code("check-f", "# later\npass", grade=True, points=1)],
        "cell check-f: it shows students nothing; call f in it",
    ),
    "a copied check": (
        [F[0], code("check-f", 'with check("g"):\n    f(1)', grade=True, points=1)],
        'cell check-f: it says check\\("g"\\), which is another exercise',
    ),
    "points that are no number": (
        [F[0], code("check-f", "f(1)", grade=True, points=float("nan"))],
        "no points",
    ),
}


@pytest.mark.parametrize("fault", UNPAIRED)
def test_an_answer_and_its_check_that_do_not_belong_together_are_told(fault):
    cells, cure = UNPAIRED[fault]
    with pytest.raises(CourseError, match=cure):
        released_notebook(notebook(*cells))


def test_answers_that_are_carried_over_need_no_check():
    released_notebook(
        notebook(code("carried-over", ANSWER, solution=True), code("setup", "x = 1", locked=True))
    )


SHOWN = {
    "an answer in another cell": (
        code("helper", "def g(x):\n    scaled = 3 * x + 1\n    return scaled * scaled"),
        "shows 'scaled = 3 \\* x \\+ 1', which is part of the answer of f; take it out",
    ),
    "an answer in words": (
        text("hint", "Try this:\n\n    scaled = 3 * x + 1\n    return scaled * scaled"),
        "part of the answer of f",
    ),
    "the grader": (
        code("peek", "from grader.checks import check_close"),
        "imports grader, which students do not",
    ),
    "the bank": (code("peek", "import bank_1_mean"), "imports bank_1_mean"),
    "words of a hidden check": (
        code("peek", "# HIDDEN TESTS below\nassert f(1) == 16"),
        "'HIDDEN TESTS' would be",
    ),
    "words of a mark scheme": (text("peek", "MARK SCHEME: one point"), "'MARK SCHEME' would be released"),
}


@pytest.mark.parametrize("what", SHOWN)
def test_what_students_must_not_see_is_told_with_cell_and_cure(what):
    cell, cure = SHOWN[what]
    with pytest.raises(CourseError, match=cure) as told:
        released_notebook(notebook(*F, cell), "source/lab/1.ipynb")
    assert f"source/lab/1.ipynb, cell {cell.id}: " in str(told.value)


def test_single_lines_in_common_with_an_answer_are_no_leak():
    given = code("given", "def g(x):\n    scaled = 3 * x + 1\n    return scaled")
    released_notebook(notebook(*F, given))


def test_every_fault_is_told_at_once():
    cells = [
        code("f", "pass", solution=True),
        code("g", "pass", solution=True),
        code("g", SOLVED, solution=True),
    ]
    with pytest.raises(CourseError) as told:
        released_notebook(notebook(*cells))
    assert "cell f: " in str(told.value)
    assert "its grade_id appears 2 times" in str(told.value)


@pytest.mark.parametrize("line", ["# The solution of the equation", "### Solution", "# begin with zeros"])
def test_ordinary_comments_are_no_markers(line):
    assert stripped(line, "markdown") == line
