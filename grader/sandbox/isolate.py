"""What a process of the sandbox does to itself before it runs anything of a student.

There are two layers of namespaces. The fork server enters the outer one once (`enter_server`): a user namespace in which it
may make others, and a pid namespace that it owns. For each child it calls `fork_into_new_pids`; the child then calls
`in_namespaces`, which leaves it with its own mounts, network, System V objects, host name, user namespace and limits. The
other functions named `in_...` are what is left to do in the weaker modes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import secrets
import signal
import socket
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.sandbox import landlock, linux, seccomp

NOBODY = 65534
_LONELY = 0x70000000
STUDENT_ID = 1000
HOME = Path("/home/student")
WORK = HOME / "work"
MIB = 1 << 20
_PROC_FLAGS = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC


def is_root() -> bool:
    """Whether this is root with other accounts to change to, and not the root of a user namespace that has none."""
    return os.getuid() == 0 and _has_account(NOBODY)


def _has_account(uid: int) -> bool:
    ranges = [map(int, line.split()) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    return any(first <= uid < first + count for first, _, count in ranges)


def uncover_proc() -> None:
    """Take away what bubblewrap, run by root, puts over parts of its /proc; call it inside bubblewrap only.

    With these covers in place the kernel refuses children a /proc of their own.
    """
    if not is_root():
        return
    if socket.gethostname() != "sandbox" or os.getpid() > 9:
        raise RuntimeError("not inside bubblewrap")
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        place = line.split()[4]
        if place.startswith("/proc/"):
            linux.unmount(place)


def drop_root(alone: bool = False) -> None:
    """Become nobody when this is root; nothing for an ordinary account.

    With `alone` it becomes an account that (almost surely) nothing else has, for the kernel counts processes by account
    where there is no user namespace.
    """
    if not is_root():
        return
    account = _LONELY + secrets.randbelow(1 << 20) if alone and _has_account(_LONELY + (1 << 20)) else NOBODY
    os.setgroups([])
    os.setresgid(account, account, account)
    os.setresuid(account, account, account)
    # A change of account makes /proc/self root's own, and with it the id maps written below.
    linux.prctl(linux.PR_SET_DUMPABLE, 1)


def _own_user_namespace(others: int = 0) -> None:
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(linux.NEWUSER | others)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{STUDENT_ID} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{STUDENT_ID} {gid} 1")


def enter_server() -> int:
    """Return in a process that owns its user and pid namespaces; the caller's own process waits for its end.

    Returns a descriptor of the pid namespace, for `fork_into_new_pids`.
    """
    _own_user_namespace(linux.NEWPID | linux.NEWNS)
    pid = os.fork()
    if pid:
        _, status = os.waitpid(pid, 0)
        os._exit(max(0, os.waitstatus_to_exitcode(status)))
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("proc", "/proc", "proc", _PROC_FLAGS)
    return os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)


def fork_into_new_pids(own_pids: int) -> int:
    """Like os.fork; the child is the first process of a pid namespace, so its end is the end of all in it."""
    linux.unshare(linux.NEWPID)
    try:
        pid = os.fork()
    except OSError:
        linux.setns(own_pids, linux.NEWPID)
        raise
    if pid:
        linux.setns(own_pids, linux.NEWPID)
    return pid


def keep_only(fds: list[int], first: int = 3) -> list[int]:
    """Close every descriptor but 0, 1, 2 and `fds`, which move to `first` and on; returns their new numbers."""
    top = max([first + len(fds), *fds]) + 1
    high = [os.dup2(fd, top + i) for i, fd in enumerate(fds)]
    placed = [os.dup2(fd, first + i, inheritable=False) for i, fd in enumerate(high)]
    os.closerange(first + len(fds), resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    return placed


def _shown_inside(places: Sequence[str]) -> list[tuple[str, int]]:
    """The mounts that lie inside `places` (a course in /tmp, say), each with a descriptor that outlives its covering."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    # the kernel writes spaces and the like as octal escapes
    mounts = [line.split()[4].encode().decode("unicode_escape").encode("latin-1").decode() for line in lines]
    inside = [mount for mount in mounts if any(mount.startswith(place + "/") for place in places)]
    return [(mount, os.open(mount, os.O_PATH | os.O_CLOEXEC)) for mount in inside]


def _private_folders(tmp_mb: int) -> None:
    """One small file system for all that may be written: the home, /tmp and /dev/shm share its size."""
    flags = linux.MS_NOSUID | linux.MS_NODEV
    kept = _shown_inside([str(HOME), "/tmp", "/dev/shm"])
    linux.mount("tmpfs", str(HOME), "tmpfs", flags, f"size={tmp_mb}m,nr_inodes=20000,mode=755")
    WORK.mkdir()
    for hidden, place in ((".tmp", "/tmp"), (".shm", "/dev/shm")):
        folder = HOME / hidden
        folder.mkdir()
        folder.chmod(0o1777)
        linux.mount(str(folder), place, None, linux.MS_BIND)
    for mount, fd in kept:
        _show_again(Path(mount), fd)
    # Terminals of its own (IPython's `!command` opens one), or children would meet in /dev/pts.
    linux.mount(
        "devpts", "/dev/pts", "devpts", linux.MS_NOSUID | linux.MS_NOEXEC, "newinstance,ptmxmode=0666"
    )


def _show_again(place: Path, fd: int) -> None:
    source = f"/proc/self/fd/{fd}"
    if os.path.isdir(source):
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    linux.mount(source, str(place), None, linux.MS_BIND)
    os.close(fd)


def rlimits(limits: Mapping[str, float], others: int = 0) -> None:
    """The limits of this process and all it starts; names and units as in `grader.limits.Limits`.

    `others` are processes of the same account that the kernel counts together with these. With "gpu" among the limits
    addresses are not counted: CUDA reserves more of them than there is memory.
    """
    memory, file_size = int(limits["memory_mb"]) * MIB, int(limits["file_mb"]) * MIB
    processes = int(limits["processes"]) + others
    # Wall clock is the coordinator's; this only ends what nobody waits for any more.
    cpu = max(120, int(2 * limits["run_seconds"]))
    for what, soft, hard in (
        *([] if limits.get("gpu") else [(resource.RLIMIT_AS, memory, memory)]),
        (resource.RLIMIT_NPROC, processes, processes),
        (resource.RLIMIT_FSIZE, file_size, file_size),
        (resource.RLIMIT_CPU, cpu, cpu + 5),
        (resource.RLIMIT_NOFILE, 256, 256),
        # One byte, not none: with none the kernel still hands a crash to a collector of crashes outside.
        (resource.RLIMIT_CORE, 1, 1),
    ):
        ceiling = resource.getrlimit(what)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(what, (soft, hard))


def _go_first() -> None:
    """When the machine has no memory left, this process goes before any other."""
    Path("/proc/self/oom_score_adj").write_text("1000")


def in_namespaces(limits: Mapping[str, float]) -> None:
    """Mode "zygote": called in the first process of a new pid namespace, leaves all that is shared. Raises OSError."""
    _go_first()
    linux.unshare(linux.NEWNS | linux.NEWNET | linux.NEWIPC | linux.NEWUTS | linux.NEWCGROUP)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    try:
        linux.read_only_everywhere()
    except OSError as error:
        if error.errno != errno.ENOSYS:  # before Linux 5.12 bubblewrap's own read-only mounts stand alone
            raise
    _private_folders(int(limits["tmp_mb"]))
    linux.mount("proc", "/proc", "proc", _PROC_FLAGS)
    # A user namespace of its own makes the count of processes its own too.
    _own_user_namespace()
    os.chdir(WORK)
    linux.drop_capabilities()
    rlimits(limits)
    seccomp.install()


def in_bubblewrap(limits: Mapping[str, float]) -> None:
    """Mode "cold": the only child of a bubblewrap of its own needs no more namespaces."""
    _go_first()
    WORK.mkdir()
    os.chdir(WORK)
    linux.drop_capabilities()
    rlimits(limits, others=_processes_of_account())
    seccomp.install()


def in_landlock(
    limits: Mapping[str, float], readable: Sequence[str], scratch: Path, nodes: Sequence[str] = ()
) -> None:
    """Mode "landlock": only `readable`, `nodes` and a folder of its own in `scratch`; no socket but pairs."""
    _go_first()
    _settle_in(scratch)
    others = _processes_of_account()
    landlock.restrict(map(Path, readable), [Path.cwd()], map(Path, nodes))
    linux.drop_capabilities()
    rlimits(limits, others)
    seccomp.install(sockets=False)


def in_nothing(limits: Mapping[str, float], scratch: Path) -> None:
    """Mode "unsafe": limits only."""
    _settle_in(scratch)
    rlimits(limits, others=_processes_of_account())


def _settle_in(scratch: Path) -> None:
    folder = scratch / f"child-{os.getpid()}"
    folder.mkdir(mode=0o700)
    os.chdir(folder)
    os.environ.update(HOME=str(folder), TMPDIR=str(folder))
    tempfile.tempdir = None


def _processes_of_account() -> int:
    """Threads of this account; the kernel holds RLIMIT_NPROC against their number."""
    count = 0
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{entry}").st_uid == os.getuid():
                count += len(os.listdir(f"/proc/{entry}/task"))
    return count
