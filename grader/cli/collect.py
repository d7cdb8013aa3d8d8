"""`python -m grader collect FOLDER`: put uploaded files into submitted/<student>/<lab>/; what was there is kept."""

from __future__ import annotations

import datetime
import itertools
import os
import shutil
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.batch.uploads import Upload, UploadError, find_uploads
from grader.course import Course
from grader.intake import clean_id
from grader.intake.model import shown
from grader.limits import Limits
from grader.marking.autograded import TIMESTAMP, stamp

EARLIER = ".earlier"  # in submitted/; grading does not look into hidden folders


@dataclass(frozen=True)
class HandIn:
    """What one upload means: a student's notebooks of a lab, by file name."""

    upload: Upload
    student: str
    lab: str
    files: dict[str, bytes]

    @property
    def whole(self) -> bool:
        """Whether it is a lab's zip, which stands for all of the lab, and no lone notebook."""
        return self.upload.name.lower().endswith(".zip")


def main(course: Course, paths: Iterable[Path], lab: str | None, times: bool = False) -> int:
    """The command; exit status 1 when an upload could not be taken. With `times` a file's time is that of hand-in."""
    problems: list[str] = []
    groups: dict[tuple[str, str], list[HandIn]] = defaultdict(list)
    for hand_in in read_all(course, paths, lab, problems):
        groups[hand_in.student, hand_in.lab].append(hand_in)
    for (student, name), found in sorted(groups.items()):
        print(f"{student}, {name}: {store(course, student, name, found, times)}")
    for problem in problems:
        print(f"PROBLEM {problem}")
    if not groups and not problems:
        print("There is no zip and no notebook in it.")
    return 1 if problems or not groups else 0


def read_all(course: Course, paths: Iterable[Path], lab: str | None, problems: list[str]) -> list[HandIn]:
    """Every upload that can be taken; the others are told in `problems`."""
    found = []
    for path in paths:
        for upload in find_uploads(path, Limits()):
            try:
                if isinstance(upload, UploadError):
                    raise upload
                found.append((upload, *upload.whose(), upload.notebooks(Limits())))
            except UploadError as error:
                problems.append(str(error))
    numbers: dict[str, set[str]] = defaultdict(set)
    for _, student, number, _ in found:
        numbers[student].add(number)
    hand_ins = []
    for upload, student, number, notebooks in found:
        name = f"{student}_{number}" if len(numbers[student]) > 1 and number else student
        try:
            hand_ins.append(HandIn(upload, folder_name(name), *_of_lab(course, upload, notebooks, lab)))
        except UploadError as error:
            problems.append(str(error))
    return hand_ins


def folder_name(student: str) -> str:
    """The student's name as a folder of submitted/: as it is when that is harmless, else a clean form of it."""
    plain = student.isprintable() and len(student) < 100 and not student.startswith(".")
    return student if plain and not {"/", "\\"} & {*student} else clean_id(student)


def store(course: Course, student: str, lab: str, found: list[HandIn], times: bool = False) -> str:
    """Write the newest hand-in of a student, with `times` its time too; gives what happened in words."""
    found = sorted(found, key=lambda h: (h.upload.when, h.upload.name))
    newest = found[-1:] if found[-1].whole else [h for h in found if not h.whole]
    files = {name: content for hand_in in newest for name, content in hand_in.files.items()}
    said = [f"{len(files)} {'notebook' if len(files) == 1 else 'notebooks'}"]
    if older := [h.upload.label for h in found if h not in newest]:
        said.append(f"the newest of several files (left: {', '.join(older)})")
    target = course.root / "submitted" / student / lab
    if _content(target) == files:
        return "unchanged"
    part = target.with_name(f".{lab}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for name, content in files.items():
        (part / name).write_bytes(content)
    if times:
        when = datetime.datetime.fromtimestamp(newest[-1].upload.when, datetime.UTC)
        (part / TIMESTAMP).write_text(stamp(when), encoding="utf-8")
    if os.path.lexists(target):
        kept = course.root / "submitted" / EARLIER / student / f"{lab}-{time.strftime('%Y%m%d-%H%M%S')}"
        kept.parent.mkdir(parents=True, exist_ok=True)
        os.rename(target, _free(kept))
        said.append(f"the earlier ones are in submitted/{EARLIER}/{student}/")
    os.rename(part, target)
    return "; ".join(said)


def _of_lab(
    course: Course, upload: Upload, notebooks: dict[str, bytes], lab: str | None
) -> tuple[str, dict[str, bytes]]:
    """The lab that the notebooks belong to, and them by file name. Raises UploadError."""
    folders = {PurePosixPath(path).parts[0] for path in notebooks if "/" in path}
    names = {PurePosixPath(path).stem for path in notebooks}
    labs = [lab] if lab else [known.name for known in course.labs if known.name in folders]
    labs = labs or [known.name for known in course.labs if names & {n.name for n in known.notebooks}]
    if len(labs) != 1:
        maybe = f" (it could be {', '.join(labs)})" if labs else ""
        raise UploadError(f"{upload.label}: which lab is it of{maybe}? Name it with --lab.")
    files: dict[str, bytes] = {}
    for path, content in notebooks.items():
        name = PurePosixPath(path).name
        if name in files and files[name] != content:
            raise UploadError(
                f"{upload.label} holds two different files {shown(name)}; ask which one counts."
            )
        files[name] = content
    return labs[0], files


def _content(folder: Path) -> dict[str, bytes]:
    """The notebooks of an earlier hand-in."""
    if folder.is_symlink() or not folder.is_dir():
        return {}
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix == ".ipynb" and p.is_file()}


def _free(path: Path) -> Path:
    """The path, with a number behind it when it is taken."""
    choices = itertools.chain([path], (path.with_name(f"{path.name}-{n}") for n in itertools.count(2)))
    return next(choice for choice in choices if not choice.exists())
