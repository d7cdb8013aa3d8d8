"""`python -m grader new LAB NOTEBOOK [EXERCISE]`: an exercise with its hidden checks and its bank, in a new notebook or
in one that is there.

What is written runs, releases and passes `prove` as it is: the author changes one thing after the other.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.course import CHECK, QUESTION, SETUP, Course, CourseError, Lab, Notebook, grade_id
from grader.regions import MARK_SCHEME, SOLUTION

NAME = re.compile(r"[0-9]+-[a-z0-9]+(?:-[a-z0-9]+)*")
EXERCISE = re.compile(r"[a-z][a-z0-9_]*")
EXAMPLE = "column_means"

INTRO = """\
# {title}

Two sentences: what this is about, and why it matters.

**After this notebook you can**
- compute the mean of each column of a table.

| name | shape | meaning |
|---|---|---|
| `X` | `(n, d)` | a table of numbers, one example in each row |
"""
IMPORTS = "import numpy as np\n\nfrom utils import check, check_close"
TASK = """\
## The means of the columns (5 minutes)

Write `{name}`: the mean of each column, $m_j = \\frac{{1}}{{n}}\\sum_i X_{{ij}}$.

| argument | shape | | result | shape |
|---|---|---|---|---|
| `X` | `(n, d)` | | `m` | `(d,)` |
"""
ANSWER = f'''\
def {{name}}(X):
    """The mean of each column of X (n, d): an array (d,)."""
    {SOLUTION.begin}
    return X.sum(axis=0) / len(X)
    {SOLUTION.end}
'''
VISIBLE = """\
with check("{name}"):
    got = {name}(np.array([[1.0, 2.0, 3.0], [3.0, 4.0, 8.0]]))
    check_close(got, np.array([2.0, 3.0, 5.5]), what="the means", sizes={{"the number of rows": 2}})
"""
ASKED = "## Question (3 minutes)\n\nWhat does the mean hide? Name one example."
SCHEME = f"""\
{MARK_SCHEME.begin}
- (0.5) The spread: different columns can have the same mean.
- (0.5) An example, such as one outlier among equal numbers.
{MARK_SCHEME.end}
"""
CHECKS_NEED = ("import numpy as np", "import pytest", "from grader.checks import check_close, exercise")
CHECKS = '''

@exercise("{name}")
class Test{camel}:
    @pytest.mark.parametrize(("n", "d"), [(5, 3), (4, 4), (1, 2)])
    def test_values(self, student, reference, n, d):
        """tables of several sizes"""
        X = np.random.default_rng(10 * n + d).normal(size=(n, d))
        got, expected = student.{name}(X), reference.{name}(X)
        check_close(got, expected, what="the means", sizes={{"the number of rows": n}})
'''
BANK_NEEDS = ("from grader.checks import right, wrong",)
BANK = '''

@wrong("{name}")
def {sum_}(X):
    """The result grows with the number of rows.
    It looks like a sum.
    By what is it divided?
    """
    return X.sum(axis=0)


@wrong("{name}")
def {rows}(X):
    """There is one number for each row.
    It looks like the other axis.
    Which axis counts the rows?
    """
    return X.sum(axis=1) / X.shape[1]


@right("{name}")
def {right}(X):
    """A loop over the columns."""
    return np.array([sum(X[:, j]) / len(X) for j in range(X.shape[1])])
'''
TAGS = {"sum_": "sum_instead_of_mean", "rows": "other_axis", "right": "column_by_column"}


def begin(course: Course, lab: str, name: str, exercise: str = EXAMPLE) -> list[Path]:
    """Write a new notebook's three files, or add an exercise to those of a notebook that is there; gives their paths.

    Raises CourseError when a name is not fit or taken; then nothing is changed.
    """
    _demand_names(lab, name, exercise)
    folder = Lab(course, lab)
    notebook = Notebook(folder, folder.folder / f"{name}.ipynb")
    title = name.partition("-")[2].replace("-", " ").capitalize()
    content = notebook.source if notebook.path.exists() else _empty(title)
    if exercise in {grade_id(cell).removeprefix(CHECK) for cell in content.cells}:
        raise CourseError(f"{lab}/{name} has an exercise {exercise} already; choose another name")
    place = _place(content)
    content.cells[place:place] = _exercise(exercise)
    if not notebook.path.exists():
        content.cells.append(
            _text("summary", "## Summary\n\n- The mean of a column is its sum over the number of rows.")
        )
    files = {
        notebook.path: nbformat.writes(content) + "\n",
        notebook.checks: _checks(notebook.checks, title, exercise),
        notebook.bank: _bank(notebook.bank, title, exercise),
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(files)


def _demand_names(lab: str, name: str, exercise: str) -> None:
    for what, text in (("lab", lab), ("notebook", name)):
        if not NAME.fullmatch(text):
            raise CourseError(
                f"{text!r} is no name for a {what}: a number, a hyphen and small letters, such as 8-statistics"
            )
    taken = {"np", "check", "check_close", *keyword.kwlist, *dir(builtins)}
    if not EXERCISE.fullmatch(exercise) or exercise.startswith((QUESTION, SETUP)) or exercise in taken:
        raise CourseError(
            f"{exercise!r} is no name for an exercise: a function's name that Python has not taken, such as {EXAMPLE}"
        )


def _empty(title: str) -> NotebookNode:
    """A notebook with an introduction, a setup cell and a question."""
    cells = [
        _text("intro", INTRO.format(title=title)),
        _code("setup", IMPORTS, locked=True),
        _text("q-mean-text", ASKED, locked=True),
        _text("q-mean", SCHEME, grade=True, solution=True, points=1.0),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def _exercise(name: str) -> list[NotebookNode]:
    """Text, solution cell and check cell."""
    return [
        _text(f"{name}-text", TASK.format(name=name)),
        _code(name, ANSWER.format(name=name), solution=True),
        _code(f"{CHECK}{name}", VISIBLE.format(name=name), grade=True, locked=True, points=1.0),
    ]


def _place(content: NotebookNode) -> int:
    """Where an exercise goes: after the last check cell, else after the setup, else at the end."""
    for prefix in (CHECK, SETUP):
        found = [number for number, cell in enumerate(content.cells) if grade_id(cell).startswith(prefix)]
        if found:
            return found[-1] + 1
    return len(content.cells)


def _checks(path: Path, title: str, exercise: str) -> str:
    """The file of hidden checks with those of the exercise."""
    camel = "".join(part.capitalize() for part in exercise.split("_"))
    before = _read(path, f'"""Hidden checks of {title}."""\n', CHECKS_NEED)
    return before + CHECKS.format(name=exercise, camel=camel)


def _bank(path: Path, title: str, exercise: str) -> str:
    """The bank with entries of the exercise, under names that are free."""
    before = _read(
        path,
        f'"""Known wrong answers, and odd but right ones, of {title}."""\n# ruff: noqa: F821\n',
        BANK_NEEDS,
    )
    taken = {node.name for node in ast.parse(before).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    tags = {key: f"{tag}_of_{exercise}" if tag in taken else tag for key, tag in TAGS.items()}
    return before + BANK.format(name=exercise, **tags)


def _read(path: Path, head: str, needed: tuple[str, ...]) -> str:
    """A file's text, or the head of a new one, with what it must import."""
    if not path.exists():
        blocks = "\n".join(line for line in needed if not line.startswith("from grader"))
        own = "\n".join(line for line in needed if line.startswith("from grader"))
        return f"{head}\n{blocks}\n\n{own}\n" if blocks else f"{head}\n{own}\n"
    text = path.read_text(encoding="utf-8").rstrip() + "\n"
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise CourseError(
            f"{path} is not Python: {error.msg} in line {error.lineno}; correct it first"
        ) from None
    missing = [line for line in needed if not _imported(text, line)]
    lines = text.splitlines(keepends=True)
    first = next((n for n, line in enumerate(lines) if line.startswith(("import ", "from "))), 1)
    return "".join([*lines[:first], *(f"{line}\n" for line in missing), *lines[first:]])


def _imported(text: str, line: str) -> bool:
    """Whether a text has every name that the import gives."""

    def names(source: str) -> set[str]:
        nodes = [node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
        return {alias.asname or alias.name for node in nodes for alias in node.names}

    return names(line) <= names(text)


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
