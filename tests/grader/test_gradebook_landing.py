"""Marks in nbgrader's gradebook: exact, all or nothing, twice the same, and never over a person's marks."""

from __future__ import annotations

import datetime
import json
import sqlite3
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

sys.path.insert(0, str(Path(__file__).parent))
import tiny_course
from tiny_course import LAB

from grader.course import Course
from grader.marking.gradebook import (
    GradebookError,
    Ledger,
    ensure_assignment,
    has_landed,
    land,
    open_gradebook,
)
from grader.marking.gradebook_rows import Rows
from grader.marking.marks import Marks
from grader.release import release, released_notebook
from grader.results import Check, Exercise, Graded, Result


@pytest.fixture
def course(tmp_path):
    return tiny_course.build(tmp_path / "course")


@pytest.fixture
def ledger(course):
    with Ledger(course) as ledger:
        yield ledger


def class_of(course, share=1.0, answer="Because."):
    """A submission of both notebooks with this share of the points of each exercise."""
    found = {}
    for notebook in course.lab(LAB).notebooks:
        content = released_notebook(notebook.source)
        if notebook.name == "1-double":
            content.cells[-1].source = answer
        check = Check("a check", "passed" if share == 1 else "failed", "" if share == 1 else "Seen.")
        exercises = [
            Exercise(e.name, e.points * share, e.points, "partial", [check])
            for e in notebook.exercises
            if not e.manual
        ]
        found[notebook.name] = Graded(Result(LAB, notebook.name, "graded", exercises=exercises), content)
    return found


def rows(course, student="ann"):
    """{cell: (auto, manual, waits)} and {cell: comment} of a student, as nbgrader reads them."""
    with open_gradebook(course) as gradebook:
        submission = gradebook.find_submission(LAB, student)
        grades = {
            g.name: (g.auto_score, g.manual_score, g.needs_manual_grade)
            for n in submission.notebooks
            for g in n.grades
        }
        comments = {c.name: c.comment for n in submission.notebooks for c in n.comments}
        return grades, comments


def by_hand(course, score, student="ann"):
    """What the formgrader's page does when a person gives points and a comment to the question."""
    with open_gradebook(course) as gradebook:
        grade = gradebook.find_grade("q-why", "1-double", LAB, student)
        grade.manual_score, grade.needs_manual_grade = score, False
        gradebook.find_comment("q-why", "1-double", LAB, student).manual_comment = "Well said."
        gradebook.db.commit()


def test_points_and_comments_are_in_the_gradebook(course, ledger):
    assert ledger.land("ann", LAB, class_of(course, share=1 / 3)) == []
    grades, comments = rows(course)
    assert grades == {
        "check-double": (4 / 3, None, False),
        "check-limit": (0.5, None, False),
        "check-square": (1.0, None, False),
        "q-why": (None, None, True),
    }
    assert comments == {"double": "Seen.", "limit": "Seen.", "square": "Seen.", "q-why": None}


def test_nbgrader_sums_them_up(course, ledger):
    ledger.land("ann", LAB, class_of(course))
    with open_gradebook(course) as gradebook:
        submission = gradebook.find_submission(LAB, "ann")
        assert (submission.score, submission.max_score, submission.needs_manual_grade) == (8.5, 11.0, True)


def test_landing_twice_is_landing_once(course, ledger):
    for _ in range(2):
        ledger.land("ann", LAB, class_of(course, share=0.5))
    before = rows(course)
    with open_gradebook(course) as gradebook:
        assert len(gradebook.assignment_submissions(LAB)) == 1
    with Ledger(course) as again:
        again.land("ann", LAB, class_of(course, share=0.5))
    assert rows(course) == before


def test_a_notebook_that_is_missing_counts_as_not_handed_in(course, ledger):
    ledger.land("ann", LAB, {"1-double": class_of(course)["1-double"]})
    grades, comments = rows(course)
    assert grades["check-square"] == (0.0, None, False)
    assert comments["square"] == "This notebook was not handed in."


def test_points_and_comment_given_by_hand_survive_a_regrade(course, ledger):
    ledger.land("ann", LAB, class_of(course, share=0.5))
    by_hand(course, 2.0)
    ledger.land("ann", LAB, class_of(course, share=1.0))
    grades, comments = rows(course)
    assert grades["q-why"] == (None, 2.0, False)
    assert comments["q-why"] == "Well said."
    assert grades["check-double"] == (4.0, None, False)


def test_a_new_answer_to_a_question_that_was_marked_is_shown_again(course, ledger):
    ledger.land("ann", LAB, class_of(course))
    by_hand(course, 2.0)
    ledger.land("ann", LAB, class_of(course, answer="No, because of this."))
    assert rows(course)[0]["q-why"] == (None, 2.0, True)


def test_a_check_marked_by_hand_is_shown_again_only_when_its_points_change(course, ledger):
    ledger.land("ann", LAB, class_of(course, share=0.5))
    with open_gradebook(course) as gradebook:
        grade = gradebook.find_grade("check-double", "1-double", LAB, "ann")
        grade.manual_score, grade.needs_manual_grade = 3.0, False
        gradebook.db.commit()
    ledger.land("ann", LAB, class_of(course, share=0.5))
    assert rows(course)[0]["check-double"] == (2.0, 3.0, False)
    ledger.land("ann", LAB, class_of(course, share=1.0))
    assert rows(course)[0]["check-double"] == (4.0, 3.0, True)


def test_the_autograded_notebook_carries_the_result_and_is_what_nbgrader_reads(course, ledger):
    ledger.land("ann", LAB, class_of(course))
    path = course.root / "autograded" / "ann" / LAB / "1-double.ipynb"
    content = nbformat.read(path, as_version=4)
    nbformat.validate(content)
    assert Result.from_dict(content.metadata["grader"]) == class_of(course)["1-double"].result


def test_what_cannot_be_graded_shows_the_reason_above_the_released_notebook(course, ledger):
    reason = "The file is empty."
    ledger.land("ann", LAB, {"1-double": Graded(Result(LAB, "1-double", "ungradable", reason), None)})
    path = course.root / "autograded" / "ann" / LAB / "1-double.ipynb"
    content = nbformat.read(path, as_version=4)
    nbformat.validate(content)
    assert reason in content.cells[0].source
    assert content.metadata["grader"]["status"] == "ungradable"
    grades, comments = rows(course)
    assert grades["check-double"] == (0.0, None, False)
    assert grades["q-why"] == (None, None, True)
    assert comments["double"] == reason


def test_faults_of_the_grader_are_given_back(course, ledger):
    found = class_of(course)
    found["2-square"].result.exercises.clear()
    assert ledger.land("ann", LAB, found) == ["2-square: square: no result came back; 0 points were recorded"]


def test_a_locked_gradebook_is_waited_for_and_then_told_and_nothing_is_half_written(course):
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("timeout=60", "timeout=0.2"))
    with Ledger(course) as ledger:
        ledger.land("ann", LAB, class_of(course, share=0.5))
        before = rows(course)
        other = sqlite3.connect(course.root / "gradebook.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(GradebookError, match=r"could not be written for ann: another program holds it"):
            ledger.land("ann", LAB, class_of(course))
        other.execute("ROLLBACK")
        assert rows(course) == before
        ledger.land("ann", LAB, class_of(course))
    assert rows(course)[0]["check-double"] == (4.0, None, False)


def test_a_failure_on_the_way_leaves_no_trace_of_the_submission(course):
    with open_gradebook(course) as gradebook:
        ensure_assignment(gradebook, course, LAB)
        broken = Marks(scores={"check-square": "no number"}, comments={})
        with pytest.raises(Exception, match="str"):
            Rows(gradebook, course.lab(LAB)).write("ann", {"1-double": Marks(), "2-square": broken})
        assert gradebook.students == []
        assert gradebook.assignment_submissions(LAB) == []


def test_a_student_whose_name_is_a_path_is_refused(course, ledger):
    with pytest.raises(ValueError, match="is no id of a student"):
        ledger.land("../../etc", LAB, class_of(course))


def test_whether_a_submission_has_landed(course):
    assert not has_landed(course, LAB, "ann")
    land(course, "ann", LAB, class_of(course))
    assert has_landed(course, LAB, "ann")
    (course.root / "autograded" / "ann" / LAB / "2-square.ipynb").unlink()
    assert not has_landed(course, LAB, "ann")


def test_the_time_of_hand_in_is_recorded_and_a_damaged_one_stops_nobody(course, ledger):
    for student, text in (("ann", "2026-05-01T12:00:00+02:00"), ("bob", "yesterday\x00")):
        folder = course.root / "submitted" / student / LAB
        folder.mkdir(parents=True)
        (folder / "timestamp.txt").write_text(text)
        ledger.land(student, LAB, class_of(course))
    link = course.root / "submitted" / "cid" / LAB
    link.mkdir(parents=True)
    (link / "timestamp.txt").symlink_to("/dev/zero")
    ledger.land("cid", LAB, class_of(course))
    with open_gradebook(course) as gradebook:
        times = [gradebook.find_submission(LAB, student).timestamp for student in ("ann", "bob", "cid")]
    assert times == [datetime.datetime(2026, 5, 1, 10), None, None]


def test_the_configured_late_policy_is_applied_with_extensions(course):
    config = course.root / "nbgrader_config.py"
    with config.open("a") as file:
        file.write("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    with open_gradebook(course) as gradebook:
        ensure_assignment(gradebook, course, LAB)
        gradebook.update_or_create_assignment(LAB, duedate="2026-05-01 00:00:00 UTC")
    late = datetime.datetime(2026, 5, 1, 1)
    with Ledger(course) as ledger:
        ledger.land("ann", LAB, class_of(course), late)
        ledger.land("bob", LAB, class_of(course), late - datetime.timedelta(hours=2))
    with open_gradebook(course) as gradebook:
        assert gradebook.find_submission(LAB, "ann").late_submission_penalty == 8.5
        assert not gradebook.find_submission(LAB, "bob").late_submission_penalty
        gradebook.grant_extension(LAB, "ann", hours=3)
    land(course, "ann", LAB, class_of(course))
    with open_gradebook(course) as gradebook:
        assert not gradebook.find_submission(LAB, "ann").late_submission_penalty


def test_grading_needs_no_release_before_it(course):
    land(course, "ann", LAB, class_of(course))
    with open_gradebook(course) as gradebook:
        recorded = cells(gradebook)
    release(course)
    with open_gradebook(course) as gradebook:
        assert cells(gradebook) == recorded


def test_changed_points_reach_the_gradebook(course):
    land(course, "ann", LAB, class_of(course))
    change(course, lambda content: content.cells[1].metadata.nbgrader.update(points=6))
    changed = Course(course.root)
    with Ledger(changed) as ledger:
        ledger.land("ann", LAB, class_of(changed))
    with open_gradebook(course) as gradebook:
        assert gradebook.find_submission(LAB, "ann").max_score == 14.0
    assert rows(course)[0]["check-square"] == (6.0, None, False)


def test_a_new_exercise_after_submissions_is_refused_with_the_cure(course):
    land(course, "ann", LAB, class_of(course))
    change(course, lambda content: content.cells.append(tiny_course.code("note", "x = 1", locked=True)))
    with pytest.raises(
        GradebookError, match=r"notebook 2-square of lab 1-tiny: .* were added, removed or renamed"
    ):
        land(Course(course.root), "ann", LAB, class_of(course))


def test_a_notebook_that_is_gone_is_forgotten_until_there_are_submissions(course):
    with open_gradebook(course) as gradebook:
        ensure_assignment(gradebook, course, LAB)
        path = course.root / "source" / LAB / "2-square.ipynb"
        text = path.read_text()
        path.unlink()
        ensure_assignment(gradebook, Course(course.root), LAB)
        assert [n.name for n in gradebook.find_assignment(LAB).notebooks] == ["1-double"]
    path.write_text(text)
    land(course, "ann", LAB, class_of(course))
    path.unlink()
    with open_gradebook(course) as gradebook:
        with pytest.raises(GradebookError, match="put it back"):
            ensure_assignment(gradebook, Course(course.root), LAB)


def test_a_damaged_old_notebook_makes_a_person_look_again(course, ledger):
    ledger.land("ann", LAB, class_of(course))
    by_hand(course, 2.0)
    (course.root / "autograded" / "ann" / LAB / "1-double.ipynb").write_text("{")
    ledger.land("ann", LAB, class_of(course))
    assert rows(course)[0]["q-why"] == (None, 2.0, True)
    assert json.loads((course.root / "autograded" / "ann" / LAB / "1-double.ipynb").read_text())


def change(course, edit):
    """Edit the instructor's second notebook."""
    path = course.root / "source" / LAB / "2-square.ipynb"
    content = nbformat.read(path, as_version=4)
    edit(content)
    tiny_course.write(content, path)


def cells(gradebook: Gradebook):
    """Everything the gradebook records about the lab's cells."""
    found = {}
    for notebook in gradebook.find_assignment(LAB).notebooks:
        for cell in [*notebook.grade_cells, *notebook.solution_cells, *notebook.source_cells]:
            record = cell.to_dict()
            record.pop("id", None)
            found[notebook.name, type(cell).__name__, cell.name] = record
    return found
