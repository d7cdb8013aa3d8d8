"""A bound on the time of work on this side of the boundary."""

from __future__ import annotations

import signal
from typing import Any

from grader.boundary.failures import StudentTimeout


class Alarm:
    """Ends work of this side that a student's value makes long, such as a dictionary whose keys all have one hash."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        def ring(number: int, frame: Any) -> None:
            raise StudentTimeout(f"they did not finish in {self.seconds:.0f} seconds")

        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, self.seconds, 1.0)

    def __exit__(self, *details: Any) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
