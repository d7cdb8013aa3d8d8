"""The same class on a real Dask scheduler with real workers, which come, go and die."""

from __future__ import annotations

import shutil
import signal

import pytest

from grader.batch.fleet import ClassOutcome, grade_class
from grader.batch.outpost import packed_course
from grader.batch.progress import Progress
from grader.batch.workers import FleetError
from grader.course import Course
from grader.release import released_notebook
from tests.grader.class_of_stand_ins import hand_in
from tests.grader.dask_site import After, Site, marks
from tests.grader.tiny_course import LAB, REPOSITORY, build, write

RIGHT = {
    "double": "def double(x):\n    return 2 * x",
    "limit": "limit = 42.0",
    "square": "def square(x):\n    return x * x",
}


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    yield site
    site.end()


@pytest.fixture
def course(tmp_path):
    return build(tmp_path / "course")


def run(course: Course, site: Site, progress: Progress | None = None) -> ClassOutcome:
    return grade_class(course, scheduler=site.address, progress=progress)


def test_workers_that_die_and_join_change_no_mark(course, site):
    shares = {f"s{i:02}": i % 5 / 4 for i in range(12)}
    for student, share in shares.items():
        hand_in(course, student, "1-double", share=share, seconds=0.3)
    first = site.worker("--no-nanny")

    def replace() -> None:
        first.send_signal(signal.SIGKILL)
        site.worker("--no-nanny")

    outcome = run(course, site, After(3, replace))
    assert (outcome.graded, outcome.exit_status) == (12, 0)
    assert marks(course) == {student: 5.5 * share for student, share in shares.items()}


def test_a_notebook_that_kills_its_workers_is_given_up(course, site):
    for student in ("ann", "bob", "carla"):
        hand_in(course, student, "1-double", do="kill the worker" if student == "bob" else "")
    site.worker("--nanny")
    outcome = run(course, site)
    assert [entry[:3] for entry in outcome.ungradable] == [("bob", LAB, "1-double")]
    assert marks(course) == {"ann": 5.5, "bob": 0.0, "carla": 5.5}


def test_a_lost_scheduler_keeps_what_is_finished(course, site):
    for i in range(6):
        hand_in(course, f"s{i}", "1-double", seconds=0.3)
    site.worker("--no-nanny")
    with pytest.raises(FleetError):
        run(course, site, After(2, site.scheduler.kill))
    other = Site(site.file.parent / "..")
    try:
        other.worker("--no-nanny")
        outcome = run(course, other)
    finally:
        other.end()
    assert outcome.unchanged >= 2
    assert marks(course) == {f"s{i}": 5.5 for i in range(6)}


def test_the_real_engine_grades_real_notebooks_on_a_worker(course, site):
    shutil.copytree(REPOSITORY / "utils", course.root / "utils", dirs_exist_ok=True)
    wrong = "def double(x):\n    return 3 * x"
    for student, answers in (("ann", RIGHT), ("bob", RIGHT | {"double": wrong})):
        for notebook in course.lab(LAB).notebooks:
            content = released_notebook(notebook.source)
            for cell in content.cells:
                cell.source = answers.get(cell.id, cell.source)
            write(content, course.root / "submitted" / student / LAB / f"{notebook.name}.ipynb")
    site.worker("--no-nanny", stand_in=False)
    outcome = run(course, site)
    assert (outcome.graded, outcome.ungradable, outcome.not_landed) == (4, [], [])
    assert marks(course) == {"ann": 8.5, "bob": 6.5}
    assert {"intake", "run", "check", "cluster", "mark", "write"} <= outcome.breakdown.keys()


def test_an_engine_that_does_not_start_on_a_worker_ends_the_run_and_blames_nobody(course, site):
    hand_in(course, "ann")
    (course.root / "tests" / LAB / "test_1_double.py").write_text("import no_such_module\n")
    site.worker("--no-nanny", stand_in=False)
    with pytest.raises(FleetError, match="does not start on tcp://"):
        run(course, site)


def test_no_scheduler_is_a_clear_error(course, monkeypatch):
    hand_in(course, "ann")
    monkeypatch.setattr("grader.batch.cluster.CONNECT_SECONDS", 1.0)
    with pytest.raises(FleetError, match="no Dask scheduler answers"):
        grade_class(course, scheduler="tcp://127.0.0.1:9")


def test_a_scheduler_without_workers_is_a_clear_error(course, site, monkeypatch):
    hand_in(course, "ann")
    monkeypatch.setattr("grader.batch.cluster.WORKER_SECONDS", 3.0)
    with pytest.raises(FleetError, match="has no worker"):
        run(course, site)


def test_other_packages_on_a_worker_are_refused(course, site, monkeypatch):
    hand_in(course, "ann")
    site.worker("--no-nanny")
    monkeypatch.setattr("grader.batch.cluster.environment", lambda: "python 2.7")
    with pytest.raises(FleetError, match="in the place of python 2"):
        run(course, site)


def test_the_course_travels_without_what_it_does_not_need(course):
    (course.root / "submitted" / "ann").mkdir(parents=True)
    (course.root / "submitted" / "ann" / "secret.txt").write_text("the answers of ann")
    assert packed_course(course, [LAB]) == packed_course(course, [LAB])
    assert b"secret" not in packed_course(course, [LAB])
    assert b"large.bin" not in packed_course(course, [LAB])
