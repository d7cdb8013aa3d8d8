"""A processor for both sides of one notebook.

They ask and answer in turns, thousands of times a second. On two processors each of them sleeps and wakes for every word, which
costs more than the word; on one they hand it over. A processor is held by a name that the whole machine shares, so that engines
of other processes take other ones, and that goes with the process that holds it.
"""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

NAME = "\0neural-network-labs-cpu-"  # of a socket in Linux's abstract names
SIBLINGS = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"  # such as "0,4" or "0-1"
MACHINE = 0xEFFFFFFC  # the kernel's number of the first pid namespace (PROC_PID_INIT_INO)


@contextlib.contextmanager
def own_cpu() -> Iterator[int | None]:
    """The number of a processor that no other notebook has meanwhile; None where all are taken, or cannot be chosen: one
    container does not hear the names of another, and all of them would choose the same.
    """
    with contextlib.ExitStack() as stack:
        yield _claimed(stack) if on_the_machine_itself() else None


def on_the_machine_itself() -> bool:
    """Whether this is Linux, and no container on it."""
    return sys.platform == "linux" and os.stat("/proc/self/ns/pid").st_ino == MACHINE


def _claimed(stack: contextlib.ExitStack) -> int | None:
    for cpu in sorted(os.sched_getaffinity(0), key=lambda cpu: (rank(cpu), cpu)):
        name = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        with contextlib.suppress(OSError):
            name.bind(f"{NAME}{cpu}")
            return cpu
    return None


@functools.cache
def rank(cpu: int) -> int:
    """Which thread of its core it is, from 0: the threads of a core share it, so second ones are taken last."""
    try:
        text = Path(SIBLINGS.format(cpu)).read_text()
    except OSError:
        return 0
    before = 0
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        before += len(range(int(first), min(cpu, int(last or first) + 1)))
    return before


def stay_on(cpu: int | None) -> None:
    """Have this process, and what it starts, run on one processor; where that is refused, on any."""
    if cpu is not None:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {cpu})
