"""Grading on a Dask cluster that runs somewhere: bytes go out, data comes back.

The scheduler gives the work of a worker that died to another one. A notebook over which something breaks is tried
once more at the end, alone, as on one machine; see `grader.batch.outpost` for what happens on a worker.
"""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from distributed import Client, Future

from grader.batch.outpost import Outpost, grade_here, packed_course, unpacked_result
from grader.batch.workers import TICK_SECONDS, Done, FleetError, Task, broken, timings
from grader.course import Course
from grader.keys import environment, submission_hash
from grader.limits import Limits

CONNECT_SECONDS = 15.0
WORKER_SECONDS = 60.0
AHEAD = 2


class Cluster:
    """Runs tasks on the workers of a scheduler; the counterpart of `grader.batch.workers.Workers`."""

    def __init__(
        self,
        course: Course,
        address: str,
        limits: Limits,
        read: Callable[[Path], bytes],
        device: str = "cpu",
    ) -> None:
        self.course = course
        self.address = address
        self.limits, self.device = limits, device
        self._read = read
        self._ended: queue.Queue[Future[Any]] = queue.Queue()
        self._tasks: dict[Future[Any], tuple[Task, str, float]] = {}
        self._known_threads, self._counted = 0, -1.0
        self.stopping = threading.Event()
        self._client: Client | None = None

    def run(self, tasks: list[Task]) -> Iterator[Done | None]:
        """Yield each task's end as it comes, and None now and then in between."""
        if self._client is None:
            self._client = self._connect(sorted({task.lab for task in tasks}))
        suspects: list[Task] = []
        for end in self._spread(deque(tasks), None):
            if isinstance(end, tuple):
                suspects.append(end[0])
            else:
                yield end
        for suspect in suspects:
            for end in self._spread(deque([suspect]), 1):
                if isinstance(end, tuple):
                    yield broken(suspect, f"the grader broke down on this notebook twice ({end[1]})")
                else:
                    yield end

    def stop(self) -> None:
        """Hand out no more tasks and give up those that run; safe to call from a signal handler."""
        self.stopping.set()

    def close(self) -> None:
        """Leave the scheduler; the course is removed from its workers."""
        client, self._client = self._client, None
        if client is None:
            return
        with suppress(Exception):  # the scheduler may be gone, and then so is the course
            client.cancel(list(self._tasks), force=True)
            client.unregister_worker_plugin(self.outpost)
        client.close()

    def _connect(self, labs: list[str]) -> Client:
        packed = packed_course(self.course, labs)
        self.outpost = (
            "course-" + hashlib.sha256(packed + f"{self.limits} {self.device}".encode()).hexdigest()[:16]
        )
        try:
            client = Client(self.address, timeout=CONNECT_SECONDS, set_as_default=False)
            outpost = Outpost(self.outpost, packed, labs, self.limits, environment(), self.device)
            client.register_plugin(outpost)
        except OSError as error:
            raise FleetError(f"no Dask scheduler answers at {self.address}: {error}") from error
        return client

    def _spread(self, waiting: deque[Task], most: int | None) -> Iterator[Done | tuple[Task, str] | None]:
        """Yield the end of each task, (task, reason) for one that broke, None as time goes by.

        Only as many notebooks as the cluster can soon begin are out at a time, so that a class of any size fits here.
        """
        idle_since = time.monotonic()
        while (waiting or self._tasks) and not self.stopping.is_set():
            threads = self._threads()
            while waiting and len(self._tasks) < (most or AHEAD * max(threads, 1)):
                yield from self._send(waiting.popleft())
            if threads:
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since > WORKER_SECONDS:
                raise FleetError(f"the scheduler {self.address} has no worker; start some and grade again")
            try:
                future = self._ended.get(timeout=TICK_SECONDS)
            except queue.Empty:
                yield None
                continue
            if future in self._tasks:
                yield self._end(future)

    def _threads(self) -> int:
        """How many notebooks the cluster can grade at once, asked at most once a second."""
        assert self._client is not None
        if time.monotonic() - self._counted >= 1.0:
            try:
                self._known_threads = sum(self._client.nthreads().values())
            except (OSError, ValueError, TimeoutError) as error:
                raise FleetError(lost(self.address)) from error
            self._counted = time.monotonic()
        return self._known_threads

    def _send(self, task: Task) -> Iterator[tuple[Task, str]]:
        try:
            raw = self._read(task.files[0][1])
        except Exception as error:
            yield task, str(error)
            return
        assert self._client is not None
        arguments = (self.outpost, task.lab, task.notebook, raw)
        future = self._client.submit(grade_here, *arguments, pure=False)
        self._tasks[future] = (task, submission_hash(raw), time.perf_counter())
        future.add_done_callback(self._ended.put)

    def _end(self, future: Future[Any]) -> Done | tuple[Task, str]:
        """What became of a task whose future has ended."""
        task, raw_hash, sent = self._tasks.pop(future)
        if future.status in ("lost", "cancelled"):
            self._counted = 0.0
            self._threads()  # says so when it is the scheduler that is lost
            return task, "the cluster gave it up"
        if future.status != "finished":
            return task, str(future.exception(timeout=10) if future.status == "error" else future.status)
        graded, refusal = unpacked_result(future.result(timeout=60))
        if graded is None:
            raise FleetError(refusal)
        return Done(task, graded, raw_hash, timings=timings(graded, time.perf_counter() - sent, "cluster"))


def lost(address: str) -> str:
    """What to say when the scheduler does not answer any more."""
    return f"the connection to the scheduler {address} is lost; what was finished is kept"
