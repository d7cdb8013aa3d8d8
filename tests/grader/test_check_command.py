"""`python -m grader check`: the JSON contract, exit status, and what a mistake costs, on the lab by hand."""

import copy
import json
import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from grader.cli.check import which_notebook
from grader.course import Course, CourseError, course_root, grade_id
from grader.demo import make_course
from grader.engine import Engine
from grader.errors import GraderError
from grader.limits import Limits

COURSE = Course(course_root())
LAB, NOTEBOOK = "3-backprop", "1-by-hand"
SOURCE = COURSE.lab(LAB).notebook(NOTEBOOK).source
POINTS = {e.name: e.points for e in COURSE.lab(LAB).notebook(NOTEBOOK).exercises if not e.manual}


def submission(**answers):
    """The right notebook with some answers replaced, as bytes."""
    notebook = copy.deepcopy(SOURCE)
    for cell in notebook.cells:
        if grade_id(cell) in answers:
            cell.source = answers[grade_id(cell)]
    return nbformat.writes(notebook).encode()


@pytest.fixture(scope="module")
def engine():
    with Engine(COURSE, [LAB], Limits(cell_seconds=3, call_seconds=2), notebook=NOTEBOOK) as engine:
        yield engine


def lost(engine, raw):
    """Points lost by exercise, and the result."""
    result = engine.grade(LAB, NOTEBOOK, raw).result
    return {e.name: e.max_points - e.points for e in result.exercises if e.points < e.max_points}, result


def test_right_answers_get_full_marks_every_time(engine):
    results = [lost(engine, submission()) for _ in range(2)]
    assert [found for found, _ in results] == [{}, {}]
    assert [r.status for _, r in results] == ["graded", "graded"]
    assert {e.name: e.points for e in results[0][1].exercises} == POINTS


@pytest.mark.parametrize(
    ("exercise", "answer", "words"),
    [
        ("sgd", "def sgd(params, grads, eta):\n    while True:\n        pass", "did not finish"),
        ("sgd", "def sgd(params, grads, eta):\n    raise SystemExit(3)", "SystemExit"),
        (
            "loss_accuracy",
            "def loss_accuracy(Yhat, Y):\n    import os\n    os._exit(0)",
            "ended the Python interpreter",
        ),
        (
            "forward",
            "def forward(params, X)\n    return X",
            "Line 1 of your cell is not valid Python: expected ':'",
        ),
        (
            "sgd",
            "%time x = 1\ndef sgd(params, grads, eta):\n    y = (1\n    return params",
            "Line 3 of your cell is not valid",
        ),
        (
            "forward",
            "def forward(params, X):\n    import numpy as np\n    return np.linalg.inv(np.zeros((2, 2)))",
            "Look at line 3 of forward.",
        ),
        (
            "forward",
            "def forward(params, X):\n    def mine(x):\n        return x.no_such_name\n    return list(map(mine, [X]))",
            "Look at line 3 of mine.",
        ),
        ("forward", "def forward(params, X):\n    return params['Wx'], {}", "KeyError"),
        ("init_params", "init_params = 3", "TypeError"),
        ("backward", "def backward(params, outputs, Y):\n    return torch.autograd.grad(Y, Y)", "Line 2"),
        ("backward", "def backward(params, outputs, Y):\n    return {}", "no key"),
    ],
)
def test_a_mistake_costs_its_exercise_only(engine, exercise, answer, words):
    found, result = lost(engine, submission(**{exercise: answer}))
    assert set(found) == {exercise}
    messages = [c.message for e in result.exercises for c in e.checks if c.outcome != "passed"]
    assert any(words in message for message in messages)


@pytest.mark.parametrize("exercise", ["forward", "backward", "sgd", "init_params"])
def test_doing_nothing_earns_nothing(engine, exercise):
    found, _ = lost(engine, submission(**{exercise: f"def {exercise}(*arguments):\n    return None"}))
    assert found == {exercise: POINTS[exercise]}


def test_magics_prints_and_warnings_cost_nothing(engine):
    noisy = (
        "%time x = 1\n!echo hello\nimport warnings, sys\nwarnings.warn('careful')\nprint('on stderr', file=sys.stderr)\n\n"
        "def sgd(params, grads, eta):\n    print('step')\n"
        "    return {name: value - eta * grads[name] for name, value in params.items()}"
    )
    found, result = lost(engine, submission(sgd=noisy))
    assert found == {}
    assert result.status == "graded"


def test_the_stub_earns_nothing(engine):
    from grader.release import released_notebook

    raw = nbformat.writes(released_notebook(SOURCE)).encode()
    found, result = lost(engine, raw)
    assert found == POINTS
    assert {e.outcome for e in result.exercises} == {"not_written"}


def test_no_outcome_is_left_open_when_the_file_is_no_notebook(engine):
    found, result = lost(engine, b"\x00\x01 not a notebook")
    assert result.status == "ungradable"
    assert result.reason
    assert found == POINTS


def run(*words, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "grader", "check", *map(str, words)],
        cwd=cwd or COURSE.root,
        env={**os.environ, "COURSE_ROOT": str(COURSE.root)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_json_on_stdout_is_one_object_of_the_contract(tmp_path):
    path = tmp_path / "1-by-hand.ipynb"
    path.write_bytes(submission(sgd="def sgd(params, grads, eta):\n    return params"))
    done = run(path, "--lab", LAB, "--json", "-", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result) == {"lab", "notebook", "status", "reason", "repairs", "exercises", "seconds"}
    assert (result["lab"], result["notebook"], result["status"], result["reason"]) == (
        LAB,
        NOTEBOOK,
        "graded",
        None,
    )
    assert set(result["seconds"]) == {"run", "check", "total"}
    for exercise in result["exercises"]:
        assert set(exercise) == {"name", "points", "max_points", "outcome", "checks"}
        assert exercise["outcome"] in ("passed", "partial", "failed", "not_written", "not_run")
        for check in exercise["checks"]:
            assert set(check) == {"name", "outcome", "message", "misconception"}


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "empty", "large", "missing"])
def test_a_file_that_cannot_be_graded_has_a_reason_and_exit_status_1(tmp_path, kind):
    path = tmp_path / "1-by-hand.ipynb"
    if kind == "link":
        path.symlink_to(COURSE.lab(LAB).notebook(NOTEBOOK).path)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate(50 << 20)
    done = run(path, "--lab", LAB, "--json", "-")
    assert done.returncode == 1, done.stderr
    result = json.loads(done.stdout)
    assert result["status"] == "ungradable"
    assert result["reason"]
    assert all(e["points"] == 0 for e in result["exercises"])


def test_a_notebook_of_no_lab_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "holiday.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)
    done = run(path)
    assert done.returncode == 2
    assert "--lab" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["1-by-hand", "ada 1-by-hand (2)", "homework"])
@pytest.mark.parametrize("lab", [None, LAB])
def test_a_file_is_known_by_its_name_or_by_its_exercises(tmp_path, name, lab):
    path = tmp_path / f"{name}.ipynb"
    path.write_bytes(submission())
    assert which_notebook(COURSE, path, lab, path.read_bytes(), Limits()).name == NOTEBOOK


def test_a_file_that_may_be_any_notebook_is_asked_for(tmp_path):
    path = tmp_path / "homework.ipynb"
    path.write_bytes(b"{}")
    with pytest.raises(CourseError, match=r"3-backprop/1-by-hand, 3-backprop/2-autograd.*"):
        which_notebook(COURSE, path, LAB, b"{}", Limits())


def test_a_lab_without_hidden_checks_names_what_is_missing(tmp_path):
    course = make_course(COURSE, tmp_path / "course", ["6-svm"])
    shutil.rmtree(course.root / "tests")
    with pytest.raises(GraderError, match=r"test_1_svm.py: no hidden check for the exercise '\w+'"):
        Engine(course, ["6-svm"]).start()
