"""Grading on a Dask cluster that runs somewhere: bytes go out, data comes back.

The scheduler gives the work of a worker that died to another one. What the cluster loses is sent again; a worker that cannot
grade is left out, and told. A notebook over which something breaks is tried once more at the end, alone, as on one machine; see
`grader.batch.outpost` for what happens on a worker.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from distributed import Client, Future
from distributed.comm.registry import backends
from distributed.security import Security

from grader.batch.outpost import Outpost, grade_here, packed_course, unpacked
from grader.batch.workers import TICK_SECONDS, Done, FleetError, Notice, Task, broken, timings
from grader.course import Course
from grader.keys import environment, submission_hash
from grader.limits import Limits
from grader.results import Graded

CONNECT_SECONDS = 15.0
ANSWER_SECONDS = 30.0
LEAVE_SECONDS = 5.0
WORKER_SECONDS = 60.0
AHEAD = 2
MOST_SENDINGS = 4  # of a task that the cluster loses

T = TypeVar("T")


class _Stopped(Exception):
    """The run is to end."""


class _Broke(NamedTuple):
    """Something broke over a task."""

    task: Task
    reason: str


class _Again(NamedTuple):
    """A task is to be sent again, through no fault of its own; what is to be told of it."""

    task: Task
    notice: str = ""


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
        self._lost: Counter[Task] = Counter()
        self._refused: dict[str, str] = {}
        self._known: dict[str, int] = {}
        self._counted = -1.0
        self.stopping = threading.Event()
        self._client: Client | None = None
        self._outpost: Outpost | None = None

    def run(self, tasks: list[Task]) -> Iterator[Done | Notice | None]:
        """Yield each task's end as it comes, and a notice or None now and then in between."""
        with suppress(_Stopped):
            if self._client is None:
                self._connect(sorted({task.lab for task in tasks}))
            suspects: list[Task] = []
            for end in self._spread(deque(tasks), None):
                if isinstance(end, _Broke):
                    suspects.append(end.task)
                else:
                    yield end
            for suspect in suspects:
                for end in self._spread(deque([suspect]), 1):
                    if isinstance(end, _Broke):
                        yield broken(suspect, f"the grader broke down on this notebook twice ({end.reason})")
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

        def leave() -> None:
            client.cancel(list(self._tasks), force=True)
            if self._outpost is not None:
                client.unregister_worker_plugin(self._outpost.name)

        for step in (leave, lambda: client.close(timeout=LEAVE_SECONDS)):
            with suppress(Exception):  # the scheduler may be gone, and then so is the course
                answered(step, LEAVE_SECONDS)

    def _connect(self, labs: list[str]) -> None:
        check_address(self.address)
        packed = packed_course(self.course, labs)
        # a name of this run alone: others may grade the same course on the same workers
        name = f"course-{uuid4().hex[:16]}"
        self._outpost = Outpost(name, packed, labs, self.limits, environment(), self.device)
        try:
            self._client = self._ask(
                lambda: Client(self.address, timeout=CONNECT_SECONDS, set_as_default=False), CONNECT_SECONDS
            )
            self._register()
        except (_Stopped, FleetError):
            raise
        except Exception as error:
            raise FleetError(f"no Dask scheduler answers at {self.address}: {error}") from error

    def _register(self) -> None:
        """Have the scheduler give the course to its workers; one that hangs keeps no other one waiting."""
        client, outpost = self._client, self._outpost
        assert client is not None
        assert outpost is not None
        with suppress(TimeoutError):
            self._ask(lambda: client.register_plugin(outpost), ANSWER_SECONDS)

    def _ask(self, question: Callable[[], T], seconds: float) -> T:
        """The cluster's answer; raises TimeoutError when none comes in time, _Stopped when the run is to end."""
        return answered(question, seconds, self.stopping)

    def _spread(self, waiting: deque[Task], most: int | None) -> Iterator[Done | Notice | _Broke | None]:
        """Yield the end of each task, a notice where there is one, None as time goes by.

        Only as many notebooks as the cluster can soon begin are out at a time, so that a class of any size fits here.
        """
        idle_since = time.monotonic()
        while (waiting or self._tasks) and not self.stopping.is_set():
            threads = sum(self._workers().values())
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
            end = self._end(future) if future in self._tasks else None
            if isinstance(end, _Again):
                waiting.append(end.task)
                yield Notice(end.notice) if end.notice else None
            else:
                yield end

    def _workers(self) -> dict[str, int]:
        """How many notebooks each worker can grade at once, asked at most once a second; those that refused are left out."""
        client = self._client
        assert client is not None
        if time.monotonic() - self._counted >= 1.0:
            try:
                self._known = self._ask(client.nthreads, ANSWER_SECONDS)
            except (OSError, ValueError, TimeoutError) as error:
                raise FleetError(lost(self.address)) from error
            self._counted = time.monotonic()
        able = {worker: count for worker, count in self._known.items() if worker not in self._refused}
        refusals = [self._refused[worker] for worker in self._known if worker in self._refused]
        if refusals and not able:
            raise FleetError(refusals[0])
        return able

    def _send(self, task: Task) -> Iterator[_Broke]:
        try:
            raw = self._read(task.files[0][1])
        except Exception as error:
            yield _Broke(task, str(error))
            return
        assert self._client is not None
        assert self._outpost is not None
        arguments = (self._outpost.name, task.lab, task.notebook, raw)
        able = list(self._workers()) if self._refused else None
        future = self._client.submit(
            grade_here, *arguments, pure=False, workers=able, allow_other_workers=able is not None
        )
        self._tasks[future] = (task, submission_hash(raw), time.perf_counter())
        future.add_done_callback(self._ended.put)

    def _end(self, future: Future[Any]) -> Done | _Broke | _Again:
        """What became of a task whose future has ended."""
        task, raw_hash, sent = self._tasks.pop(future)
        if future.status in ("lost", "cancelled"):
            self._counted = -1.0
            self._workers()  # says so when it is the scheduler that is lost
            return self._again(task, "the cluster gave it up")
        try:
            if future.status != "finished":
                return _Broke(task, str(self._ask(future.exception, ANSWER_SECONDS)))
            answer = unpacked(self._ask(future.result, ANSWER_SECONDS))
        except (OSError, TimeoutError):
            return self._silent(task, future)
        if isinstance(answer, Graded):
            seconds = timings(answer, time.perf_counter() - sent, "cluster")
            return Done(task, answer, raw_hash, timings=seconds)
        return self._refusal(task, answer["worker"], answer.get("refused"))

    def _again(self, task: Task, reason: str) -> _Broke | _Again:
        self._lost[task] += 1
        return _Again(task) if self._lost[task] < MOST_SENDINGS else _Broke(task, reason)

    def _silent(self, task: Task, future: Future[Any]) -> _Broke | _Again:
        """A result does not arrive: the worker that has it may hang, and is left out."""
        client = self._client
        assert client is not None
        with suppress(OSError, TimeoutError):
            for worker in self._ask(lambda: client.who_has([future]), ANSWER_SECONDS)[future.key]:
                return self._left_out(task, worker, "it does not give its results")
        return self._again(task, "its result did not arrive")

    def _refusal(self, task: Task, worker: str, reason: str | None) -> _Broke | _Again:
        """A worker cannot grade: it is left out. Without a reason it has no course, since the scheduler was started anew."""
        if reason is None:
            self._register()
            return self._again(task, f"the course is not on {worker}")
        return self._left_out(task, worker, reason)

    def _left_out(self, task: Task, worker: str, reason: str) -> _Again:
        news = worker not in self._refused
        self._refused[worker] = reason
        self._workers()  # says so when there is no other one
        return _Again(task, f"goes on without {worker}: {reason}" if news else "")


def answered(question: Callable[[], T], seconds: float, stopping: threading.Event | None = None) -> T:
    """What a question to the cluster gives, which may hang; raises TimeoutError when nothing comes in time, _Stopped when the
    run is to end meanwhile.
    """
    answer: futures.Future[T] = futures.Future()

    def work() -> None:
        try:
            answer.set_result(question())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    end = time.monotonic() + seconds
    while not futures.wait([answer], timeout=TICK_SECONDS).done:
        if stopping is not None and stopping.is_set():
            raise _Stopped
        if time.monotonic() >= end:
            raise TimeoutError(f"no answer within {seconds:.0f} seconds")
    return answer.result()


def check_address(address: str) -> None:
    """Raise FleetError for what cannot be a scheduler's address, or not be reached with Dask's configuration."""
    try:
        parts = urlsplit(address)
        sound = parts.scheme in backends and parts.hostname and parts.port
    except ValueError:
        sound = False
    if not sound:
        raise FleetError(f"{address!r} is no address of a Dask scheduler; write it as tcp://HOST:PORT")
    if parts.scheme == "tls" and Security().get_connection_args("client").get("ssl_context") is None:
        raise FleetError(
            f"{address} needs certificates; name them in Dask's configuration distributed.comm.tls"
        )


def lost(address: str) -> str:
    """What to say when the scheduler does not answer any more."""
    return f"the connection to the scheduler {address} is lost; what was finished is kept"
