"""Every notebook runs from top to bottom, the instructor's and the released one, as the grader would run it."""

import os
import subprocess
import sys

import nbformat
import pytest

from grader.cli.validate import store
from grader.course import Course, course_root

COURSE = Course(course_root())


def validate(root, lab):
    return subprocess.run(
        [sys.executable, "-m", "grader", "--course", str(root), "validate", lab],
        env={**os.environ, "GRADING": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )


@pytest.mark.parametrize("lab", [lab.name for lab in COURSE.labs])
def test_notebooks_of_a_lab_run(lab):
    done = validate(COURSE.root, lab)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert done.stdout.count(" passed") == 2


def course_of_one_cell(root, source, **cell):
    folder = root / "source" / "1-small"
    folder.mkdir(parents=True)
    (root / "nbgrader_config.py").touch()
    path = folder / "1-small.ipynb"
    code = nbformat.v4.new_code_cell(source, id="only", **cell)
    nbformat.write(nbformat.v4.new_notebook(cells=[code]), path)
    return path


def test_a_cell_that_fails_is_found(tmp_path):
    course_of_one_cell(tmp_path, "1 / 0")
    done = validate(tmp_path, "1-small")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stdout


def test_a_number_that_has_changed_is_found_until_it_is_stored(tmp_path):
    path = course_of_one_cell(
        tmp_path,
        "print(f'loss {2 / 3:.4f}')",
        metadata={"tags": ["nbval-check-output"]},
        outputs=[nbformat.v4.new_output("stream", text="loss 0.6931\n")],
    )
    done = validate(tmp_path, "1-small")
    assert done.returncode == 1
    assert "loss 0.6931" in done.stdout
    assert "loss 0.6667" in done.stdout

    assert store(Course(tmp_path), []) == [path]
    assert nbformat.read(path, as_version=4).cells[0].outputs[0].text == "loss 0.6667\n"
    assert validate(tmp_path, "1-small").returncode == 0
    assert store(Course(tmp_path), []) == []
