"""Confinement without namespaces, for machines that allow none: Landlock for files and signals, seccomp for the rest.

Weaker than bubblewrap: the account's own count of processes and the machine's memory for temporary files are shared.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from grader.sandbox import linux

WANTED_ABI = 6  # the first that also stops signals to the outside
_CREATE, _ADD_RULE, _RESTRICT_SELF, _PATH_BENEATH = 444, 445, 446, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL = 1, 2, 4, 8, 1 << 14, 1 << 15
_ALL, _FILE_ONLY = (1 << 16) - 1, _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
_NO_TCP, _OWN_SOCKETS_AND_SIGNALS = 3, 3
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
FACTS = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system/cpu")


def abi() -> int:
    """The version of Landlock that the kernel has; 0 for none."""
    return max(0, int(ctypes.CDLL(None).syscall(_CREATE, None, 0, 1)))


def restrict(readable: Iterable[Path], writable: Iterable[Path], nodes: Iterable[Path] = ()) -> None:
    """Leave this process and all it starts only these files, no signal to others, no TCP; of the machine's devices only
    `nodes` and those that hold nothing. Raises OSError.
    """
    ruleset = struct.pack("QQQ", _ALL, _NO_TCP, _OWN_SOCKETS_AND_SIGNALS)
    fd = linux.syscall("landlock_create_ruleset", _CREATE, ruleset, len(ruleset), 0)
    devices = [Path(name) for name in DEVICES]
    facts = [Path(name) for name in FACTS]
    for paths, access in (
        ([*readable, *facts], _EXECUTE | _READ_FILE | _READ_DIR),
        (devices, _READ_FILE | _WRITE_FILE),
        (nodes, _READ_FILE | _WRITE_FILE | _IOCTL),
        (writable, _ALL & ~_EXECUTE),
    ):
        for path in paths:
            _allow(fd, path, access)
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    linux.syscall("landlock_restrict_self", _RESTRICT_SELF, fd, 0)
    os.close(fd)


def _allow(ruleset: int, path: Path, access: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not path.is_dir():
        access &= _FILE_ONLY
    rule = struct.pack("=Qi", access, fd)
    linux.syscall(f"landlock_add_rule {path}", _ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    os.close(fd)
