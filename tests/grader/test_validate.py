"""Every notebook runs from top to bottom, the instructor's and the released one, as the grader would run it."""

import os
import subprocess
import sys

import pytest

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


def test_a_cell_that_fails_is_found(tmp_path):
    import nbformat

    folder = tmp_path / "source" / "1-broken"
    folder.mkdir(parents=True)
    (tmp_path / "nbgrader_config.py").touch()
    cell = nbformat.v4.new_code_cell("1 / 0", id="broken")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / "1-broken.ipynb")
    done = validate(tmp_path, "1-broken")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stdout
