"""Late days through nbgrader's own plugin interface, with real times of hand-in."""

import shutil

import pytest
from nbgrader.apps.api import NbGraderAPI

from grader.course import Course
from grader.export import write_exports
from grader.intake import clean_id
from grader.marking.gradebook import GradebookError, Ledger, ensure_assignment, open_gradebook
from grader.marking.late import settle
from grader.marking.late_days import DAY, HandIn, days_late, in_words, lateness
from grader.plugins.nbgrader_run import configuration, course_directory
from grader.release import released_notebook
from grader.reporting.feedback import write_feedback
from grader.results import Exercise, Graded, Result
from tests.grader import tiny_course

LABS = ("1-tiny", "2-next")
DUE = {"1-tiny": "2026-05-01 12:00:00 UTC", "2-next": "2026-05-15 12:00:00 UTC"}
POLICY = """
c.LateDays.grace_days = 3
c.LateDays.penalty_per_day = 0.1
c.LateDays.extensions = {"eve": {"2-next": 7}, "fay": {"all": 1}}
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Two labs with due dates and a policy."""
    course = tiny_course.build(tmp_path_factory.mktemp("late") / "course")
    shutil.copytree(course.root / "source" / LABS[0], course.root / "source" / LABS[1])
    shutil.copytree(course.root / "tests" / LABS[0], course.root / "tests" / LABS[1])
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(POLICY)
    course = Course(course.root)
    with open_gradebook(course) as gradebook:
        for lab in LABS:
            ensure_assignment(gradebook, course, lab)
            gradebook.update_or_create_assignment(lab, duedate=DUE[lab])
    return course


@pytest.fixture
def course(graded, tmp_path):
    shutil.copytree(graded.root, tmp_path / "course")
    return Course(tmp_path / "course")


def hand_in(course, student, lab, time):
    """Put a time of hand-in beside the submission, and land full marks: 8.5 points, of which 3 in the second notebook."""
    folder = course.root / "submitted" / student / lab
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "timestamp.txt").write_text(f"{time} UTC")
    work = {}
    for notebook in course.lab(lab).notebooks:
        exercises = [
            Exercise(e.name, e.points, e.points, "passed") for e in notebook.exercises if not e.manual
        ]
        content = released_notebook(notebook.source)
        content.cells[-1].source = "Because."
        work[notebook.name] = Graded(Result(lab, notebook.name, "graded", exercises=exercises), dict(content))
    with Ledger(course) as ledger:
        ledger.land(student, lab, work)


def penalties(course, student):
    """{lab: penalty} as nbgrader sums them."""
    with open_gradebook(course) as gradebook:
        found = {s.assignment.name: s.late_submission_penalty for s in gradebook.student_submissions(student)}
    return {lab: round(penalty, 6) for lab, penalty in found.items()}


def test_a_day_that_has_begun_counts():
    assert [days_late(s) for s in (-DAY, 0, 0.5, DAY, DAY + 1)] == [0, 0, 1, 1, 2]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_grace_days_go_to_the_labs_in_the_order_of_their_due_dates(order):
    labs = [HandIn("a", "1", 2 * DAY), HandIn("b", "2", 0), HandIn("c", "3", 2.5 * DAY)]
    found = lateness([labs[i] for i in order], 3)
    assert {lab: (one.late, one.grace, one.charged, one.left) for lab, one in found.items()} == {
        "a": (2, 2, 0, 1),
        "c": (3, 1, 2, 0),
    }


def test_the_student_reads_it_in_plain_words():
    found = lateness([HandIn("a", "1", 5 * DAY)], 2)["a"]
    assert in_words(found, 0.1, 1.0, 2) == (
        "5 days late. 2 are paid with grace days (0 of 2 left). 3 days cost 30 % of the points."
    )
    assert in_words(found, 0.5, 0.8, 2).endswith("3 days cost 80 % of the points.")
    assert in_words(lateness([HandIn("a", "1", 1)], 0)["a"], 0.125, 1.0, 0) == (
        "1 day late. 1 day costs 12.5 % of the points."
    )


def test_days_beyond_the_grace_days_cost_their_share(course):
    hand_in(course, "ann", "1-tiny", "2026-05-03 11:00:00")  # 2 days, both graced
    hand_in(course, "ann", "2-next", "2026-05-18 11:00:00")  # 3 days, 1 graced
    hand_in(course, "bob", "1-tiny", "2026-05-01 12:00:00")  # in time
    assert penalties(course, "ann") == {"1-tiny": 0, "2-next": 1.7}
    assert penalties(course, "bob") == {"1-tiny": 0}


def test_extensions_of_the_configuration_and_of_nbgrader_add_up(course):
    hand_in(course, "eve", "2-next", "2026-05-26 12:00:00")  # 11 days, 7 extended: 4, 3 graced
    assert penalties(course, "eve") == {"2-next": 0.85}
    with open_gradebook(course) as gradebook:
        gradebook.grant_extension("2-next", "eve", days=1)
    settle(course)
    assert penalties(course, "eve") == {"2-next": 0}
    hand_in(course, "fay", "1-tiny", "2026-05-06 12:00:00")  # 5 days, 1 extended: 4, 3 graced
    assert penalties(course, "fay") == {"1-tiny": 0.85}


def test_nothing_goes_below_zero_and_settling_twice_changes_nothing(course):
    hand_in(course, "ann", "1-tiny", "2027-05-03 11:00:00")
    assert penalties(course, "ann") == {"1-tiny": 8.5}
    words = settle(course)
    assert words["ann", "1-tiny"].endswith("cost 100 % of the points.")
    assert settle(course) == words
    assert penalties(course, "ann") == {"1-tiny": 8.5}


def test_points_by_hand_and_an_earlier_lab_that_comes_later_are_settled(course):
    hand_in(course, "ann", "2-next", "2026-05-18 11:00:00")  # 3 days, all graced
    assert penalties(course, "ann") == {"2-next": 0}
    hand_in(course, "ann", "1-tiny", "2026-05-03 11:00:00")  # takes 2 of the 3 grace days
    with open_gradebook(course) as gradebook:
        grade = gradebook.find_grade("q-why", "1-double", "2-next", "ann")
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        gradebook.db.commit()
    (path,) = write_exports(course, ["2-next"], "plain").paths
    assert penalties(course, "ann") == {"1-tiny": 0, "2-next": 2.2}
    assert "8.8,11.0,2.2," in path.read_text()


def test_without_a_policy_nothing_is_taken_and_what_was_taken_can_be_given_back(course):
    hand_in(course, "ann", "1-tiny", "2026-05-06 12:00:00")
    assert penalties(course, "ann") == {"1-tiny": 1.7}
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("c.LateDays.penalty_per_day = 0.0\n")
    assert settle(course) == {}
    assert penalties(course, "ann") == {"1-tiny": 1.7}
    settle(course, always=True)
    assert penalties(course, "ann") == {"1-tiny": 0}


def test_a_time_that_is_put_right_counts_and_is_found_under_any_name(course):
    name = "Zoë K."
    student = clean_id(name)
    folder = course.root / "submitted" / name / "1-tiny"
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").write_text("2026-05-06 12:00:00 UTC")
    hand_in(course, student, "1-tiny", "2026-05-06 12:00:00")
    shutil.rmtree(course.root / "submitted" / student)
    (folder / "timestamp.txt").write_text("2026-05-07 12:00:00 UTC")
    settle(course)
    assert penalties(course, student) == {"1-tiny": 1.7}
    settle(course, times=True)
    assert penalties(course, student) == {"1-tiny": 2.55}


def test_the_student_reads_on_the_page_what_a_late_day_cost(course):
    hand_in(course, "ann", "1-tiny", "2026-05-05 13:00:00")
    write_feedback(course, "1-tiny")
    said = "5 days late. 3 are paid with grace days (0 of 3 left). 2 days cost 20 % of the points. Lateness takes off "
    folder = course.root / "feedback" / "ann" / "1-tiny"
    assert f"{said}1.7, which leaves 6.8." in (folder / "index.html").read_text()
    assert f"{said}0.6, which leaves 2.4." in (folder / "2-square.html").read_text()


def test_nbgraders_autograde_applies_the_policy_by_the_formgraders_button(course):
    """What `nbgrader autograde` and the button run, with the real engine."""
    for notebook in course.lab("1-tiny").notebooks:
        content = released_notebook(notebook.source)
        for cell in content.cells:
            if cell.id == "square":
                cell.source = "def square(x):\n    return x * x"
        tiny_course.write(content, course.root / "submitted" / "ann" / "1-tiny" / notebook.path.name)
    (course.root / "submitted" / "ann" / "1-tiny" / "timestamp.txt").write_text("2026-05-06 12:00:00 UTC")
    result = NbGraderAPI(course_directory(course), config=configuration(course)).autograde("1-tiny", "ann")
    assert result["success"], result
    assert penalties(course, "ann") == {"1-tiny": 0.6}


def test_a_price_that_is_no_share_is_refused(course):
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("c.LateDays.penalty_per_day = 10\n")
    with pytest.raises(GradebookError, match=r"nbgrader_config.py: c.LateDays.penalty_per_day is a share"):
        settle(course)
