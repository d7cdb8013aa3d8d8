"""A class from submitted/ to the gradebook; the engine alone is a stand-in, so that it can be made to fail."""

import os
import shutil
import signal
import sqlite3
import threading
import time

import pytest

from grader.batch.breakdown import breakdown
from grader.batch.fleet import ClassOutcome
from grader.batch.lock import CourseBusy, RunLock
from grader.batch.progress import Progress, Step
from grader.course import Course
from grader.marking.gradebook import open_gradebook
from grader.reporting.report import write_report
from tests.grader.class_of_stand_ins import hand_in
from tests.grader.fleet_of_stand_ins import Fleet, hand_in_both, marks
from tests.grader.tiny_course import LAB, build


@pytest.fixture(scope="module")
def with_gradebook(tmp_path_factory):
    """A course with an empty gradebook, whose making takes longer than all else here."""
    course = build(tmp_path_factory.mktemp("course"))
    with open_gradebook(course):
        pass
    return course


@pytest.fixture
def course(with_gradebook, tmp_path):
    shutil.copytree(with_gradebook.root, tmp_path / "course")
    return Course(tmp_path / "course")


@pytest.fixture
def fleet(course):
    return Fleet(course)


@pytest.mark.parametrize("count", [1, 2])
def test_marks_land_and_do_not_depend_on_the_number_of_workers(course, fleet, count):
    for student, share in (("ann", 1.0), ("bob", 0.5), ("carla", 0.0)):
        hand_in_both(course, student, share)
    outcome = fleet.run(count)
    assert (outcome.graded, outcome.landed, outcome.exit_status) == (6, 3, 0)
    assert marks(course) == {"ann": 8.5, "bob": 4.25, "carla": 0.0}
    assert (course.root / "autograded" / "ann" / LAB / "2-square.ipynb").is_file()


def test_a_second_run_does_nothing(course, fleet):
    hand_in_both(course, "ann")
    fleet.run()
    outcome = fleet.run()
    assert (outcome.graded, outcome.unchanged, outcome.landed) == (0, 2, 0)
    assert fleet.asked == []


def test_only_what_changed_is_graded_again(course, fleet):
    hand_in_both(course, "ann")
    hand_in_both(course, "bob")
    fleet.run()
    hand_in(course, "ann", "2-square", share=0.0)
    assert fleet.run().graded == 1
    assert fleet.asked == ["ann 2-square"]
    assert marks(course) == {"ann": 5.5, "bob": 8.5}


def test_force_grades_everything_again(course, fleet):
    hand_in_both(course, "ann")
    fleet.run()
    assert fleet.run(force=True).graded == 2


@pytest.mark.parametrize(
    "changed", ["tests/1-tiny/test_1_double.py", "utils/__init__.py", "source/1-tiny/more.csv"]
)
def test_changed_checks_or_utils_grade_the_lab_again(course, fleet, changed):
    hand_in_both(course, "ann")
    fleet.run()
    path = course.root / changed
    path.write_text((path.read_text() if path.exists() else "") + "\n# changed\n")
    assert fleet.run().graded == 2


def test_changed_checks_of_another_lab_grade_nothing_again(course, fleet):
    hand_in_both(course, "ann")
    fleet.run()
    (course.root / "tests" / "2-other").mkdir()
    (course.root / "tests" / "2-other" / "test_x.py").write_text("# new\n")
    assert fleet.run().graded == 0


def test_one_student_can_be_chosen(course, fleet):
    hand_in_both(course, "ann")
    hand_in_both(course, "bob")
    assert fleet.run(students=["bob"]).graded == 2
    assert {line.split()[0] for line in fleet.asked} == {"bob"}


def test_a_missing_notebook_costs_its_own_points_only(course, fleet):
    hand_in(course, "ann", "1-double")
    outcome = fleet.run()
    assert outcome.exit_status == 0
    assert marks(course) == {"ann": 5.5}


def test_the_same_bytes_are_graded_once_for_all(course, fleet):
    for student in ("ann", "bob", "carla"):
        hand_in(course, student, by="someone")
    outcome = fleet.run()
    assert (outcome.graded, len(fleet.asked)) == (3, 1)
    assert marks(course) == {"ann": 5.5, "bob": 5.5, "carla": 5.5}


def test_two_notebooks_of_the_same_bytes_are_not_confused(course, fleet):
    hand_in(course, "ann", "1-double", by="x")
    hand_in(course, "ann", "2-square", by="x")
    fleet.run()
    assert marks(course) == {"ann": 8.5}


def test_what_cannot_be_read_is_ungradable_with_a_reason(course, fleet):
    path = hand_in(course, "ann", "1-double")
    path.unlink()
    path.symlink_to(course.root / "source" / LAB / "1-double.ipynb")
    hand_in(course, "ann", "2-square")
    outcome = fleet.run()
    assert [entry[:3] for entry in outcome.ungradable] == [("ann", LAB, "1-double")]
    assert "link" in outcome.ungradable[0][3]
    assert outcome.exit_status == 1
    assert marks(course) == {"ann": 3.0}


def test_a_submission_that_kills_the_engine_is_given_up_after_two_runs(course, fleet):
    hand_in(course, "ann")
    hand_in(course, "bob", do="kill")
    hand_in(course, "carla")
    for attempts in (2, 2, 0):
        outcome = fleet.run()
        assert fleet.asked.count("bob 1-double") == attempts
        assert [entry[0] for entry in outcome.ungradable] == ["bob"]
    assert marks(course) == {"ann": 5.5, "bob": 0.0, "carla": 5.5}


def test_a_replaced_gradebook_is_written_again_without_grading(with_gradebook, course, fleet):
    hand_in_both(course, "ann")
    fleet.run()
    shutil.copy(with_gradebook.root / "gradebook.db", course.root)
    outcome = fleet.run()
    assert (outcome.graded, outcome.landed) == (0, 1)
    assert marks(course) == {"ann": 8.5}


def test_a_locked_gradebook_loses_nothing(course, fleet):
    hand_in_both(course, "ann")
    fleet.run()
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("timeout=60", "timeout=0.2"))
    hand_in_both(course, "ann", share=0.5)
    with sqlite3.connect(course.root / "gradebook.db") as other:
        other.execute("BEGIN EXCLUSIVE")
        outcome = fleet.run()
        other.rollback()
    assert outcome.exit_status == 1
    assert [entry[:2] for entry in outcome.not_landed] == [("ann", LAB)]
    outcome = fleet.run()
    assert (outcome.graded, outcome.landed) == (0, 1)
    assert marks(course) == {"ann": 4.25}


def test_two_runs_at_once_are_refused_and_lose_nothing(course, fleet):
    hand_in_both(course, "ann")
    with RunLock(course.root / "autograded" / "grading.lock"):
        with pytest.raises(CourseBusy, match="another run"):
            fleet.run()
    assert fleet.run().landed == 1


def test_the_report_tells_where_the_time_went(course, fleet):
    for student in ("ann", "bob"):
        hand_in_both(course, student)
    outcome = fleet.run()
    assert {"read", "start", "check", "mark", "write"} <= outcome.breakdown.keys()
    spent = breakdown(course, LAB)
    counts = {line.what: line.count for line in spent.stages}
    assert counts["hidden checks"] == 4
    assert counts["marks into the gradebook"] == 2
    assert [(line.what, line.count) for line in spent.checks] == [("double: a hidden number", 4)]
    assert sum(line.seconds for line in spent.stages) == pytest.approx(
        sum(seconds for stage, seconds in outcome.breakdown.items() if not stage.startswith("cpu"))
    )
    page = next(page for page in write_report(course) if page.name == f"{LAB}.html")
    assert "double: a hidden number" in page.read_text()


def test_results_come_in_a_fixed_order(course, fleet):
    for student in ("zoe", "ann", "max"):
        hand_in(course, student, seconds=0.2 if student == "ann" else 0.0)
    students = [held.student for held in fleet.run().results()]
    assert students == ["ann", "max", "zoe"]


class StopAfter(Progress):
    """Sends this process a signal when that many notebooks are done."""

    def __init__(self, count: int, number: signal.Signals = signal.SIGINT) -> None:
        self.count, self.number = count, number

    def step(self, step: Step) -> None:
        self.count -= 1
        if self.count == 0:
            os.kill(os.getpid(), self.number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_keeps_what_is_finished(course, fleet, number):
    for i in range(6):
        hand_in(course, f"s{i}", do="sleep" if i > 3 else "")
    start = time.monotonic()
    outcome = fleet.run(progress=StopAfter(3, number))
    assert time.monotonic() - start < 20
    assert outcome.stopped
    assert outcome.exit_status == 130
    assert 3 <= outcome.graded <= 4
    assert len(marks(course)) == outcome.graded
    for i in range(6):
        hand_in(course, f"s{i}")
    assert not fleet.run().stopped
    assert marks(course) == {f"s{i}": 5.5 for i in range(6)}


def test_what_nohup_ignores_stops_nothing(course, fleet):
    for i in range(3):
        hand_in(course, f"s{i}")
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        outcome = fleet.run(progress=StopAfter(1, signal.SIGHUP))
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert (outcome.stopped, outcome.graded) == (False, 3)


def test_a_file_that_changes_under_way_is_marked_as_it_was_read(course, fleet):
    first = hand_in(course, "ann", by="same")
    hand_in(course, "bob", by="same")
    text = first.read_text()

    class Meddler(Progress):
        def begin(self, total: int, unchanged: int) -> None:
            hand_in(course, "ann", by="same", share=0.0)

    assert "1.0" in text
    fleet.run(progress=Meddler())
    assert marks(course) == {"ann": 0.0, "bob": 5.5}
    assert fleet.run().graded == 0


def test_threads_without_signals_may_run_a_class(course, fleet):
    hand_in(course, "ann")
    outcomes: list[ClassOutcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(fleet.run()))
    thread.start()
    thread.join(60)
    assert outcomes[0].landed == 1
