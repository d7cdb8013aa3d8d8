"""docs/checks.md names every exercise of the course with the counts of its bank, and the command keeps it so."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from grader.checks.bank import load_bank
from grader.checks.gate import Proof
from grader.checks.margins import MOST_NOISE, Margin
from grader.checks.mutate import Mutant
from grader.checks.record import make_row, read_rows, record_file, write_rows
from grader.checks.survivors import Tried, load_reasons
from grader.course import Course, CourseError, course_root
from tests.grader import provable_course

COURSE = Course(course_root())
ROWS = {(row.notebook, row.exercise): row for row in read_rows(COURSE)}
NOTEBOOKS = [notebook for lab in COURSE.labs for notebook in lab.notebooks]
AGAIN = "the table is not that of this course: run `python -m grader prove LAB --write`"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: f"{n.lab.name}/{n.name}")
def test_the_table_names_each_exercise_with_the_counts_of_its_bank(notebook) -> None:
    kinds = Counter((entry.exercise, entry.kind) for entry in load_bank(notebook.bank))
    name = f"{notebook.lab.name}/{notebook.name}"
    exercises = [e.name for e in notebook.exercises if not e.manual]
    assert [exercise for where, exercise in ROWS if where == name] == exercises, AGAIN
    for exercise in exercises:
        row = ROWS[name, exercise]
        assert (row.wrong, row.right) == (kinds[exercise, "wrong"], kinds[exercise, "right"]), (
            f"{exercise}: {AGAIN}"
        )


def test_what_the_table_says_holds() -> None:
    for row in ROWS.values():
        assert row.checks > 0
        assert row.caught == row.wrong > 0
        assert row.killed + row.live == row.mutants > 0
        assert float(row.noise) <= MOST_NOISE
        assert float(row.chance) <= 1e-4


def test_every_reason_stands_in_the_document() -> None:
    text = record_file(COURSE).read_text()
    for notebook in NOTEBOOKS:
        for (exercise, _, _), reason in load_reasons(notebook).items():
            assert f"| {notebook.lab.name}/{notebook.name}, {exercise} |" in text, AGAIN
            assert f"| {reason} |" in text, AGAIN


def test_rows_are_written_read_and_replaced(tmp_path: Path) -> None:
    notebook = provable_course.build(tmp_path)
    margins = [Margin("scale", "values", 1e-8, 0.123, "x", 2e6, "y", 2e-5)]
    proof = Proof("scale", checks=2, wrong=4, right=2, killed=4)
    tried = Tried("scale", 9, 8, [], [(Mutant("operator", "a", "b", "c"), "equivalent: so")])
    row = make_row(notebook, proof, tried, margins)
    course = notebook.lab.course
    write_rows(course, [row], [notebook])
    assert read_rows(course) == [row]
    assert (row.live, row.noise, row.nearest, row.chance) == (1, "0.12", "2.0e+06", "2e-05")
    write_rows(course, [], [])
    assert read_rows(course) == [row]
    write_rows(course, [], [notebook])
    assert read_rows(course) == []


def test_a_table_that_was_edited_badly_is_refused(tmp_path: Path) -> None:
    notebook = provable_course.build(tmp_path)
    proof = Proof("scale", checks=2, wrong=4, right=2, killed=4)
    path = write_rows(notebook.lab.course, [make_row(notebook, proof, Tried("scale"), [])], [notebook])
    path.write_text(path.read_text().replace("| scale | 2 |", "| scale | two |"))
    with pytest.raises(CourseError, match="write it again"):
        read_rows(notebook.lab.course)
