"""A course of one notebook, small enough that a hundred submissions are graded in minutes.

Four exercises with hidden checks (10 points) and a question: a function whose reference is lent to the checks of the
next one, a constant, and a function that calls back. The words in SECRETS stand in the hidden files only.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from grader.course import Course, grade_id
from grader.release import released_notebook

REPOSITORY = Path(__file__).resolve().parents[2]
LAB, NAME = "1-small", "1-small"
FULL = {"softmax": 4.0, "loss": 3.0, "steepness": 1.0, "slope": 2.0}
NOTHING = dict.fromkeys(FULL, 0.0)
SECRETS = ("shifted_by_the_largest", "2.6250625", "words_of_the_hidden_checks", "check_close(", "SCHEME")

SOLUTIONS = {
    "softmax": '''def softmax(scores):
    """Rows of probabilities."""
    ### BEGIN SOLUTION
    shifted_by_the_largest = torch.exp(scores - scores.max(dim=1, keepdim=True).values)
    return shifted_by_the_largest / shifted_by_the_largest.sum(dim=1, keepdim=True)
    ### END SOLUTION
''',
    "loss": '''def loss(scores, targets):
    """Mean cross-entropy."""
    ### BEGIN SOLUTION
    shifted_by_the_largest = softmax(scores)[torch.arange(len(targets)), targets]
    return -torch.log(shifted_by_the_largest).mean()
    ### END SOLUTION
''',
    "steepness": """steepness = None
### BEGIN SOLUTION
steepness = 2.6250625
### END SOLUTION
""",
    "slope": '''def slope(f, x, h):
    """The slope of f at x."""
    ### BEGIN SOLUTION
    shifted_by_the_largest = f(x + h) - f(x - h)
    return shifted_by_the_largest / (2 * h)
    ### END SOLUTION
''',
}
CHECKS = '''"""words_of_the_hidden_checks"""
import pytest
import torch
from grader.checks import check_close, exercise


@exercise("softmax")
class TestSoftmax:
    @pytest.mark.parametrize("n", [3, 5, 7])
    def test_rows(self, student, reference, rng, n):
        """probabilities of a batch"""
        scores = torch.randn(n, 4, generator=rng, dtype=torch.float64)
        check_close(student.softmax(scores), reference.softmax(scores), sizes={"the batch size": n})

    def test_large(self, student, reference):
        """large scores"""
        scores = torch.tensor([[1000.0, 999.0, 1.0]], dtype=torch.float64)
        check_close(student.softmax(scores), reference.softmax(scores))


@exercise("loss", uses=("softmax",))
class TestLoss:
    @pytest.mark.parametrize("n", [2, 5, 9])
    def test_mean(self, student, reference, rng, n):
        """loss of a batch"""
        scores = torch.randn(n, 3, generator=rng, dtype=torch.float64)
        targets = torch.randint(3, (n,), generator=rng)
        check_close(student.loss(scores, targets), reference.loss(scores, targets))


@exercise("steepness")
class TestSteepness:
    def test_value(self, student, reference):
        """the constant"""
        check_close(student.get("steepness"), reference.get("steepness"))


@exercise("slope")
class TestSlope:
    def test_cubic(self, student, reference):
        """a cubic"""
        check_close(student.slope(cubic, 1.25, 1e-3), reference.slope(cubic, 1.25, 1e-3))

    def test_wave(self, student, reference):
        """a wave"""
        check_close(student.slope(wave, 0.7, 1e-3), reference.slope(wave, 0.7, 1e-3))


def cubic(t):
    return t**3 - 2 * t


def wave(t):
    return t * (3 - t) * (1 + 0.3 * t)
'''
WRONG = {
    "softmax": "def softmax(scores):\n    return scores * 0\n",
    "loss": "def loss(scores, targets):\n    return scores.sum() * 0\n",
    "steepness": "steepness = 0.25\n",
    "slope": "def slope(f, x, h):\n    return 0.0\n",
}


def build(root: Path) -> Course:
    """Write the course's files and give the course."""
    folder, checks = root / "source" / LAB, root / "tests" / LAB
    for path in (folder, checks, root / "data", root / "submitted"):
        path.mkdir(parents=True)
    nbformat.write(instructors(), folder / f"{NAME}.ipynb")
    (checks / "test_1_small.py").write_text(CHECKS)
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    (root / "gradebook.db").write_bytes(b"no marks yet")
    return Course(root)


def instructors() -> NotebookNode:
    """The instructor's notebook."""
    cells = [
        _text("title", "# Small"),
        _code("setup", "import math\n\nimport numpy as np\nimport torch", locked=True),
    ]
    for name, points in FULL.items():
        cells.append(_code(name, SOLUTIONS[name], solution=True))
        cells.append(
            _code(f"check-{name}", f"assert {name} is not None", grade=True, locked=True, points=points)
        )
    cells.append(_text("q-why-text", "Why subtract the largest score?", locked=True))
    scheme = "=== BEGIN MARK SCHEME ===\nOne point for SCHEME overflow.\n=== END MARK SCHEME ===\n"
    cells.append(_text("q-why", scheme, grade=True, solution=True, points=2))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def released() -> NotebookNode:
    """What students get."""
    return released_notebook(instructors(), NAME)


def submission(answers: dict[str, str] | None = None) -> NotebookNode:
    """A student's notebook: the right answers unless `answers` says otherwise."""
    notebook = released()
    for name in FULL:
        named(notebook, name).source = {**right_answers(), **(answers or {})}[name]
    named(notebook, "q-why").source = "Because exp overflows."
    return notebook


def right_answers() -> dict[str, str]:
    """The right answers in a student's words."""
    return {
        name: re.sub(r"    ### (BEGIN|END) SOLUTION\n|### (BEGIN|END) SOLUTION\n", "", source)
        .replace("shifted_by_the_largest", "value")
        .replace("2.6250625", "21.0005 / 8")
        for name, source in SOLUTIONS.items()
    }


def named(notebook: NotebookNode, name: str) -> NotebookNode:
    """The cell of a grade_id."""
    return next(cell for cell in notebook.cells if grade_id(cell) == name)


def plain(source: str, cell_type: str = "code") -> NotebookNode:
    """A cell that a student adds."""
    make = nbformat.v4.new_code_cell if cell_type == "code" else nbformat.v4.new_markdown_cell
    return make(source)


def _code(name: str, source: str, **nbgrader: Any) -> NotebookNode:
    return _marked(nbformat.v4.new_code_cell(source.rstrip("\n"), id=name), name, nbgrader)


def _text(name: str, source: str, **nbgrader: Any) -> NotebookNode:
    return _marked(nbformat.v4.new_markdown_cell(source.rstrip("\n"), id=name), name, nbgrader)


def _marked(cell: NotebookNode, name: str, fields: dict[str, Any]) -> NotebookNode:
    if fields:
        standard = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3}
        cell.metadata["nbgrader"] = nbformat.from_dict({**standard, "grade_id": name, **fields})
    return cell
