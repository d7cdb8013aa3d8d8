"""Feedback as files, by our command and by nbgrader's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from grader.plugins.exporter import FeedbackExporter
from grader.reporting.feedback import DAMAGED, write_feedback
from grader.marking.manual import read_sheets


@pytest.fixture
def autograded(lab, graded):
    """A student's graded notebook as grading leaves it."""
    folder = lab.course.root / "autograded" / "ada" / lab.name
    folder.mkdir(parents=True)
    graded.notebook.metadata["grader"] = graded.result.to_dict()
    (folder / "1-by-hand.ipynb").write_text(json.dumps(graded.notebook))
    return folder


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """An empty gradebook; making one takes nbgrader seconds."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with pytest.MonkeyPatch.context() as patch:
        # nbgrader calls alembic by name when it makes a database.
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        Gradebook(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def gradebook(lab, database):
    """The student's rows: points by hand with a comment, a question marked, half a point for lateness."""
    shutil.copy(database, lab.course.root / "gradebook.db")
    url = f"sqlite:///{lab.course.root / 'gradebook.db'}"
    with Gradebook(url) as book:
        book.add_assignment(lab.name)
        for notebook in lab.notebooks:
            book.add_notebook(notebook.name, lab.name)
            for exercise in notebook.exercises:
                kind = "markdown" if exercise.manual else "code"
                place = {"notebook": notebook.name, "assignment": lab.name}
                book.add_grade_cell(exercise.graded_cell, max_score=exercise.points, cell_type=kind, **place)
                book.add_solution_cell(exercise.solution, **place)
        book.add_student("ada")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbgrader's own: it flushes before the rows are tied together
            submission = book.add_submission(lab.name, "ada")
        submission.notebooks[0].late_submission_penalty = 0.5
        for cell, points in (("check-backward", 2.0), ("q-large-batch", 1.5)):
            grade = book.find_grade(cell, "1-by-hand", lab.name, "ada")
            grade.manual_score, grade.needs_manual_grade = points, False
        comment = book.find_comment("backward", "1-by-hand", lab.name, "ada")
        comment.manual_comment, comment.auto_comment = "Nearly there.", "from the checks"
        book.find_comment("forward", "1-by-hand", lab.name, "ada").auto_comment = "from the checks"
        book.db.commit()
    return url


def test_pages_are_written_for_each_notebook_lab_and_student(lab, autograded):
    written = write_feedback(lab.course, lab.name)
    root = lab.course.root / "feedback" / "ada"
    assert written == [
        root / lab.name / "1-by-hand.html",
        root / lab.name / "index.html",
        root / "index.html",
    ]
    assert all(path.read_text().startswith("<!DOCTYPE html>") for path in written)
    assert sorted(root.rglob("*.part")) == []


def test_points_by_hand_come_from_the_gradebook(lab, autograded, gradebook):
    page, index, _ = [path.read_text() for path in write_feedback(lab.course, lab.name)]
    assert "Nearly there." in page
    assert "from the checks" not in page
    assert "<strong>8.5</strong> of 15" in page
    assert "Lateness takes off 0.5, which leaves 8." in index


def test_only_the_named_students_get_pages(lab, autograded):
    assert write_feedback(lab.course, lab.name, students=["bob"]) == []
    assert len(write_feedback(lab.course, lab.name, students=["ada"])) == 3


def test_a_damaged_record_costs_only_its_own_page(lab, autograded):
    (autograded / "2-autograd.ipynb").write_text('{"metadata": {"grader": {"lab": 3}}}')
    pages = {path.name: path.read_text() for path in write_feedback(lab.course, lab.name)}
    assert DAMAGED in pages["2-autograd.html"]
    assert "full marks" in pages["1-by-hand.html"]


def test_a_notebook_without_a_result_is_left_out(lab, autograded):
    (autograded / "2-autograd.ipynb").write_text('{"metadata": {}}')
    assert "2-autograd.html" not in {path.name for path in write_feedback(lab.course, lab.name)}


def test_reading_a_gradebook_that_is_not_there_makes_none(lab, tmp_path):
    assert read_sheets(f"sqlite:///{tmp_path / 'none.db'}", lab.name) == {}
    assert not (tmp_path / "none.db").exists()
    assert read_sheets("sqlite://", lab.name) == {}


def test_nbgrader_s_own_command_writes_the_same_pages(lab, autograded, gradebook):
    root = lab.course.root
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        "c.CourseDirectory.root = '.'\n"
        "c.GenerateFeedback.exporter_class = 'grader.plugins.exporter.FeedbackExporter'\n"
    )
    ours = {path: path.read_text() for path in write_feedback(lab.course, lab.name)}
    for path in ours:
        path.unlink()
    command = [sys.executable, "-m", "nbgrader", "generate_feedback", lab.name, "--force"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {path: path.read_text() for path in ours} == ours


def test_nbgrader_s_command_explains_a_notebook_of_another_grader(lab, autograded, gradebook):
    told = {"student": "ada", "assignment": lab.name, "notebook": "1-by-hand", "db_url": gradebook}
    notebook = json.loads((autograded / "1-by-hand.ipynb").read_text())
    del notebook["metadata"]["grader"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(lab.course.root)
        page, _ = FeedbackExporter().from_notebook_node(nbformat.from_dict(notebook), {"nbgrader": told})
    assert "It was not graded by this course" in page
