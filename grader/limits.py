"""Every limit of a grading run in one place."""

from __future__ import annotations

import functools
import os
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

MIB = 1 << 20
MOST_PATIENCE = 8.0


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Times in seconds of wall clock, sizes in bytes unless the name says otherwise."""

    cell_seconds: float = 10.0
    run_seconds: float = 60.0
    call_seconds: float = 3.0
    exercise_seconds: float = 10.0
    start_seconds: float = 60.0
    memory_mb: int = 4096
    processes: int = 64
    file_mb: int = 256
    tmp_mb: int = 256
    output_bytes: int = MIB
    notebook_output_bytes: int = 4 * MIB
    message_bytes: int = 64 * MIB
    submission_bytes: int = 20 * MIB
    notebook_cells: int = 2000
    notebook_depth: int = 200

    def but(self, **changes: Any) -> Limits:
        """The same limits with some of them changed."""
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for content keys and receipts."""
        return asdict(self)


def patience() -> float:
    """How many times longer things may take than on an idle machine: the load of the last minute for each core,
    between 1 and MOST_PATIENCE. Limits of wall clock are stretched by it, so that a busy machine costs no marks;
    a submission that makes the load itself gains little in its short life.
    """
    return _patience_in(int(time.monotonic()))


@functools.lru_cache(maxsize=1)
def _patience_in(second: int) -> float:
    try:
        with open("/proc/loadavg") as file:
            load = float(file.read().split()[0])
    except (OSError, ValueError, IndexError):
        return 1.0
    return min(MOST_PATIENCE, max(1.0, load / (os.cpu_count() or 1)))
