"""The lab on backpropagation by hand: tricks against its rules earn nothing, accidents and odd forms cost nothing."""

from __future__ import annotations

import copy
import re
import sys
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from hostile_cases import hostile
from hostile_course import named, plain
from hostile_room import points

from grader.course import Course, course_root, grade_id
from grader.engine import Engine
from grader.limits import Limits
from grader.release import released_notebook
from grader.reporting.pages import LARGEST_PAGE, render_notebook

LAB, NAME = "3-backprop", "1-by-hand"
FULL = {"init_params": 0.5, "forward": 1.0, "loss_accuracy": 1.0, "backward": 3.0, "sgd": 0.5, "train": 2.0}

LOSS = """
def loss_of(params, X, Y):
    scores = torch.tanh(X @ params["Wh"].T + params["bh"]) @ params["Wy"].T + params["by"]
    return -(Y * torch.log_softmax(scores, 1)).sum(1).mean()
"""
BY_AUTOGRAD = """
def gradients(params, X, Y):
    with torch.enable_grad():
        copies = {name: value.clone().requires_grad_() for name, value in params.items()}
        return dict(zip(copies, torch.autograd.grad(loss_of(copies, X, Y), list(copies.values()))))
"""
CALLS_IT = "def backward(params, outputs, Y): return gradients(params, outputs['X'], Y)"
KEPT = "kept = [torch.autograd.grad, torch.enable_grad, torch.Tensor.requires_grad_, torch.func.grad]"
KEPT_USED = """
def backward(params, outputs, Y):
    with kept[1]():
        copies = {name: kept[2](value.clone()) for name, value in params.items()}
        return dict(zip(copies, kept[0](loss_of(copies, outputs["X"], Y), list(copies.values()))))
"""
FUNC_USED = "def backward(params, outputs, Y): return kept[3](lambda p: loss_of(p, outputs['X'], Y))(params)"
LOSSES = "losses = {'ready': torch.nn.functional.nll_loss}"
LOSSES_USED = """
def loss_accuracy(Yhat, Y):
    return losses["ready"](Yhat.log(), Y.argmax(1)), (Yhat.argmax(1) == Y.argmax(1)).float().mean()
"""
ODD_FORMS = {
    "forward": """
from collections import UserDict
def forward(params, X):
    steps = UserDict(X=X)
    steps["htilde"] = X @ params["Wh"].T + params["bh"]
    steps["h"] = steps["htilde"].tanh()
    steps["ytilde"] = steps["h"] @ params["Wy"].T + params["by"]
    steps["yhat"] = torch.softmax(steps["ytilde"], 1)
    return steps["yhat"], steps
""",
    "loss_accuracy": """
from typing import NamedTuple
class Judged(NamedTuple):
    loss: float
    accuracy: float
def loss_accuracy(Yhat, Y):
    return Judged(float(-(Y * Yhat.log()).sum(1).mean()), float((Yhat.argmax(1) == Y.argmax(1)).double().mean()))
""",
    "sgd": """
from collections import defaultdict
def sgd(params, grads, eta):
    moved = defaultdict(list)
    for name in params: moved[name] = params[name] - eta * grads[name]
    return moved
""",
}
AFTERWARDS = "forward = sgd = backward = None\ntrain = 3; init_params = 'x'; loss_accuracy = 0.5\nlen = dict = float = range = 1\ndel torch"
LONG_NAMES = "def sgd(params, grads, eta): return {('<q%d>' % n) * 700: 0.5 for n in range(2000)}"


def notebook_with(*cells, after=(), **answers):
    """A right notebook with hostile cells after its setup, others at its end, and some answers exchanged."""
    notebook = right()
    for name, source in answers.items():
        named(notebook, name).source = hostile(source)
    at = notebook.cells.index(named(notebook, "setup")) + 1
    notebook.cells[at:at] = [plain(hostile(source)) for source in cells]
    notebook.cells += [plain(hostile(source)) for source in after]
    return nbformat.writes(notebook).encode()


def right():
    """What a student hands in who solved everything."""
    source = Course(course_root()).lab(LAB).notebook(NAME).source
    notebook = copy.deepcopy(released_notebook(source))
    for cell in source.cells:
        if grade_id(cell) in FULL:
            named(notebook, grade_id(cell)).source = re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", cell.source)
    return notebook


def in_a_plain_cell():
    notebook = right()
    next(cell for cell in notebook.cells if cell.id == "show-data").source = hostile(LOSS + BY_AUTOGRAD)
    named(notebook, "backward").source = CALLS_IT
    return nbformat.writes(notebook).encode()


def pasted():
    return notebook_with().replace(b"    outputs[", b"\\u00a0\\u00a0  outputs[")


def unfinished_merge():
    raw = notebook_with()
    line = next(line for line in raw.splitlines(True) if b"- eta * grads[name]" in line)
    return raw.replace(
        line, b"<<<<<<< HEAD\n" + line + b"=======\n" + line.replace(b"-", b"+") + b">>>>>>> b\n"
    )


def but(**changed):
    return {**FULL, **changed}


CASES = {
    "autograd in an added cell": (
        lambda: notebook_with(LOSS, BY_AUTOGRAD, backward=CALLS_IT),
        but(backward=0),
    ),
    "autograd in a cell of the lab": (in_a_plain_cell, but(backward=0)),
    "autograd kept in a list": (lambda: notebook_with(LOSS, KEPT, backward=KEPT_USED), but(backward=0)),
    "torch.func kept in a list": (lambda: notebook_with(LOSS, KEPT, backward=FUNC_USED), but(backward=0)),
    "a ready loss kept in a dict": (
        lambda: notebook_with(LOSSES, loss_accuracy=LOSSES_USED),
        but(loss_accuracy=0),
    ),
    "names as long as pages": (lambda: notebook_with(sgd=LONG_NAMES), but(sgd=0)),
    "broken characters in an exception": (
        lambda: notebook_with(
            "raise ValueError('\\ud800')", sgd="def sgd(p, g, e): raise ValueError('\\ud800 <b>')"
        ),
        but(sgd=0),
    ),
    "odd forms of right results": (lambda: notebook_with(**ODD_FORMS), FULL),
    "names used for something else": (lambda: notebook_with(after=[AFTERWARDS]), FULL),
    "settings left behind": (
        lambda: notebook_with(
            "torch.set_default_device('cuda'); torch.set_grad_enabled(False)",
            "import warnings, numpy\nwarnings.simplefilter('error'); numpy.seterr(all='raise')",
        ),
        FULL,
    ),
    "recursion and a forgotten fork": (
        lambda: notebook_with("def down(n): return down(n + 1) + 1\ndown(0)", "import os\nprint(os.fork())"),
        FULL,
    ),
    "characters of a word processor": (pasted, FULL),
    "an unfinished merge": (unfinished_merge, FULL),
    "the released notebook itself": (
        lambda: nbformat.writes(
            released_notebook(Course(course_root()).lab(LAB).notebook(NAME).source)
        ).encode(),
        dict.fromkeys(FULL, 0.0),
    ),
}


@pytest.fixture(scope="module")
def engine():
    with Engine(Course(course_root()), [LAB], Limits(), notebook=NAME) as engine:
        check_innocent(engine)
        yield engine
        check_innocent(engine)


def check_innocent(engine):
    graded = engine.grade(LAB, NAME, nbformat.writes(right()).encode())
    assert (graded.result.status, points(graded)) == ("graded", FULL)


@pytest.mark.parametrize("name", CASES)
def test_due_marks(engine, name):
    make, due = CASES[name]
    graded = engine.grade(LAB, NAME, make())
    assert points(graded) == due, [
        (check.name, check.message) for e in graded.result.exercises for check in e.checks if check.message
    ]
    page = render_notebook(engine.course.lab(LAB), graded, "student")
    assert len(page.encode()) < LARGEST_PAGE
    assert "<q" not in page
