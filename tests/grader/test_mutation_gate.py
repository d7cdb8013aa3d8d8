"""The mutation gate: every known wrong answer fails under its own name, every right variant passes, in each notebook."""

import os
import re
import subprocess
import sys

import pytest

from grader.checks.bank import load_bank
from grader.course import Course, course_root

COURSE = Course(course_root())
NOTEBOOKS = [notebook for lab in COURSE.labs for notebook in lab.notebooks]
CHECKED = [n for n in NOTEBOOKS if any(not e.manual for e in n.exercises)]


@pytest.mark.parametrize("notebook", CHECKED, ids=lambda n: f"{n.lab.name}/{n.name}")
def test_checks_are_proved_by_the_bank(notebook):
    words = [sys.executable, "-m", "grader", "prove", notebook.lab.name, "--notebook", notebook.name]
    done = subprocess.run(
        words,
        cwd=COURSE.root,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    exercises = {e.name for e in notebook.exercises if not e.manual}
    rows = re.findall(r"^\| \S+ \| (\S+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", done.stdout, re.MULTILINE)
    assert {name for name, *_ in rows} >= exercises


@pytest.mark.parametrize("notebook", CHECKED, ids=lambda n: f"{n.lab.name}/{n.name}")
def test_every_exercise_has_wrong_and_right_answers(notebook):
    entries = load_bank(notebook.bank)
    for exercise in (e.name for e in notebook.exercises if not e.manual):
        kinds = [e.kind for e in entries if e.exercise == exercise]
        assert kinds.count("wrong") >= 4, exercise
        assert kinds.count("right") >= 2, exercise


@pytest.mark.parametrize("notebook", CHECKED, ids=lambda n: f"{n.lab.name}/{n.name}")
def test_messages_have_up_to_three_lines_and_no_formula(notebook):
    for entry in load_bank(notebook.bank):
        if entry.kind == "wrong":
            lines = entry.message.splitlines()
            assert 1 <= len(lines) <= 4, entry.tag
            assert not re.search(r" @ |\.T\b", entry.message), entry.tag


@pytest.mark.parametrize("lab", COURSE.labs, ids=lambda lab: lab.name)
def test_points_of_a_lab_add_up(lab):
    exercises = [e for n in lab.notebooks for e in n.exercises]
    regular = sum(e.points for e in exercises if not e.bonus)
    assert regular == 20 or (regular == 0 and sum(e.points for e in exercises) == 20)
    assert all(e.points > 0 for e in exercises)
