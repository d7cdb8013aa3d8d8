"""autograded/<student>/<lab>: the notebooks that were graded, as nbgrader's pages and the feedback read them."""

from __future__ import annotations

import copy
import datetime
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbgrader.utils import parse_utc

from grader.course import Course, Lab, Notebook
from grader.intake.files import read_submission
from grader.intake.ids import MAPPED, SAFE, clean_ids
from grader.intake.model import Ungradable
from grader.limits import Limits
from grader.marking.marks import NOT_HANDED_IN, question_answers
from grader.release import released_notebook
from grader.results import Graded, Result

TIMESTAMP = "timestamp.txt"
# The secret of a hand-in through nbgrader's exchange, by which the student finds the feedback.
SECRET = "submission_secret.txt"
NOTE = "**This submission could not be graded.** {reason}\n\nBelow is the notebook as it was released."


def save(lab: Lab, student: str, graded: Mapping[str, Graded], timestamp: datetime.datetime | None) -> None:
    """Write every notebook of the lab, each whole or not at all, and the hand-in's time and secret."""
    folder = folder_of(lab.course, student, lab.name)
    folder.mkdir(parents=True, exist_ok=True)
    for notebook in lab.notebooks:
        content = as_notebook(notebook, graded.get(notebook.name))
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
        _replace(folder / f"{notebook.name}.ipynb", text.encode("utf-8", "backslashreplace") + b"\n")
    if timestamp is not None:
        _replace(folder / TIMESTAMP, stamp(timestamp).encode())
    (folder / SECRET).unlink(missing_ok=True)
    submitted = lab.course.root / "submitted"
    if secret := read_secret(submitted / _folder_name(submitted, student) / lab.name, submitted):
        _replace(folder / SECRET, secret)


def complete(lab: Lab, student: str) -> bool:
    """Whether every notebook of the lab is there."""
    folder = folder_of(lab.course, student, lab.name)
    return all((folder / f"{notebook.name}.ipynb").is_file() for notebook in lab.notebooks)


def as_notebook(notebook: Notebook, graded: Graded | None) -> dict[str, Any]:
    """The executed notebook with the result in its metadata; the released one with a note where there is none."""
    if graded is None:
        graded = Graded(Result(notebook.lab.name, notebook.name, "graded", NOT_HANDED_IN), None)
    if graded.notebook is not None:
        content = copy.copy(graded.notebook)
    else:
        content = released_notebook(notebook.source, str(notebook.path))
        note = {"cell_type": "markdown", "id": "could-not-be-graded", "metadata": {}}
        note["source"] = NOTE.format(reason=graded.result.reason or NOT_HANDED_IN)
        content["cells"].insert(0, note)
    content["metadata"] = {**content["metadata"], "grader": graded.result.to_dict()}
    return dict(content)


def answers(course: Course, student: str, lab: str) -> dict[str, str]:
    """The answers to questions as they were graded before, by the question's name."""
    found: dict[str, str] = {}
    for path in folder_of(course, student, lab).glob("*.ipynb"):
        try:
            content = json.loads(path.read_bytes())
            found |= question_answers(Graded(Result(lab, path.stem, "graded"), content))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # a damaged file answers nothing, so that a person looks again
    return found


def hand_in_time(course: Course, student: str, lab: str) -> datetime.datetime | None:
    """The time of hand-in (UTC, naive) that the submission's timestamp.txt tells, if it tells one."""
    submitted = course.root / "submitted"
    return read_time(submitted / _folder_name(submitted, student) / lab, submitted)


def _folder_name(submitted: Path, student: str) -> str:
    """The name of the student's folder, which may be no clean id."""
    if not MAPPED.search(student):
        return student
    names = [path.name for path in submitted.glob("[!.]*") if path.is_dir()]
    return next((raw for raw, clean in clean_ids(names).items() if clean == student), student)


def read_time(folder: Path, below: Path) -> datetime.datetime | None:
    """The time in a folder's timestamp.txt; None when there is no such file, or no time in it."""
    try:
        raw = read_submission(folder / TIMESTAMP, Limits(submission_bytes=1000), below)
        return parse_utc(raw.decode().strip())
    except (Ungradable, ValueError, OverflowError):
        return None


def read_secret(folder: Path, below: Path) -> bytes | None:
    """The secret of a hand-in through nbgrader's exchange; None when there is no such file, or something else in it."""
    try:
        raw = read_submission(folder / SECRET, Limits(submission_bytes=1000), below)
    except Ungradable:
        return None
    return raw if re.fullmatch(rb"[0-9a-f]{128}", raw) else None


def stamp(timestamp: datetime.datetime) -> str:
    """A time as nbgrader writes it."""
    return timestamp.strftime("%Y-%m-%d %H:%M:%S.%f UTC")


def folder_of(course: Course, student: str, lab: str) -> Path:
    """The submission's folder; raises ValueError for a student's id that is not on the white list."""
    if not SAFE.fullmatch(student):
        raise ValueError(f"{student!r} is no id of a student; use letters, digits, '.', '_' and '-'")
    return course.root / "autograded" / student / lab


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    os.replace(part, path)
