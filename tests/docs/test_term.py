"""The commands of the pages, typed one after the other: a term of one lab from its checks to the marks on a platform."""

from __future__ import annotations

import csv

import pytest

from tests.docs.desk import LAB, NOTEBOOK, STUDENT, make_course, type_in
from tests.docs.pages import run

# In the order of a term: each stands on a page, alone or as the recipe of a make target; with words of what it says.
TERM = {
    "python -m grader author 3-backprop": "named wrong answers, at least",
    "python -m grader prove": "| all | 1 exercises |",
    "python -m grader prove 3-backprop": "| all | 1 exercises |",
    "python -m grader mutate": "| 3-backprop/1-by-hand | column_means |",
    "python -m grader margins": "| 3-backprop/1-by-hand | column_means |",
    "python -m grader release": "release/3-backprop.zip",
    "python -m grader release 3-backprop": "release/3-backprop.zip",
    "python -m grader collect uploads": "ada, 3-backprop: 1 notebook",
    'nbgrader db assignment add 3-backprop --duedate "2026-11-30 23:59 UTC"': "3-backprop",
    "python -m grader grade": "1 notebook",
    "python -m grader grade 3-backprop": "0 notebooks to grade",
    "python -m grader feedback": "feedback/ada/3-backprop",
    "python -m grader report": "reports/index.html",
    "python -m grader report 3-backprop": "reports/3-backprop.html",
    "python -m grader late": "nobody is late",
    "python -m grader export": "exports/3-backprop.csv",
    "python -m grader export 3-backprop --format plain": "exports/3-backprop-plain.csv",
    "python -m grader export 3-backprop --format moodle --worksheet grades.csv": "exports/3-backprop-moodle.csv",
    "python -m grader receipt 3-backprop ada": "receipts/ada/3-backprop/",
    "python -m grader verify receipts/ada/3-backprop/*.json": "",
    "python -m grader regrade 3-backprop --dry-run": "nothing was changed",
    "python -m grader similar 3-backprop": "reports/3-backprop-similar.html",
    "mkdocs build --strict": "Documentation built",
    "mv site public": "",
}
# Where 1 is the answer and no failure.
LACKING = ("python -m grader author 3-backprop",)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("term") / "course")


@pytest.mark.parametrize("step", TERM)
def test_a_command_of_the_term_does_its_work(course, step):
    status, said = type_in(step, course.root)
    assert status == (step in LACKING), said
    assert TERM[step] in said


def test_the_term_has_left_what_the_pages_promise(course):
    made = (
        f"release/{LAB}.zip",
        f"submitted/{STUDENT}/{LAB}/{NOTEBOOK}.ipynb",
        f"feedback/{STUDENT}/{LAB}",
        "public/index.html",
    )
    assert [name for name in made if not (course.root / name).exists()] == []
    (row,) = csv.DictReader((course.root / "exports" / f"{LAB}-moodle.csv").open())
    assert (row["Full name"], float(row["Grade"])) == ("Ada", 1)


def test_make_runs_several_steps_in_the_order_of_its_words(course):
    done = run("make grade feedback report export", course.root)
    assert done.returncode == 0, done.stdout
    assert "0 notebooks to grade" in done.stdout
