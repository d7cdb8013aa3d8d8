"""Visible checks and waiting cells: what they print, what they let through."""

import subprocess
import sys

import pytest

from utils import CheckFailed, check, check_close, grading, if_written, lab_progress
from utils.notebook import _seen


def forward():
    raise NotImplementedError("not written yet")


def test_a_right_answer_is_ok(capsys):
    with check("forward"):
        check_close(1.0, 1.0)
    assert capsys.readouterr().out == "forward: ok\n"


def test_an_exercise_not_written_yet_does_not_stop_the_notebook(capsys):
    with check("forward"):
        forward()
    assert capsys.readouterr().out == "forward: not written yet\n"


def test_a_check_names_the_other_function_that_is_missing(capsys):
    with check("backward"):
        forward()
    assert capsys.readouterr().out == "backward: not written yet (it needs forward)\n"


def test_a_wrong_answer_raises_its_message():
    with pytest.raises(CheckFailed, match="times the expected"), check("loss"):
        check_close(5.0, 1.0, sizes={"the batch size": 5})


def test_other_errors_of_the_student_are_not_swallowed():
    with pytest.raises(ZeroDivisionError), check("loss"):
        1 / 0  # noqa: B018
    with pytest.raises(ZeroDivisionError), if_written():
        1 / 0  # noqa: B018


def test_a_waiting_cell_says_for_what_it_waits(capsys):
    with if_written():
        forward()
    assert "waits for `forward`" in capsys.readouterr().out


def test_the_progress_of_the_lab_lists_every_check(capsys):
    _seen.clear()
    with check("a"):
        pass
    with check("longer"):
        forward()
    capsys.readouterr()
    lab_progress()
    assert capsys.readouterr().out == "a       ok\nlonger  not written yet\n1 of 2 visible checks pass.\n"


def test_grading_is_said_by_the_environment(monkeypatch):
    monkeypatch.delenv("GRADING", raising=False)
    assert not grading()
    monkeypatch.setenv("GRADING", "1")
    assert grading()


def test_importing_utils_loads_no_heavy_library():
    code = "import sys, utils; from utils import check, progress; print('torch' in sys.modules, 'matplotlib' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["False", "False"]


def test_utils_knows_nothing_of_the_grader():
    code = (
        "import sys, utils\nfor name in utils.__all__: getattr(utils, name)\n"
        "print([m for m in sys.modules if m.split('.')[0] == 'grader'])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
