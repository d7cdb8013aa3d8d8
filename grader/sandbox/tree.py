"""Processes below a process, and the memory they hold together, read from /proc."""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict

_PAGE = os.sysconf("SC_PAGE_SIZE")


def children() -> dict[int, list[int]]:
    """For each process that has some, its children; zombies left out."""
    found: dict[int, list[int]] = defaultdict(list)
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{name}/stat", "rb") as file:
                state, parent = file.read().rpartition(b")")[2].split()[:2]
            if state not in b"ZX":
                found[int(parent)].append(int(name))
    return found


def below(pid: int, family: dict[int, list[int]]) -> list[int]:
    """All descendants of `pid`."""
    found = list(family.get(pid, ()))
    for child in found:  # grows while it is read
        found += family.get(child, ())
    return found


def threads(pids: list[int]) -> list[int]:
    """The threads of these processes."""
    found: list[int] = []
    for pid in pids:
        with contextlib.suppress(OSError):
            found += map(int, os.listdir(f"/proc/{pid}/task"))
    return found


def yield_to_others(threads: list[int]) -> None:
    """Give these threads the smallest share of the processors: sixty of them then weigh as much as one other."""
    for thread in threads:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, 19)


def uses_more_than(limit_kb: int, pids: list[int]) -> bool:
    """Whether these processes together hold more memory than `limit_kb`, each shared page counted once.

    The exact answer is slow, so it is asked only when the quick sum, which counts shared pages for each, is too large.
    """
    quick = {pid: _resident_kb(pid) for pid in pids}
    if sum(quick.values()) <= limit_kb:
        return False
    return sum(_share_kb(pid, quick[pid]) for pid in pids) > limit_kb


def _resident_kb(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE // 1024
    except OSError:
        return 0


def _share_kb(pid: int, otherwise: int) -> int:
    """Its memory with a fair share of shared pages; `otherwise` when the process hides it (which gains it nothing)."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(b"Pss:"))
    except FileNotFoundError:
        return 0
    except (OSError, StopIteration):
        return otherwise
