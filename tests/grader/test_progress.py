"""What a run says as it goes: a bar on a terminal, lines in a log, JSON for a program; no text of a student acts."""

import io
import json
import os
import subprocess
import sys

from grader.batch.progress import Bar, Clock, JsonLines, Lines, Progress, Step, bar, make_progress, span


def step(student: str = "ann", status: str = "graded", reason: str | None = None) -> Step:
    return Step(student, "3-backprop", "1-by-hand", status, reason, 12.5, 20.0, 1.25)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def tell(progress: Progress) -> None:
    progress.begin(2, unchanged=1)
    progress.step(step())
    progress.tick()
    progress.step(step("bob\x1b[2J", "ungradable", "the file is empty"))
    progress.end(not_landed=1)


def test_a_log_has_a_line_for_each_notebook():
    stream = io.StringIO()
    tell(Lines(stream))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "2 notebooks to grade, 1 notebook unchanged"
    assert lines[1].startswith("1/2 ann 3-backprop/1-by-hand: graded, 12.5 of 20 points, 1.2 s, 0:0")
    assert "cannot be graded: the file is empty" in lines[2]
    assert lines[3].startswith("2 notebooks graded in 0:00")
    assert lines[3].endswith("1 could not be graded")
    assert lines[4].startswith("the marks of 1 hand-in are not in the gradebook yet")


def test_a_submission_cannot_steer_the_terminal():
    stream = io.StringIO()
    tell(Lines(stream))
    assert "\x1b" not in stream.getvalue()


def test_a_bar_shows_count_rate_time_left_and_failures():
    stream = Terminal()
    tell(Bar(stream))
    assert "2/2" in stream.getvalue()
    assert "1 ungradable" in stream.getvalue()
    assert "bob [2J 3-backprop/1-by-hand: cannot be graded" in stream.getvalue()


def test_a_bar_is_empty_at_first_and_full_at_last():
    clock = Clock(2)
    assert bar(clock).startswith("[........................] 0/2  0.0/s  -:-- left")
    clock.count(step())
    clock.count(step())
    assert bar(clock).startswith("[########################] 2/2")


def test_json_lines_are_one_object_each():
    stream = io.StringIO()
    tell(JsonLines(stream))
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [event["event"] for event in events] == ["begin", "notebook", "notebook", "end"]
    assert events[2]["reason"] == "the file is empty"
    assert (events[3]["ungradable"], events[3]["not_landed"]) == (1, 1)


def test_the_kind_of_progress_follows_the_stream():
    assert isinstance(make_progress(stream=Terminal()), Bar)
    assert type(make_progress(stream=io.StringIO())) is Lines
    assert isinstance(make_progress(as_json=True, stream=io.StringIO()), JsonLines)


def test_spans_read_as_a_clock():
    assert [span(s) for s in (None, 0.2, 59.6, 3725)] == ["-:--", "0:00", "1:00", "1:02:05"]


TALKATIVE = """
from grader.batch.progress import make_progress
progress = make_progress(as_json=True)
progress.begin(1000, 0)
for _ in range(1000):
    progress.note("x" * 1000)
progress.end()
"""


def test_a_reader_who_goes_away_ends_no_run():
    with subprocess.Popen(
        [sys.executable, "-c", TALKATIVE], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        assert run.stdout.readline() == b'{"event": "begin", "total": 1000, "unchanged": 0}\n'
        run.stdout.close()
        assert run.stderr.read() == b""
    assert run.returncode == 0


PRINTS_MUCH = """
import sys
import grader.__main__ as command
from grader.cli import commands
commands.report = lambda course, options: [print("x" * 1000) for _ in range(1000)]
sys.exit(command.main(["report"]))
"""


def test_a_reader_who_has_seen_enough_of_a_command_is_no_fault():
    words = [sys.executable, "-c", PRINTS_MUCH]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        assert run.stdout.readline()
        run.stdout.close()
        assert run.stderr.read() == b""
    assert run.returncode == 1


def test_a_full_disk_under_the_log_ends_no_run():
    descriptor = os.open("/dev/full", os.O_WRONLY)
    stream = os.fdopen(descriptor, "w")
    tell(Lines(stream))
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)  # for what Python writes when the file is closed
    stream.close()
