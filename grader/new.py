"""`python -m grader new LAB NOTEBOOK`: a notebook with one exercise and one question, its hidden checks and its bank.

What is written runs, releases and passes `prove` as it is: the author changes one thing after the other.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.course import Course, CourseError, Lab, Notebook
from grader.regions import MARK_SCHEME, SOLUTION

NAME = re.compile(r"[0-9]+-[a-z0-9]+(?:-[a-z0-9]+)*")

INTRO = """\
# {title}

Two sentences: what this is about, and why it matters.

**After this notebook you can**
- compute the mean of each column of a table.

| name | shape | meaning |
|---|---|---|
| `X` | `(n, d)` | a table of numbers, one example in each row |
"""
SETUP = "import numpy as np\n\nfrom utils import check, check_close"
TASK = """\
## The means of the columns (5 minutes)

Write `column_means`: the mean of each column, $m_j = \\frac{1}{n}\\sum_i X_{ij}$.

| argument | shape | | result | shape |
|---|---|---|---|---|
| `X` | `(n, d)` | | `m` | `(d,)` |
"""
ANSWER = f'''\
def column_means(X):
    """The mean of each column of X (n, d): an array (d,)."""
    {SOLUTION.begin}
    return X.sum(axis=0) / len(X)
    {SOLUTION.end}
'''
CHECK = """\
with check("column_means"):
    X = np.array([[1.0, 2.0, 3.0], [3.0, 4.0, 8.0]])
    got = column_means(X)
    check_close(got, np.array([2.0, 3.0, 5.5]), what="the means", sizes={"the number of rows": 2})
"""
QUESTION = "## Question (3 minutes)\n\nWhat does the mean hide? Name one example."
SCHEME = f"""\
{MARK_SCHEME.begin}
- (0.5) The spread: different columns can have the same mean.
- (0.5) An example, such as one outlier among equal numbers.
{MARK_SCHEME.end}
"""
CHECKS = '''\
"""Hidden checks of {title}."""

import numpy as np
import pytest

from grader.checks import check_close, exercise


def table(n, d):
    """Numbers without pattern, so that no two entries are equal."""
    return np.random.default_rng(10 * n + d).normal(size=(n, d))


@exercise("column_means")
class TestColumnMeans:
    @pytest.mark.parametrize(("n", "d"), [(5, 3), (4, 4), (1, 2)])
    def test_values(self, student, reference, n, d):
        """the means of several tables"""
        X = table(n, d)
        got, expected = student.column_means(X), reference.column_means(X)
        check_close(got, expected, what="the means", sizes={{"the number of rows": n}})
'''
BANK = '''\
"""Known wrong answers, and odd but right ones, of {title}."""
# ruff: noqa: F821

from grader.checks import right, wrong


@wrong("column_means")
def sum_instead_of_mean(X):
    """The result grows with the number of rows.
    It looks like a sum.
    By what is it divided?
    """
    return X.sum(axis=0)


@wrong("column_means")
def means_of_the_rows(X):
    """There is one number for each row.
    It looks like the other axis.
    Which axis counts the rows?
    """
    return X.sum(axis=1) / X.shape[1]


@right("column_means")
def with_numpy(X):
    """In one word."""
    return X.mean(axis=0)


@right("column_means")
def column_by_column(X):
    """A loop."""
    return np.array([sum(X[:, j]) / len(X) for j in range(X.shape[1])])
'''


def begin(course: Course, lab: str, name: str) -> list[Path]:
    """Write the three files of a new notebook; gives their paths.

    Raises CourseError when a name is not fit or a file of that name is there: nothing is ever overwritten.
    """
    for what, text in (("lab", lab), ("notebook", name)):
        if not NAME.fullmatch(text):
            raise CourseError(
                f"{text!r} is no name for a {what}: a number, a hyphen and small letters, such as 8-statistics"
            )
    folder = Lab(course, lab)
    notebook = Notebook(folder, folder.folder / f"{name}.ipynb")
    title = name.partition("-")[2].replace("-", " ").capitalize()
    files = {
        notebook.path: nbformat.writes(example(title)) + "\n",
        notebook.checks: CHECKS.format(title=title),
        notebook.bank: BANK.format(title=title),
    }
    taken = [str(path.relative_to(course.root)) for path in files if path.exists()]
    if taken:
        raise CourseError(f"{', '.join(taken)} is there already; choose another name, or remove it")
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return list(files)


def example(title: str) -> NotebookNode:
    """The notebook to begin with."""
    cells = [
        _text("intro", INTRO.format(title=title)),
        _code("setup", SETUP, locked=True),
        _text("column_means-text", TASK),
        _code("column_means", ANSWER, solution=True),
        _code("check-column_means", CHECK, grade=True, locked=True, points=1.0),
        _text("q-mean-text", QUESTION, locked=True),
        _text("q-mean", SCHEME, grade=True, solution=True, points=1.0),
        _text("summary", "## Summary\n\n- The mean of a column is its sum divided by the number of rows."),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def _code(name: str, source: str, **nbgrader: Any) -> NotebookNode:
    return new_code_cell(source.rstrip("\n"), id=name, metadata=_metadata(name, nbgrader))


def _text(name: str, source: str, **nbgrader: Any) -> NotebookNode:
    return new_markdown_cell(source.rstrip("\n"), id=name, metadata=_metadata(name, nbgrader))


def _metadata(name: str, nbgrader: dict[str, Any]) -> dict[str, Any]:
    """nbgrader's metadata of a cell; a cell that says nothing has none."""
    if not nbgrader:
        return {}
    standard = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3}
    return {"nbgrader": {**standard, "grade_id": name, **nbgrader}}
