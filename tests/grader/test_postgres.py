"""The gradebook on a real PostgreSQL server, by nbgrader's own `db_url`."""

from __future__ import annotations

import itertools

import pytest

from grader.batch.progress import Progress, Step
from grader.course import Course
from grader.export import write_exports
from grader.marking.gradebook import GradebookError, open_gradebook
from grader.marking.landing import students_in
from grader.reporting.feedback import write_feedback
from grader.reporting.report import write_report
from tests.grader.fleet_of_stand_ins import Fleet, hand_in_both, marks
from tests.grader.postgres import Server
from tests.grader.tiny_course import LAB, build_files

NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server()
    try:
        empty = server.database("empty")
        course = build_files(tmp_path_factory.mktemp("empty") / "course")
        use(course, empty)
        with open_gradebook(course) as gradebook:  # nbgrader takes seconds to make its tables
            gradebook.engine.dispose()
        yield server
    finally:
        server.end()


@pytest.fixture
def course(server, tmp_path):
    course = build_files(tmp_path / "course")
    use(course, server.database(f"gradebook{next(NUMBERS)}", template="empty"))
    return course


@pytest.fixture
def fleet(course):
    return Fleet(course)


def use(course: Course, url: str) -> None:
    """Name the gradebook as a teacher does."""
    config = course.root / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}\nc.CourseDirectory.db_url = {url!r}\n")


def by_hand(course: Course, student: str) -> None:
    """What the formgrader does when a person gives points and a comment."""
    with open_gradebook(course) as gradebook:
        grade = gradebook.find_grade("q-why", "1-double", LAB, student)
        grade.manual_score, grade.needs_manual_grade = 2.0, False
        gradebook.find_comment("q-why", "1-double", LAB, student).manual_comment = "Well said indeed."
        gradebook.db.commit()


def test_marks_land_and_a_second_run_does_nothing(course, fleet):
    for student, share in (("ann", 1.0), ("bob", 0.5)):
        hand_in_both(course, student, share)
    outcome = fleet.run()
    assert (outcome.graded, outcome.landed, outcome.exit_status) == (4, 2, 0)
    assert marks(course) == {"ann": 8.5, "bob": 4.25}
    assert not (course.root / "gradebook.db").exists()
    outcome = fleet.run()
    assert (outcome.graded, outcome.landed, outcome.unchanged) == (0, 0, 4)


def test_an_emptied_database_is_filled_again_without_grading(server, course, fleet):
    hand_in_both(course, "ann")
    fleet.run()
    use(course, server.database(f"gradebook{next(NUMBERS)}", template="empty"))
    outcome = fleet.run()
    assert (outcome.graded, outcome.landed) == (0, 1)
    assert marks(course) == {"ann": 8.5}


def test_marks_given_by_hand_survive_regrading_and_reach_pages_and_export(course, fleet):
    hand_in_both(course, "ann")
    fleet.run()
    by_hand(course, "ann")
    hand_in_both(course, "ann", share=0.5)
    assert fleet.run().graded == 2
    assert marks(course) == {"ann": 6.25}
    pages = write_feedback(course, LAB)
    assert any("Well said indeed." in page.read_text() for page in pages)
    assert any("ann" in page.read_text() for page in write_report(course))
    assert any("6.25" in path.read_text() for path in write_exports(course).paths if path.suffix == ".csv")


class CrashAfter(Progress):
    """Ends the server when that many notebooks are done."""

    def __init__(self, server: Server, count: int) -> None:
        self.server, self.count = server, count

    def step(self, step: Step) -> None:
        self.count -= 1
        if self.count == 0:
            self.server.crash()


def test_a_server_that_goes_away_loses_nothing_and_the_next_run_finishes(server, course, fleet):
    shares = {f"s{i}": i / 4 for i in range(5)}
    for student, share in shares.items():
        hand_in_both(course, student, share)
    try:
        outcome = fleet.run(progress=CrashAfter(server, 5))
        assert outcome.exit_status == 1
        assert outcome.graded == 10
        reasons = [reason for _, _, reason in outcome.not_landed]
        assert "see that the PostgreSQL server of db_url runs" in reasons[0]
        assert "\n" not in reasons[0]
        with pytest.raises(GradebookError, match=r"could not be read: .* PostgreSQL server"):
            write_feedback(course, LAB)
    finally:
        server.start()
    outcome = fleet.run()
    assert (outcome.graded, outcome.landed, outcome.exit_status) == (0, len(reasons), 0)
    assert marks(course) == {student: 8.5 * share for student, share in shares.items()}


def test_a_server_that_is_not_there_is_told_and_asked_quickly(course, fleet):
    hand_in_both(course, "ann")
    use(course, "postgresql+psycopg://grader@/gradebook?host=/nowhere")
    outcome = fleet.run()
    assert "PostgreSQL server of db_url" in outcome.not_landed[0][2]
    assert students_in("postgresql+psycopg://grader@/gradebook?host=/nowhere", LAB) == frozenset()


def test_a_driver_that_is_not_installed_is_a_clear_error(course, fleet):
    use(course, "postgresql+pg8000://grader@localhost/gradebook")
    hand_in_both(course, "ann")
    assert "db_url" in fleet.run().not_landed[0][2]
