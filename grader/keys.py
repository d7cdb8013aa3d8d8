"""What decides whether a submission must be graded again: a key of its content and of all that judges it."""

from __future__ import annotations

import functools
import hashlib
import json
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from grader.course import Course
from grader.limits import Limits

# Versions that can move a number or a message in a result.
PACKAGES = ("numpy", "torch", "scipy", "scikit-learn", "pandas", "matplotlib", "ipython", "mlxtend")

# Parts of the grader that only store, show or spread results; a change there regrades nobody.
PRESENTATION = frozenset(
    [
        "__main__", "batch", "bench", "cli", "demo", "export", "handout", "keys", "lab", "marking", "origin", "plugins",
        "reporting", "settings", "similar", "strip",
    ]
)  # fmt: skip
IGNORED = frozenset({"__pycache__", ".ipynb_checkpoints", "cache"})


def submission_hash(raw: bytes) -> str:
    """Name the bytes of a submitted file."""
    return hashlib.sha256(raw).hexdigest()


def content_key(raw_hash: str, fingerprint: str, limits: Limits, device: str = "cpu") -> str:
    """The key of a result: the same key means the same work, done already."""
    parts = [raw_hash, fingerprint, device, _as_text(limits)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@functools.lru_cache
def _as_text(limits: Limits) -> str:
    return json.dumps(limits.to_dict(), sort_keys=True)


def lab_fingerprint(course: Course, lab: str) -> str:
    """Hash of everything but the submission that can change a result of the lab: its parts and the versions."""
    digest = hashlib.sha256(environment().encode())
    for part in lab_parts(course, lab).items():
        digest.update("\n{} {}".format(*part).encode())
    return digest.hexdigest()


def lab_parts(course: Course, lab: str) -> dict[str, str]:
    """The hash of each part that can change a result of the lab.

    These are the instructor's notebooks, the hidden checks and wrong answers of the lab, and what all labs share:
    utils, data, and the judging parts of the grader.
    """
    names = (f"source/{lab}", f"tests/{lab}", "utils", "data")
    parts = {name: _folder_hash(course.root / name, course.root) for name in names}
    package = Path(__file__).resolve().parent
    return parts | {"grader": _folder_hash(package, package, PRESENTATION)}


@functools.cache
def environment() -> str:
    """Python and the libraries whose versions count, one a line."""
    return "\n".join([f"python {platform.python_version()}", *(f"{p} {_version(p)}" for p in PACKAGES)])


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _folder_hash(folder: Path, base: Path, skip: frozenset[str] = frozenset()) -> str:
    """Hash of every file's path and content; a missing folder counts as an empty one."""
    digest = hashlib.sha256()
    for path in _files(folder):
        relative = path.relative_to(base)
        if Path(relative.parts[0]).stem in skip:
            continue
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{relative.as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """Regular files below the folder in a stable order, without caches of Python and Jupyter."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if path.is_file() and not IGNORED.intersection(inside) and path.suffix != ".pyc":
            yield path
