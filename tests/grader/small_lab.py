"""A small lab, its right submission, and what the tests of intake do to it."""

import copy
import json

from nbformat import v4

from grader.intake import take_in
from grader.limits import Limits
from grader.release import released_notebook

LIMITS = Limits()


def nbgrader(name, points=None, **flags):
    meta = {
        "grade": False,
        "grade_id": name,
        "locked": False,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    if points is not None:
        meta |= {"grade": True, "points": points}
    return {"nbgrader": meta | flags}


def code(name, source, metadata=None):
    return v4.new_code_cell(source, id=name, metadata=metadata or {})


def text(name, source, metadata=None):
    return v4.new_markdown_cell(source, id=name, metadata=metadata or {})


def function(name, body):
    return f'def {name}(x):\n    """Returns {name} of x."""\n{body}'


def lab(answers, reason, eta):
    """A small lab; `answers` maps each function to its body."""
    cells = [
        text("intro", "# A small lab\nSome words that introduce it."),
        code("setup", "import math\nX = [1, 2, 3]", nbgrader("setup", locked=True)),
    ]
    for name in ("forward", "backward", "train"):
        cells += [
            text(f"about-{name}", f"Write the function `{name}` of the lab."),
            code(name, function(name, answers[name]), nbgrader(name, solution=True)),
            code(f"check-{name}", f"assert {name}(1) == 1", nbgrader(f"check-{name}", 2, locked=True)),
        ]
    cells += [
        code("figure", "values = [forward(x) for x in X]\nprint('a figure of', values)"),
        code("rates", f"eta = None\nn_epochs = None\n{eta}", nbgrader("rates", solution=True)),
        code("check-rates", "assert eta < 1", nbgrader("check-rates", 1, locked=True)),
        text("q-why-text", "Why is the mean taken?", nbgrader("q-why-text", locked=True)),
        text("q-why", reason, nbgrader("q-why", 2, solution=True)),
        text("q-when-text", "When does it diverge?", nbgrader("q-when-text", locked=True)),
        text("q-when", reason, nbgrader("q-when", 2, solution=True)),
        text("end", "That was the lab."),
    ]
    return v4.new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )


SOURCE = lab(
    {
        n: f"    ### BEGIN SOLUTION\n    return {n!r}\n    ### END SOLUTION"
        for n in ("forward", "backward", "train")
    },
    "=== BEGIN MARK SCHEME ===\nBecause.\n=== END MARK SCHEME ===",
    "### BEGIN SOLUTION\neta = 0.1\nn_epochs = 5\n### END SOLUTION",
)
RELEASED = released_notebook(SOURCE)
WRITTEN = {
    "forward": function("forward", "    return x"),
    "backward": function("backward", "    y = x\n    return y"),
    "train": function("train", "    for _ in range(3):\n        x = x\n    return x"),
    "rates": "eta = 0.3\nn_epochs = 7",
    "q-why": "Since batches differ in size.",
    "q-when": "With a large step.",
}
NAMED = {"forward", "backward", "train", "rates"}


def submission():
    """The released lab with every answer written."""
    nb = copy.deepcopy(RELEASED)
    for cell in nb.cells:
        if cell.id in WRITTEN:
            cell.source = WRITTEN[cell.id]
    return nb


def at(nb, name):
    return next(n for n, cell in enumerate(nb.cells) if cell.id == name)


def get(nb, name):
    return nb.cells[at(nb, name)]


def graded(nb):
    return take_in(json.dumps(nb).encode(), SOURCE, RELEASED, LIMITS)


def sources(nb):
    return [(cell.id, cell.source) for cell in nb.cells]


def same_as_whole(rebuilt):
    return sources(rebuilt.notebook) == sources(submission()) and rebuilt.not_written == set()


def strip(nb, ids=True, metadata=True):
    for n, cell in enumerate(nb.cells):
        if metadata:
            cell.metadata = {}
        if ids:
            cell["id"] = f"new-{n}"
    return nb
