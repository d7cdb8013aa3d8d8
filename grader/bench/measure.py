"""What a command costs, with every process it starts, also those that outlive their parents."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

import psutil

PR_SET_CHILD_SUBREAPER = 36
SAMPLE_SECONDS = 0.5
LEAST_PAUSE = (
    50  # between two samples, in times of what one takes: reading a large process's memory map is work
)


class Usage(NamedTuple):
    """Seconds of wall clock, seconds of CPU of all processes, peak of the memory of all of them together in MB."""

    wall: float
    cpu: float
    memory: float


class MeasureError(Exception):
    """The command failed; the message has its last words."""


def measure(command: list[str], folder: Path, environment: dict[str, str]) -> Usage:
    """Run a command to its end; raises MeasureError when it fails, because half a run costs less than a whole one.

    Processes of the command that lose their parent come to this one, so that their CPU is counted too.
    """
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = _cpu_of_children()
    peak = Peak()
    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        with peak:
            status = process.wait()
        wall = time.perf_counter() - start
        said.seek(0)
        words = said.read().decode(errors="replace")
    _wait_for_orphans()
    if status:
        raise MeasureError(f"{' '.join(command)} ended with {status}:\n{words[-2000:]}")
    return Usage(wall, _cpu_of_children() - before, peak.megabytes)


class Peak:
    """Samples the memory of all descendants while the block runs; a page that they share counts once."""

    def __init__(self) -> None:
        self.megabytes = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        pause = SAMPLE_SECONDS
        while not self._end.wait(pause):
            began = time.perf_counter()
            total = sum(map(_memory, psutil.Process().children(recursive=True)))
            self.megabytes = max(self.megabytes, total / 1e6)
            pause = max(SAMPLE_SECONDS, LEAST_PAUSE * (time.perf_counter() - began))


def _memory(process: psutil.Process) -> int:
    """A process's share of the memory, in bytes: its own pages, and its part of those that it shares."""
    try:
        try:
            return int(process.memory_full_info().pss)
        except psutil.AccessDenied:  # another account's process, as in a sandbox
            known = process.memory_info()
            return int(known.rss - known.shared)
    except psutil.Error:
        return 0  # it ended meanwhile


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _wait_for_orphans(seconds: float = 10.0) -> None:
    """Reap what the command left behind."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.05)
        except ChildProcessError:
            return
