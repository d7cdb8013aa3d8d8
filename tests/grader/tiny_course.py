"""A course of one lab with two notebooks, small enough to read: two exercises, a constant and a question."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from grader.course import Course
from grader.marking.gradebook import open_gradebook

REPOSITORY = Path(__file__).resolve().parents[2]
LAB = "1-tiny"

DOUBLE = '''def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    twice_the_value = x + x
    return twice_the_value
    ### END SOLUTION
'''
SQUARE = '''def square(x):
    """x times x."""
    ### BEGIN SOLUTION
    squared_value_of_x = x**2
    return squared_value_of_x
    ### END SOLUTION
'''
LIMIT = """limit = None
### BEGIN SOLUTION
limit = 3 * 7 * 2.0
### END SOLUTION
"""
SCHEME = """=== BEGIN MARK SCHEME ===
One point for commutativity of addition, one for an example.
=== END MARK SCHEME ===
"""
HIDDEN = '''from grader.checks import exercise, check_close


@exercise("double")
class TestDouble:
    def test_of_a_hidden_number(self, student, reference):
        """twice a number"""
        check_close(student.double(1234.5), reference.double(1234.5))

    def test_of_nothing(self, student, reference):
        """twice zero"""
        check_close(student.double(0.0), reference.double(0.0))


@exercise("limit")
class TestLimit:
    def test_value(self, student, reference):
        """the limit"""
        check_close(student.get("limit"), reference.get("limit"))
'''
HIDDEN_2 = '''from grader.checks import exercise, check_close


@exercise("square")
class TestSquare:
    def test_of_a_number(self, student, reference):
        """a number squared"""
        check_close(student.square(31.25), reference.square(31.25))
'''


def build(root: Path) -> Course:
    """Write the course's files and an empty gradebook into a folder and give the course."""
    course = build_files(root)
    shutil.copy(empty_gradebook(), root / "gradebook.db")
    return course


@functools.cache
def empty_gradebook() -> Path:
    """A gradebook without labs; nbgrader takes seconds to make one, so all tests of a process share it."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    with open_gradebook(build_files(folder / "course")):
        return folder / "course" / "gradebook.db"


def build_files(root: Path) -> Course:
    """Write the course's files into a folder and give the course; it has no gradebook yet."""
    folder, checks = root / "source" / LAB, root / "tests" / LAB
    for path in (folder, checks, root / "utils", root / "data" / "cache", root / "submitted"):
        path.mkdir(parents=True)
    write(first_notebook(), folder / "1-double.ipynb")
    write(second_notebook(), folder / "2-square.ipynb")
    (checks / "test_1_double.py").write_text(HIDDEN)
    (checks / "test_2_square.py").write_text(HIDDEN_2)
    (root / "utils" / "__init__.py").write_text('"""Helpers."""\n')
    (root / "data" / "numbers.csv").write_text("1,2,3\n")
    (root / "data" / "cache" / "large.bin").write_bytes(b"0" * 100)
    for name in ("nbgrader_config.py", "requirements.txt"):
        shutil.copy(REPOSITORY / name, root / name)
    return Course(root)


def first_notebook() -> NotebookNode:
    """The instructor's first notebook: a function, a constant and a question; 8 points."""
    return notebook(
        text("title", "# Twice"),
        code("setup", "import math", locked=True),
        code("double", DOUBLE, solution=True),
        code("check-double", "assert double(2) == 4", grade=True, points=4),
        code("limit", LIMIT, solution=True),
        code("check-limit", "print(limit)", grade=True, points=1.5),
        text("q-why-text", "Why is `double(x)` even?", locked=True),
        text("q-why", SCHEME, grade=True, solution=True, points=2.5),
    )


def second_notebook() -> NotebookNode:
    """The instructor's second notebook: one function; 3 points."""
    return notebook(
        code("square", SQUARE, solution=True),
        code("check-square", "assert square(2) == 4", grade=True, points=3),
    )


def notebook(*cells: NotebookNode) -> NotebookNode:
    """A notebook of these cells."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=list(cells), metadata=metadata)


def code(name: str, source: str, **nbgrader: Any) -> NotebookNode:
    """A code cell; without nbgrader fields a plain one."""
    cell = nbformat.v4.new_code_cell(source.rstrip("\n"), id=name.replace(" ", "-"))
    return _marked(cell, name, nbgrader)


def text(name: str, source: str, **nbgrader: Any) -> NotebookNode:
    """A markdown cell; without nbgrader fields a plain one."""
    cell = nbformat.v4.new_markdown_cell(source.rstrip("\n"), id=name.replace(" ", "-"))
    return _marked(cell, name, nbgrader)


def write(content: NotebookNode, path: Path) -> Path:
    """Write a notebook file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(content, path)
    return path


def _marked(cell: NotebookNode, name: str, fields: dict[str, Any]) -> NotebookNode:
    if fields:
        standard = {
            "grade": False,
            "locked": fields.get("grade", False) and not fields.get("solution", False),
        }
        standard |= {"solution": False, "task": False, "schema_version": 3, "grade_id": name}
        cell.metadata["nbgrader"] = nbformat.from_dict(standard | fields)
    return cell
