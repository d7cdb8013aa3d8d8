"""One grading run at a time on a course; the kernel frees the lock of a run that was killed."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import IO

from grader.batch.store import StoreError


class CourseBusy(StoreError):
    """Another run is grading this course."""


class RunLock:
    """`with RunLock(path):` holds the course; raises CourseBusy after `wait` seconds of another run's lock.

    The lock is on the open file, not on the file's existence, so nothing stale is left by kill -9.
    """

    def __init__(self, path: Path, wait: float = 0.0) -> None:
        self.path = path
        self.wait = wait
        self._file: IO[str] | None = None

    def __enter__(self) -> RunLock:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = open(self.path, "a+")
        except OSError as error:
            raise StoreError(f"cannot write {self.path}: {error.strerror}; nothing was graded") from error
        deadline = time.monotonic() + self.wait
        while not _try_lock(file):
            if time.monotonic() >= deadline:
                holder = _holder(file)
                file.close()
                raise CourseBusy(
                    f"another run is grading this course ({holder}); wait for its end or stop it"
                )
            time.sleep(0.1)
        self._file = file
        file.truncate(0)
        file.write(f"process {os.getpid()} since {time.strftime('%H:%M:%S')}")
        file.flush()
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: IO[str]) -> str:
    file.seek(0)
    return file.read().strip() or "it has just started"
