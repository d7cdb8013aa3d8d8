"""A processor for both sides of one notebook.

They ask and answer in turns, thousands of times a second. On two processors each of them sleeps and wakes for every word, which
costs more than the word; on one they hand it over. A processor is held by a name that the whole machine shares, so that engines
of other processes take other ones, and that goes with the process that holds it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Iterator

NAME = "\0neural-network-labs-cpu-"  # of a socket in Linux's abstract names


@contextlib.contextmanager
def own_cpu() -> Iterator[int | None]:
    """The number of a processor that no other notebook has meanwhile; None where all are taken, or cannot be chosen."""
    with contextlib.ExitStack() as stack:
        yield _claimed(stack) if sys.platform == "linux" else None


def _claimed(stack: contextlib.ExitStack) -> int | None:
    for cpu in sorted(os.sched_getaffinity(0)):
        name = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        with contextlib.suppress(OSError):
            name.bind(f"{NAME}{cpu}")
            return cpu
    return None


def stay_on(cpu: int | None) -> None:
    """Have this process, and what it starts, run on one processor; where that is refused, on any."""
    if cpu is not None:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {cpu})
