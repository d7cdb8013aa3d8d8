"""Reading a submitted file without being led anywhere else by it."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from grader.intake.model import Ungradable, shown
from grader.limits import MIB, Limits

KINDS = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
REASONS = {
    errno.ENOENT: "The file {name} does not exist (any more). Collect it again.",
    errno.EACCES: "There is no permission to read {name}. Let the account that grades read it (chmod u+r), "
    "or collect it again.",
    errno.ENAMETOOLONG: "The name of {name} is too long. Rename it.",
}
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def read_submission(path: Path, limits: Limits, below: Path | None = None) -> bytes:
    """The bytes of a regular file, never more than `limits.submission_bytes`.

    No link is followed from `below` on, a folder above `path` that is trusted (default: the folder of
    the file). Raises Ungradable for anything that is not a readable file of permitted size.
    """
    below = path.parent if below is None else below
    *folders, name = path.relative_to(below).parts or (path.name,)
    try:
        folder = _open_folder(below, folders)
        try:
            return _read(folder, name, limits.submission_bytes)
        finally:
            os.close(folder)
    except (OSError, ValueError) as error:
        raise Ungradable(_reason(error, path.name)) from error


def _open_folder(below: Path, folders: list[str]) -> int:
    """A descriptor of the folder, each step below the trusted one taken without following a link."""
    current = os.open(below, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in folders:
            mode = os.stat(name, dir_fd=current, follow_symlinks=False).st_mode
            if not stat.S_ISDIR(mode) or name == "..":
                raise Ungradable(f"The folder {shown(name)} is {kind(mode)}. Put a real folder in its place.")
            current, parent = os.open(name, FOLDER, dir_fd=current), current
            os.close(parent)
    except BaseException:
        os.close(current)
        raise
    return current


def _read(folder: int, name: str, limit: int) -> bytes:
    """The file's bytes; looked at before it is opened, since opening a device can act on it."""
    _demand_file(os.stat(name, dir_fd=folder, follow_symlinks=False), name, limit)
    with open(os.open(name, FILE, dir_fd=folder), "rb") as file:
        _demand_file(os.fstat(file.fileno()), name, limit)
        content = file.read(limit + 1)
    if len(content) > limit:
        raise Ungradable(_too_large(name, "more than the limit", limit))
    return content


def _demand_file(status: os.stat_result, name: str, limit: int) -> None:
    """Raises Ungradable unless it is a regular file within the limit."""
    if not stat.S_ISREG(status.st_mode):
        raise Ungradable(
            f"{shown(name)} is {kind(status.st_mode)}, not a file. Ask the student for the notebook itself."
        )
    if status.st_size > limit:
        raise Ungradable(_too_large(name, f"{status.st_size / MIB:.1f} MB large", limit))


def _too_large(name: str, size: str, limit: int) -> str:
    return (
        f"{shown(name)} is {size} ({limit / MIB:.0f} MB). Usually saved outputs are the cause: "
        "clear all outputs in the notebook, save it and hand it in again."
    )


def kind(mode: int) -> str:
    """What a file mode stands for, in words."""
    return next((words for test, words in KINDS if test(mode)), "a file")


def _reason(error: OSError | ValueError, name: str) -> str:
    """The error in words that say what to do; a ValueError is a name with a NUL."""
    code = error.errno if isinstance(error, OSError) else None
    if code in REASONS:
        return REASONS[code].format(name=shown(name))
    return f"{shown(name)} could not be read ({type(error).__name__}: {shown(str(error), 120)})."
