"""The marks as CSV: one row for each student, exact points, nothing that a spreadsheet would run."""

import csv

from grader.export import neutral, write_exports
from grader.gradebook import land, open_gradebook
from grader.results import Check, Exercise, Graded, Result
from tests.grader import tiny_course

CHECKS = (Check("one", "passed"), Check("two", "failed", "not yet"))


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_student_has_a_row_with_the_points_of_each_exercise(tmp_path):
    course = tiny_course.build(tmp_path)
    lab = course.labs[0]
    notebook = lab.notebooks[0]
    found = [e for e in notebook.exercises if not e.manual]
    exercises = [Exercise(e.name, e.points / 2, e.points, "partial", list(CHECKS)) for e in found]
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_student("ada", last_name="=1+1", email="a,b@example.org")
    land(
        course,
        "ada",
        lab.name,
        {
            notebook.name: Graded(
                Result(lab.name, notebook.name, "graded", exercises=exercises), dict(notebook.source)
            )
        },
    )
    (path,) = write_exports(course, [lab.name])
    (row,) = rows_of(path)
    assert row["student"] == "ada"
    assert row["last_name"] == "'=1+1"
    assert row["email"] == "a,b@example.org"
    for exercise in found:
        assert float(row[f"{notebook.name}/{exercise.name}"]) == exercise.points / 2
    assert float(row["points"]) == sum(e.points / 2 for e in found)


def test_formulas_are_neutralised():
    assert [neutral(t) for t in ("=1", "+1", "-1", "@x", "name")] == ["'=1", "'+1", "'-1", "'@x", "name"]
