"""nbgrader's own commands and the formgrader's buttons run our release, our engine and our feedback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbgrader.apps.api import NbGraderAPI
from nbgrader.server_extensions.formgrader import handlers

sys.path.insert(0, str(Path(__file__).parent))
import tiny_course
from tiny_course import LAB

from grader.batch.fleet import grade_class
from grader.marking.gradebook import open_gradebook
from grader.plugins.nbgrader_run import configuration, course_directory
from grader.release import released_notebook

DOUBLE = "def double(x):\n    return x + x"
HALF_RIGHT = "def double(x):\n    return 0 * x"
SQUARE = "def square(x):\n    return x * x"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A class of six after `nbgrader autograde LAB`, run as a teacher runs it, without a release before."""
    course = tiny_course.build(tmp_path_factory.mktemp("nbgrader") / "course")
    hand_in(
        course, "ann", {"double": DOUBLE, "limit": "limit = 42.0", "q-why": "Because."}, {"square": SQUARE}
    )
    hand_in(course, "bob", {"double": HALF_RIGHT}, {})
    hand_in(course, "cid", {"double": DOUBLE}, {"square": SQUARE})
    hand_in(course, "dot", {"double": DOUBLE}, None)
    hand_in(course, "eve", {"double": DOUBLE}, {"square": SQUARE})
    submitted = course.root / "submitted"
    (submitted / "ann" / LAB / "timestamp.txt").write_text("2026-05-01 10:00:00 UTC")
    (submitted / "cid" / LAB / "2-square.ipynb").write_bytes(b"\xff\xfe{ no notebook")
    (submitted / "eve" / LAB / "2-square.ipynb").unlink()
    (submitted / "eve" / LAB / "2-square.ipynb").symlink_to(course.root / "source" / LAB / "2-square.ipynb")
    (submitted / "eve" / LAB / "leak.txt").symlink_to(course.root / "source" / LAB / "1-double.ipynb")
    (submitted / "eve" / LAB / "endless").symlink_to("/dev/zero")
    (submitted / "eve" / LAB / "timestamp.txt").symlink_to("/dev/zero")
    done = nbgrader(course, "autograde", LAB)
    assert done.returncode == 0, done.stderr
    # the formgrader's own tables read what lies here, whatever it is; collecting must not leave such a link
    (submitted / "eve" / LAB / "timestamp.txt").unlink()
    return course


def hand_in(course, student, *answers):
    """Put a student's notebooks into submitted/: {grade_id: answer} for each, None for one not handed in."""
    for notebook, given in zip(course.lab(LAB).notebooks, answers, strict=True):
        if given is None:
            continue
        content = released_notebook(notebook.source)
        for cell in content.cells:
            cell.source = given.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
        tiny_course.write(content, course.root / "submitted" / student / LAB / notebook.path.name)


def nbgrader(course, *arguments):
    """Run nbgrader's command line in the course's folder, without an activated environment."""
    program = Path(sys.executable).parent / "nbgrader"
    environment = {**os.environ, "PATH": os.defpath}
    return subprocess.run(
        [program, *arguments], cwd=course.root, env=environment, capture_output=True, text=True, timeout=300
    )


def score(course, student):
    """{cell: (points, waits for a person)} as nbgrader reads them."""
    with open_gradebook(course) as gradebook:
        submission = gradebook.find_submission(LAB, student)
        return {g.name: (g.score, g.needs_manual_grade) for n in submission.notebooks for g in n.grades}


def scores(course):
    return {student: score(course, student) for student in ("ann", "bob", "cid", "dot", "eve")}


def test_marks_are_in_the_gradebook_with_partial_credit_and_questions_waiting(course):
    assert score(course, "ann") == {
        "check-double": (4.0, False), "check-limit": (1.5, False), "check-square": (3.0, False), "q-why": (0.0, True)
    }  # fmt: skip
    assert score(course, "bob") == {
        "check-double": (2.0, False), "check-limit": (0.0, False), "check-square": (0.0, False), "q-why": (0.0, False)
    }  # fmt: skip


def test_a_damaged_notebook_costs_itself_only(course):
    assert score(course, "cid")["check-double"] == (4.0, False)
    assert score(course, "cid")["check-square"] == (0.0, False)
    content = nbformat.read(course.root / "autograded" / "cid" / LAB / "2-square.ipynb", as_version=4)
    assert "could not be graded" in content.cells[0].source


def test_a_notebook_that_was_not_handed_in_is_worth_nothing(course):
    assert score(course, "dot")["check-square"] == (0.0, False)


def test_no_link_in_a_submission_is_followed(course):
    folder = course.root / "autograded" / "eve" / LAB
    assert sorted(path.name for path in folder.iterdir()) == ["1-double.ipynb", "2-square.ipynb"]
    assert score(course, "eve")["check-square"] == (0.0, False)
    assert "twice_the_value" not in "".join(path.read_text() for path in folder.iterdir())


def test_the_time_of_hand_in_travels_along(course):
    with open_gradebook(course) as gradebook:
        assert gradebook.find_submission(LAB, "ann").timestamp.hour == 10
    assert (
        (course.root / "autograded" / "ann" / LAB / "timestamp.txt")
        .read_text()
        .startswith("2026-05-01 10:00:00")
    )


def test_our_own_command_lands_the_same_marks(course, tmp_path):
    shutil.copytree(course.root, tmp_path / "course", symlinks=True)
    again = type(course)(tmp_path / "course")
    (again.root / "gradebook.db").unlink()
    shutil.rmtree(again.root / "autograded")
    grade_class(again, [LAB])
    assert scores(again) == scores(course)


def test_the_formgraders_autograde_button_grades_again_and_keeps_what_a_person_gave(course):
    with open_gradebook(course) as gradebook:
        grade = gradebook.find_grade("q-why", "1-double", LAB, "ann")
        grade.manual_score, grade.needs_manual_grade = 2.0, False
        gradebook.db.commit()
    hand_in(course, "bob", {"double": DOUBLE}, {"square": SQUARE})
    for student in ("ann", "bob"):
        press_autograde(course, student)
    assert score(course, "bob")["check-double"] == (4.0, False)
    assert score(course, "ann")["q-why"][0] == 2.0


def test_an_edited_check_counts_at_the_next_press_of_the_button(course):
    checks = course.root / "tests" / LAB / "test_2_square.py"
    press_autograde(course, "bob")
    checks.write_text(checks.read_text().replace("reference.square(31.25)", "-1.0"))
    press_autograde(course, "bob")
    assert score(course, "bob")["check-square"] == (0.0, False)


def press_autograde(course, student):
    """What the formgrader's button does, in a process that lives on."""
    result = NbGraderAPI(course_directory(course), config=configuration(course)).autograde(LAB, student)
    assert result["success"], result


def test_the_formgraders_tables_and_pages_show_what_was_graded(course):
    api = NbGraderAPI(course_directory(course), config=configuration(course))
    assert {s["student"] for s in api.get_submissions(LAB) if s["autograded"]} == {
        "ann",
        "bob",
        "cid",
        "dot",
        "eve",
    }
    config = configuration(course)
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    path = course.root / "autograded" / "cid" / LAB / "2-square.ipynb"
    shown = {
        "index": 0,
        "total": 1,
        "base_url": "",
        "notebook_path": "",
        "student": "cid",
        "submission_id": "1",
    }
    names = {"last_name": None, "first_name": None, "assignment_id": LAB, "notebook_id": "2-square"}
    page, _ = HTMLExporter(config=config).from_filename(str(path), resources={**shown, **names})
    assert 'id="check-square"' in page
    assert "could not be graded" in page


def test_nbgrader_generates_our_feedback_and_shows_no_hidden_check(course):
    done = nbgrader(course, "generate_feedback", LAB)
    assert done.returncode == 0, done.stderr
    page = (course.root / "feedback" / "bob" / LAB / "1-double.html").read_text()
    assert "The points come from checks that are not shown here." in page
    assert "1234.5" not in page


def test_nbgrader_releases_what_our_command_releases(course, tmp_path):
    done = nbgrader(course, "generate_assignment", LAB, "--force")
    assert done.returncode == 0, done.stderr
    for notebook in course.lab(LAB).notebooks:
        theirs = nbformat.read(course.root / "release" / LAB / notebook.path.name, as_version=4)
        assert theirs == released_notebook(notebook.source)
    assert (course.root / "release" / LAB / "utils" / "__init__.py").is_file()
