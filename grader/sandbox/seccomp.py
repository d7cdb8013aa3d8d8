"""The system calls that code in the sandbox may not make: a seccomp filter in plain BPF, no library needed.

The list names what is denied: doors into the kernel that no notebook needs (mounts, namespaces, tracing, keys, BPF,
io_uring), and memory that no other limit counts (memfd, System V objects). Sockets are AF_UNIX only. Denied calls
answer with an error instead of killing the process, so that ordinary code that merely probes for a feature goes on.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

AF_UNIX, SOCK_DGRAM = 1, 2

# Numbers on x86_64 and aarch64; None where the call does not exist.
DENIED: dict[str, tuple[int | None, int | None]] = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_setup": (206, 0),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "migrate_pages": (256, 238),
    "modify_ldt": (154, None),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "vhangup": (153, 58),
    "vmsplice": (278, 75),
    # Memory that neither RLIMIT_AS nor the size of a tmpfs counts.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "msgget": (68, 186),
    "semget": (64, 190),
    "shmget": (29, 194),
}
CLONE3 = 435
_NUMBERS = {"x86_64": (56, 41, 42, 53, 16), "aarch64": (220, 198, 203, 199, 29)}
CLONE, SOCKET, CONNECT, SOCKETPAIR, IOCTL = _NUMBERS.get(platform.machine(), (0, 0, 0, 0, 0))
NAMESPACE_FLAGS = 0x7E020000 | 0x80  # every CLONE_NEW* flag
TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX

_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN, _AND = 0x20, 0x15, 0x35, 0x45, 0x06, 0x54
_NUMBER_AT, _ARCH_AT, _ARGUMENT_0, _ARGUMENT_1 = 0, 4, 16, 24
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _MODE_FILTER = 22, 38, 2


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)


def _deny(number: int, error: int) -> list[bytes]:
    return [_step(_EQUAL, number, 0, 1), _step(_RETURN, _ERRNO | error)]


def _when(number: int, argument: int, rest: list[bytes]) -> list[bytes]:
    """Run `rest` on one argument of one call; afterwards the call's number is loaded again."""
    body = [_step(_LOAD, argument), *rest, _step(_LOAD, _NUMBER_AT)]
    return [_step(_EQUAL, number, 0, len(body)), *body]


def program(sockets: bool = True) -> bytes:
    """The filter, as the kernel reads it. Raises OSError on a processor it does not know.

    Without `sockets` only connected pairs remain: where the file system of the machine is seen, a path socket (the
    session bus of the account, say) would be a way out.
    """
    machine = platform.machine()
    if machine not in _ARCH:
        raise OSError(errno.ENOTSUP, f"no list of system calls for {machine}")
    column = 0 if machine == "x86_64" else 1
    steps = [
        _step(_LOAD, _ARCH_AT),
        _step(_EQUAL, _ARCH[machine], 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER_AT),
    ]
    if machine == "x86_64":  # the x32 numbers would be a way round the list
        steps += [_step(_AT_LEAST, 0x40000000, 0, 1), _step(_RETURN, _ERRNO | errno.ENOSYS)]
    for number in sorted(n for numbers in DENIED.values() if (n := numbers[column]) is not None):
        steps += _deny(number, errno.EPERM)
    # libc falls back from clone3, whose flags a filter cannot see, to clone, whose flags it can.
    steps += _deny(CLONE3, errno.ENOSYS)
    steps += _when(
        CLONE, _ARGUMENT_0, [_step(_ANY_BIT, NAMESPACE_FLAGS, 0, 1), _step(_RETURN, _ERRNO | errno.EPERM)]
    )
    for request in TERMINAL_INJECTION:
        steps += _when(IOCTL, _ARGUMENT_1, _deny(request, errno.EPERM))
    if not sockets:
        steps += [*_deny(SOCKET, errno.EPERM), *_deny(CONNECT, errno.EPERM)]
        # A datagram can name its receiver, whatever its socket is connected to.
        datagram = [_step(_AND, 0xF), _step(_EQUAL, SOCK_DGRAM, 0, 1), _step(_RETURN, _ERRNO | errno.EPERM)]
        steps += _when(SOCKETPAIR, _ARGUMENT_1, datagram)
    for call in (SOCKET, SOCKETPAIR):
        only_unix = [_step(_EQUAL, AF_UNIX, 1, 0), _step(_RETURN, _ERRNO | errno.EAFNOSUPPORT)]
        steps += _when(call, _ARGUMENT_0, only_unix)
    return b"".join([*steps, _step(_RETURN, _ALLOW)])


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def install(sockets: bool = True) -> None:
    """Apply the filter to this thread and all it starts, for good; sets no_new_privs. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    code = program(sockets)
    buffer = ctypes.create_string_buffer(code, len(code))
    argument = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        _PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(argument), 0, 0
    ):
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")
