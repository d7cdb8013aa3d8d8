"""The few system calls that Python does not offer, through libc, each raising OSError with its own name."""

from __future__ import annotations

import ctypes
import os
import struct

NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x00020000,
    0x02000000,
    0x04000000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 36, 38, 47

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]
_libc.syscall.restype = ctypes.c_long
_MOUNT_SETATTR = 442
_CAPSET = {"x86_64": 126, "aarch64": 91}.get(os.uname().machine, -1)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(name: str, number: int, *arguments: int | bytes) -> int:
    """A system call by its number; `name` is for the error."""
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return _checked(_libc.syscall(number, *wide), name)


def unshare(flags: int) -> None:
    """Move this process (for NEWPID: its future children) into new namespaces."""
    _checked(_libc.unshare(flags), f"unshare {flags:#x}")


def setns(fd: int, kind: int) -> None:
    """Move this process (for NEWPID: its future children) into the namespace that `fd` stands for."""
    _checked(_libc.setns(fd, kind), "setns")


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """The mount call; None where the kernel wants a null pointer."""
    parts = [None if part is None else os.fsencode(part) for part in (source, target, kind)]
    options = None if data is None else os.fsencode(data)
    _checked(_libc.mount(*parts, flags, options), f"mount {kind or 'bind'} on {target}")


def unmount(target: str) -> None:
    """Take away the topmost mount on `target`."""
    _checked(_libc.umount2(os.fsencode(target), 0), f"umount {target}")


def read_only_everywhere() -> None:
    """Every mount read-only and without set-uid, at once (Linux 5.12). Not without devices: /dev/null must open."""
    at_fdcwd, recursive, attribute_read_only, attribute_nosuid = -100, 0x8000, 1, 2
    change = struct.pack("QQQQ", attribute_read_only | attribute_nosuid, 0, 0, 0)
    syscall("mount_setattr", _MOUNT_SETATTR, at_fdcwd, b"/", recursive, change, len(change))


def prctl(option: int, *values: int) -> None:
    """The prctl call with up to four plain numbers."""
    _checked(_libc.prctl(option, *(*values, 0, 0, 0, 0)[:4]), f"prctl {option}")


def drop_capabilities() -> None:
    """No capability now or after any exec. What the process could not drop from the bounding set stays out of reach."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            break
    prctl(PR_CAP_AMBIENT, 4)  # clear all
    header = struct.pack("Ii", 0x20080522, 0)
    syscall("capset", _CAPSET, header, bytes(24))
