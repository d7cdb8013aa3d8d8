"""What grades the tasks of a run: threads on this machine, or a cluster whose scheduler is named."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from grader.batch.workers import Done, Engine, FleetError, Notice, Task, Workers
from grader.course import Course
from grader.devices import passes
from grader.intake import read_submission
from grader.limits import Limits

if TYPE_CHECKING:
    from grader.sandbox.process import Mode


class Runner(Protocol):
    """What grades tasks: threads here, or a cluster."""

    def run(self, tasks: list[Task]) -> Iterator[Done | Notice | None]:
        """Yield each task's end as it comes, and a notice or None now and then."""

    def stop(self) -> None:
        """Give up what is not finished."""

    def close(self) -> None:
        """End its processes."""


def make_runner(
    course: Course,
    limits: Limits,
    workers: int | None = None,
    scheduler: str | None = None,
    mode: Mode | None = None,
    device: str = "cpu",
) -> Runner:
    """Threads on this machine, or the cluster whose scheduler is named: there each worker's machine is asked for the
    device. Raises DeviceError when this one has no such device.
    """
    read = partial(read_submission, limits=limits, below=course.root / "submitted")
    if scheduler := scheduler or os.environ.get("DASK_SCHEDULER_ADDRESS"):
        if mode is not None:
            raise FleetError(
                "a sandbox mode such as --unsafe is for this machine only; leave the scheduler out"
            )
        from grader.batch.cluster import Cluster

        return Cluster(course, scheduler, limits, read, device)

    passes(device)

    def start(labs: list[str]) -> Engine:
        from grader.engine import Engine as WarmEngine

        engine = WarmEngine(course, labs, limits, mode, device=device)
        warn(engine.reasons)
        return engine.__enter__()

    return Workers(start, read, workers)


def warn(reasons: Sequence[str]) -> None:
    """Say aloud that the sandbox is weaker than it should be, or that there is none."""
    for reason in reasons:
        if reason.startswith("WARNING"):
            print(f"grader: {reason}", file=sys.stderr, flush=True)
