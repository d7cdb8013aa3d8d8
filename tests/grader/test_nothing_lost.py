"""Whatever ends a run, the next one finishes it, and the gradebook is that of a run that nobody disturbed.

Set GRADER_KILLS for more than the twenty kills of the test.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import suppress

import pytest

from grader.batch.store import Store, StoreError
from grader.course import Course
from grader.marking.gradebook import open_gradebook
from tests.grader import killable
from tests.grader.fleet_of_stand_ins import Fleet, hand_in_both
from tests.grader.killable import Log
from tests.grader.tiny_course import LAB, REPOSITORY, build

KILLS = int(os.environ.get("GRADER_KILLS", "20"))
PRELOADED = ["tests.grader.killable", "nbgrader.api", "nbgrader.plugins", "nbgrader.preprocessors"]


@pytest.fixture(scope="module")
def processes():
    """Processes that begin with everything imported, so that a kill soon hits real work."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


@pytest.fixture
def course(tmp_path):
    return build(tmp_path / "course")


def everything(course: Course) -> dict[str, object]:
    """All that grading leaves for people: the gradebook's marks and comments, and autograded/."""
    found: dict[str, object] = {}
    with open_gradebook(course) as gradebook:
        for submission in gradebook.assignment_submissions(LAB):
            for book in submission.notebooks:
                for grade in book.grades:
                    marks = (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
                    found[f"{submission.student_id} {book.name} {grade.name}"] = marks
                for comment in book.comments:
                    found[f"{submission.student_id} {book.name} {comment.name} says"] = comment.comment
    folder = course.root / "autograded"
    for path in folder.glob("*/*/*"):
        found[str(path.relative_to(folder))] = path.read_text()
    return found


def reach(log: Log, count: int, process) -> None:
    """Wait until that many notebooks are finished."""
    deadline = time.monotonic() + 120
    while len(log.lines("told")) < count and process.is_alive() and time.monotonic() < deadline:
        time.sleep(0.002)


def test_killing_the_run_and_its_workers_at_random_moments_changes_nothing(course, processes, tmp_path):
    rng = random.Random(5)
    rounds = KILLS // 2
    for number in range(4 * rounds):
        hand_in_both(course, f"s{number:03}", share=number % 5 / 4)
    calm = Course(shutil.copytree(course.root, tmp_path / "calm"))
    Fleet(calm).run()
    log = Log(tmp_path / "log")
    for _ in range(rounds):
        process = processes.Process(target=killable.run, args=(course.root, log.path))
        done = len(log.lines("told"))
        process.start()
        reach(log, done + rng.randrange(4), process)
        time.sleep(rng.uniform(0, 0.03))
        if engines := log.lines("engine"):
            with suppress(ProcessLookupError):
                os.kill(int(engines[-1].split()[1]), signal.SIGKILL)
        reach(log, done + rng.randrange(2, 8), process)
        time.sleep(rng.uniform(0, 0.03))
        process.kill()
        process.join()
    assert not log.lines("ended"), "the class was finished before the last kill"
    last = processes.Process(target=killable.run, args=(course.root, log.path))
    last.start()
    last.join()
    assert log.lines("ended") == ["ended 0"]
    assert everything(course) == everything(calm)
    assert_nothing_was_done_twice(log)


def assert_nothing_was_done_twice(log: Log) -> None:
    finished = set()
    for line in log.lines():
        word, _, what = line.partition(" ")
        if word == "told":
            finished.add(what)
        assert word != "ask" or what not in finished, f"{what} was finished and then graded again"


def test_two_runs_started_at_once_are_one_run_and_a_clear_refusal(course, processes, tmp_path):
    for number in range(10):
        hand_in_both(course, f"s{number}")
    log = Log(tmp_path / "log")
    both = [processes.Process(target=killable.run, args=(course.root, log.path)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(120)
    assert sorted(process.exitcode for process in both) == [0, 2]
    assert "another run is grading this course" in log.lines("error")[0]
    assert len(log.lines("ask")) == 20
    assert len([name for name in everything(course) if name.endswith(".ipynb")]) == 20


def test_a_locked_results_file_is_a_clear_error_and_the_next_run_finishes(course, monkeypatch):
    hand_in_both(course, "ann")
    fleet = Fleet(course)
    Store(course.root / "autograded" / "results.sqlite").close()
    monkeypatch.setattr("grader.batch.store.BUSY_SECONDS", 0.1)
    with sqlite3.connect(course.root / "autograded" / "results.sqlite") as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="stays locked by another process; end it and start again"):
            fleet.run()
        other.rollback()
    assert fleet.run().landed == 1


ON_A_SMALL_DISK = """
    import shutil, subprocess, sys
    from pathlib import Path
    from grader.course import Course
    from grader.errors import GraderError
    from tests.grader.fleet_of_stand_ins import Fleet, marks
    source, disk = map(Path, sys.argv[1:])
    def attempt(course):
        try:
            outcome = Fleet(course).run()
            return [str(outcome.exit_status), *(reason for *_, reason in outcome.not_landed)]
        except GraderError as error:
            return [str(error)]
    for free in (10_000, 80_000, 200_000, 300_000):
        root = Path(shutil.copytree(source, disk / str(free)))
        ballast = disk / "ballast"
        room = shutil.disk_usage(disk).free
        ballast.write_bytes(b"x" * (room - free))
        print("full", free, " ".join(" | ".join(attempt(Course(root))).split()))
        ballast.unlink()
        print("freed", free, " | ".join(attempt(Course(root))), marks(Course(root)))
        shutil.rmtree(root)
    root = Path(shutil.copytree(source, disk / "course"))
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    print("read-only", " | ".join(attempt(Course(root))))
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    print("writable", " | ".join(attempt(Course(root))), marks(Course(root)))
"""


def test_a_full_or_read_only_disk_is_told_and_the_next_run_finishes(course, tmp_path):
    shares = {f"s{number:02}": number % 5 / 4 for number in range(12)}
    for student, share in shares.items():
        hand_in_both(course, student, share)
    (tmp_path / "disk").mkdir()
    mount = f"mount -t tmpfs -o size=8m none {tmp_path / 'disk'}"
    wrap = ["unshare", "--map-root-user", "--mount", "sh", "-c", f'{mount} && exec "$0" "$@"']
    if shutil.which("unshare") is None or subprocess.run([*wrap, "true"], capture_output=True).returncode:
        pytest.skip("this account may not mount a small file system in a namespace of its own")
    command = [
        sys.executable,
        "-c",
        textwrap.dedent(ON_A_SMALL_DISK),
        str(course.root),
        str(tmp_path / "disk"),
    ]
    done = subprocess.run([*wrap, *command], capture_output=True, text=True, cwd=REPOSITORY, timeout=300)
    lines = done.stdout.splitlines()
    assert len(lines) == 10, done.stderr
    whole = f"0 { ({student: 8.5 * share for student, share in shares.items()}) }"
    for line in lines:
        words = line.split(" ", 2 if line.startswith(("full", "freed")) else 1)
        if words[0] == "full":
            assert "full" in words[-1] or "space" in words[-1], line
        elif words[0] == "read-only":
            assert "Read-only file system; nothing was graded" in words[-1]
        else:
            assert words[-1] == whole, line
