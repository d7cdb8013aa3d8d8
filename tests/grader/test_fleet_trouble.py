"""A Dask cluster that others share, that is started anew, that hangs, or whose workers cannot grade."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from grader.batch import cluster
from grader.batch.fleet import grade_class
from grader.batch.progress import Progress
from grader.batch.workers import FleetError
from tests.grader.class_of_stand_ins import hand_in
from tests.grader.dask_site import After, Site, marks
from tests.grader.tiny_course import REPOSITORY, build

OTHER_SOFTWARE = "import grader.batch.outpost\ngrader.batch.outpost.environment = lambda: 'python 2.7'\n"
NO_ENGINE = """import grader.engine

def fail(self):
    raise OSError("no space left on device")

grader.engine.Engine.__enter__ = fail
"""


class Heard(Progress):
    """Keeps what is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    yield site
    site.end()


def class_of(folder, count, seconds=0.2):
    course = build(folder)
    for i in range(count):
        hand_in(course, f"s{i:02}", seconds=seconds)
    return course


def right(count):
    return {f"s{i:02}": 5.5 for i in range(count)}


def test_another_run_of_the_same_course_comes_and_goes_on_the_same_workers(tmp_path, site):
    first, second = class_of(tmp_path / "first", 6), class_of(tmp_path / "second", 3)
    site.worker("--no-nanny")
    other = After(2, lambda: grade_class(second, scheduler=site.address))
    assert grade_class(first, scheduler=site.address, progress=other).exit_status == 0
    assert (marks(first), marks(second)) == (right(6), right(3))


def test_a_scheduler_that_is_started_anew_makes_nothing_ungradable(tmp_path, site):
    course = class_of(tmp_path / "course", 8)
    site.worker("--no-nanny")
    again = []

    def start_anew() -> None:
        site.end()
        site.file.unlink()
        again.append(Site(tmp_path, int(site.address.rsplit(":", 1)[1])))
        again[0].worker("--no-nanny")

    try:
        with suppress(FleetError):  # a connection that is lost for long
            grade_class(course, scheduler=site.address, progress=After(3, start_anew))
        outcome = grade_class(course, scheduler=site.address)
    finally:
        again[0].end()
    assert (outcome.exit_status, marks(course)) == (0, right(8))


@pytest.mark.parametrize("preload", [OTHER_SOFTWARE, NO_ENGINE], ids=["other software", "no engine"])
def test_a_worker_that_cannot_grade_is_left_out_and_named(tmp_path, site, preload):
    course = class_of(tmp_path / "course", 6)
    (tmp_path / "spoilt.py").write_text(preload)
    site.worker("--no-nanny", "--preload", str(tmp_path / "spoilt.py"), "--name", "spoilt")
    site.worker("--no-nanny")
    heard = Heard()
    assert grade_class(course, scheduler=site.address, progress=heard).exit_status == 0
    assert marks(course) == right(6)
    assert all("goes on without tcp://" in note for note in heard.notes)


def test_a_worker_that_hangs_with_results_ends_no_run(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 3.0)
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL", "8s")
    site = Site(tmp_path)
    course = class_of(tmp_path / "course", 8, seconds=0.05)
    hanging = site.worker("--no-nanny")

    def hang() -> None:
        time.sleep(1)  # the worker has finished all that it got
        hanging.send_signal(signal.SIGSTOP)
        site.worker("--no-nanny")

    heard = Heard()
    after = After(1, hang)
    after.note = heard.note
    try:
        assert grade_class(course, scheduler=site.address, progress=after).exit_status == 0
    finally:
        site.end()
    assert marks(course) == right(8)
    assert any("it does not give its results" in note for note in heard.notes)


def test_a_scheduler_that_hangs_ends_the_run_in_order(tmp_path, site, monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 3.0)
    course = class_of(tmp_path / "course", 6)
    site.worker("--no-nanny")
    hang = After(2, lambda: site.scheduler.send_signal(signal.SIGSTOP))
    with pytest.raises(FleetError, match="what was finished is kept"):
        grade_class(course, scheduler=site.address, progress=hang)
    site.scheduler.send_signal(signal.SIGCONT)
    assert grade_class(course, scheduler=site.address).exit_status == 0
    assert marks(course) == right(6)


@pytest.mark.parametrize("stopped", [False, True], ids=["left alone", "stopped"])
def test_an_address_where_nobody_answers_ends_the_command(tmp_path, stopped):
    course = class_of(tmp_path / "course", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        command = [
            sys.executable,
            "-m",
            "grader",
            "--course",
            str(course.root),
            "grade",
            "--scheduler",
            address,
        ]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ,
            cwd=REPOSITORY,
        )
        if stopped:
            connection, _ = silent.accept()
            process.terminate()
        said, _ = process.communicate(timeout=120)
        if stopped:
            connection.close()
    assert "Traceback" not in said
    if stopped:
        assert process.returncode == 130
    else:
        assert process.returncode == 2
        assert f"no Dask scheduler answers at {address}" in said


def test_certificates_that_are_missing_are_told_at_once(tmp_path):
    course = class_of(tmp_path / "course", 1)
    with pytest.raises(FleetError, match="needs certificates"):
        grade_class(course, scheduler="tls://127.0.0.1:8786")


@pytest.mark.parametrize(
    "address", ["foo", "127.0.0.1:8786", "tcp://127.0.0.1", "http://127.0.0.1:8786", "tcp://a:b"]
)
def test_what_is_no_address_is_told_at_once(tmp_path, address):
    course = class_of(tmp_path / "course", 1)
    with pytest.raises(FleetError, match="write it as tcp://HOST:PORT"):
        grade_class(course, scheduler=address)
