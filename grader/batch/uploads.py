"""Files that students uploaded, as an LMS hands them out: whose each one is, and the notebooks inside.

Read as data: nothing is unpacked to a place that a name in it chooses, and no more than the limits allow is read.
"""

from __future__ import annotations

import re
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO

from grader.errors import GraderError
from grader.intake.model import shown
from grader.limits import MIB, Limits

KINDS = (".zip", ".ipynb")
MAX_ENTRIES = 5000
DEPTH = 3
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError, ValueError)
# How learning platforms name a student's folder or file: Moodle, Canvas.
LMS = (
    re.compile(r"(?P<student>[^_]+(?:_[^_]+)*?)_(?P<number>\d+)_assignsubmission_file_?(?P<rest>.*)"),
    re.compile(r"(?P<student>[^_]+)(?:_LATE)?_(?P<number>\d+)_\d+_(?P<rest>.+)"),
)
OWN = re.compile(r".+-hand-in-(?P<student>[A-Za-z0-9][A-Za-z0-9._-]*?)(?: ?\(\d+\))?\.zip")


class UploadError(GraderError):
    """An uploaded file cannot be taken; the message says why and what to do."""


@dataclass(frozen=True)
class Upload:
    """One uploaded file: the folders it was found in, its name, its time (seconds since 1970), and its content."""

    place: tuple[str, ...]
    name: str
    when: float
    content: bytes

    @property
    def label(self) -> str:
        """Its path, fit for a message."""
        return shown("/".join((*self.place, self.name)), 100)

    def whose(self) -> tuple[str, str]:
        """The student, and the platform's number of theirs ("" without one): by the folder, else by the file's name.

        Raises UploadError when neither says it.
        """
        text = self.place[0] if self.place else self.name
        for pattern in LMS:
            if found := pattern.fullmatch(text):
                return found["student"].strip(), found["number"]
        if self.place:
            return text, ""
        if found := OWN.fullmatch(self.name):
            return found["student"], ""
        raise UploadError(f"{self.label}: whose is it? Put it into a folder with the student's name.")

    @property
    def plain_name(self) -> str:
        """The file's name without what the platform put in front."""
        found = next((m for m in (p.fullmatch(self.name) for p in LMS) if m and m["rest"]), None)
        return found["rest"] if found else self.name

    def notebooks(self, limits: Limits) -> dict[str, bytes]:
        """The notebooks inside, by `<folder>/<name>` as they are called in a zip. Raises UploadError."""
        if not self.name.lower().endswith(".zip"):
            return {self.plain_name: self.content}
        try:
            with zipfile.ZipFile(BytesIO(self.content)) as archive:
                found = dict(_notebooks(archive, limits, self.label))
        except BROKEN as error:
            raise UploadError(
                f"{self.label} cannot be unpacked ({shown(str(error), 80)}); ask for it again."
            ) from None
        if not found:
            raise UploadError(f"{self.label} holds no notebook; ask for the file that hand_in.py makes.")
        return found


def find_uploads(path: Path, limits: Limits) -> Iterator[Upload | UploadError]:
    """Every uploaded file in a folder, or in the one zip that a platform gives for a whole class.

    What cannot be read comes as an error in its place. Raises UploadError when there is nothing of that name.
    """
    if path.is_dir():
        yield from _in_folder(path, limits)
    elif not path.is_file():
        raise UploadError(f"there is no {path}; name the folder or the zip with the uploaded files")
    elif _of_a_class(path):
        yield from _in_zip(path, limits)
    else:
        yield _read(path, (), limits)


def _in_folder(folder: Path, limits: Limits) -> Iterator[Upload | UploadError]:
    for path in sorted(folder.rglob("*"))[:MAX_ENTRIES]:
        place = path.relative_to(folder).parts[:-1]
        hidden = any(part.startswith((".", "__MACOSX")) for part in path.relative_to(folder).parts)
        if hidden or len(place) > DEPTH or path.suffix.lower() not in KINDS or not path.is_file():
            continue
        yield (
            UploadError(f"{path.name} is a link; put the file in its place.")
            if path.is_symlink()
            else _read(path, place, limits)
        )


def _read(path: Path, place: tuple[str, ...], limits: Limits) -> Upload | UploadError:
    most = 4 * limits.submission_bytes
    try:
        if path.stat().st_size > most:
            return UploadError(
                f"{shown(path.name)} is larger than {most // MIB} MB; ask for it without outputs."
            )
        return Upload(place, path.name, path.stat().st_mtime, path.read_bytes())
    except OSError as error:
        return UploadError(f"{shown(path.name)} cannot be read: {error.strerror}")


def _of_a_class(path: Path) -> bool:
    """Whether a zip is a platform's for a class: it holds zips, or its notebooks are named as a platform does."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [PurePosixPath(name) for name in archive.namelist()]
    except BROKEN:
        return False
    zips = any(name.suffix.lower() == ".zip" for name in names)
    return zips or any(pattern.fullmatch(name.parts[0]) for name in names for pattern in LMS if name.parts)


def _in_zip(path: Path, limits: Limits) -> Iterator[Upload | UploadError]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist()[:MAX_ENTRIES]:
            name = PurePosixPath(info.filename)
            if info.is_dir() or name.suffix.lower() not in KINDS or "__MACOSX" in name.parts:
                continue
            when = time.mktime((*info.date_time, 0, 0, -1))
            try:
                with archive.open(info) as file:
                    content = _capped(file, 4 * limits.submission_bytes, shown(info.filename, 100))
                yield Upload(name.parts[:-1], name.name, when, content)
            except UploadError as error:
                yield error
            except BROKEN as error:
                yield UploadError(
                    f"{shown(info.filename, 100)} cannot be unpacked ({shown(str(error), 80)})."
                )


def _notebooks(archive: zipfile.ZipFile, limits: Limits, label: str) -> Iterator[tuple[str, bytes]]:
    """(last folder and name, content) of the notebooks in a student's zip."""
    room = 4 * limits.submission_bytes
    for info in archive.infolist()[:MAX_ENTRIES]:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if (
            info.is_dir()
            or path.suffix.lower() != ".ipynb"
            or {"__MACOSX", ".ipynb_checkpoints"} & {*path.parts}
        ):
            continue
        with archive.open(info) as file:
            content = _capped(file, room, label)
        room -= len(content)
        yield "/".join(path.parts[-2:]), content


def _capped(file: IO[bytes], most: int, label: str) -> bytes:
    content = file.read(most + 1)
    if len(content) > most:
        raise UploadError(
            f"{label} holds more than {most // MIB} MB; ask for it again with all outputs cleared."
        )
    return content
