"""Who handed in what: the folder of submissions read as data, whatever lies in it."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from grader.course import Lab
from grader.intake.ids import clean_ids
from grader.intake.model import shown

MAX_ENTRIES = 5000
MAX_DEPTH = 3
MAX_EXTRA = 20
SHIPPED = {"README.md", "requirements.txt", "utils", "data", "timestamp.txt", "lab.json", "hand_in.py"}
SHIPPED |= {"start.py", "start.sh", "start.command", "start.bat"}
QUIET = SHIPPED | {"__pycache__", "__MACOSX", "Thumbs.db", "desktop.ini", "venv", "env"}
NOTEBOOK = re.compile(r"\.ipynb(\.(txt|json))?$|\.json$", re.IGNORECASE)
COPY = re.compile(
    r"^copy[ _-]*(\(?\d+\)?[ _-]*)?of[ _-]+|[ _-]*\(\d+\)$|[ _-]+copy[ _-]*\(?\d*\)?$|^~+|~+$", re.IGNORECASE
)


@dataclass
class Submission:
    """What one student handed in for a lab.

    `files` has a path for each notebook that was found, `notes` what had to be repaired to find it
    (by notebook), `missing` the reason for each one that was not, `extra` the names of other files.
    """

    raw: str
    student: str
    files: dict[str, Path] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    extra: list[str] = field(default_factory=list)


@dataclass
class Listing:
    """The submissions of a lab in order of clean ids, and what was seen that is none."""

    submissions: list[Submission]
    problems: list[str]


@dataclass(frozen=True)
class _Entry:
    """A file or folder as the listing sees it; `place` are the folders within the submission."""

    name: str
    path: Path
    folder: bool
    file: bool
    place: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Its path within the submission, fit for a message."""
        return shown("/".join((*self.place, self.name)), 80)


def find_submissions(submitted: Path, lab: Lab) -> Listing:
    """The submissions in `submitted`/<student>/<lab>; every oddity is told, none raises."""
    problems: list[str] = []
    folders: dict[str, _Entry] = {}
    for entry in _entries(submitted, problems):
        if entry.folder and not entry.name.startswith("."):
            folders[entry.name] = entry
        elif not entry.name.startswith(".") and entry.name not in QUIET:
            problems.append(
                f"{shown(entry.name)} in {submitted.name}/ is not a student's folder; it was left alone."
            )
    found = []
    for raw, student in clean_ids(folders).items():
        submission = _student(folders[raw].path, raw, student, lab, problems)
        if submission:
            found.append(submission)
    return Listing(sorted(found, key=lambda s: s.student), problems)


def _student(folder: Path, raw: str, student: str, lab: Lab, problems: list[str]) -> Submission | None:
    """One student's submission, None when there is none for this lab."""
    entries = _entries(folder, problems)
    chosen = [e for e in entries if e.name == lab.name] or [
        e for e in entries if _plain(e.name) == _plain(lab.name)
    ]
    if not chosen:
        if any(NOTEBOOK.search(e.name) for e in entries):
            problems.append(
                f"{student} has notebooks beside the lab folders; put them into {student}/{lab.name}/."
            )
        return None
    submission = Submission(raw, student)
    reason = ""
    if len(chosen) > 1:
        reason = f"There are several folders for this lab ({', '.join(e.shown for e in chosen[:5])}). Keep one of them."
    elif not chosen[0].folder:
        reason = f"{shown(chosen[0].name)} is a link or a file, not a folder. Put the submitted folder in its place."
    if reason:
        submission.missing = dict.fromkeys((notebook.name for notebook in lab.notebooks), reason)
    else:
        _collect(submission, chosen[0].path, [n.name for n in lab.notebooks])
    return submission


def _collect(submission: Submission, folder: Path, names: list[str]) -> None:
    """Finds a file for each notebook: by its name, by nearly its name, or as the only one left."""
    problems: list[str] = []
    entries = _walk(folder, problems)
    files = [e for e in entries if NOTEBOOK.search(e.name)]
    for fits in (_exact, _nearly, _contains):
        for name in names:
            if name not in submission.files and name not in submission.missing:
                _choose(submission, name, [e for e in _rest(submission, files, names) if fits(e, name)])
    left = [name for name in names if name not in submission.files and name not in submission.missing]
    rest = _rest(submission, files, names)
    for name in left:
        if len(left) == 1:
            _choose(submission, name, rest)
        elif rest:
            submission.missing[name] = _unclear(rest)
        if name not in submission.files and name not in submission.missing:
            submission.missing[name] = " ".join([f"There is no file {name}.ipynb.", *problems])
    used = set(submission.files.values())
    extra = sorted(e.shown for e in entries if e.path not in used and not _expected(e))
    more = [f"and {len(extra) - MAX_EXTRA} more"] if len(extra) > MAX_EXTRA else []
    submission.extra = extra[:MAX_EXTRA] + more


def _exact(entry: _Entry, name: str) -> bool:
    return entry.name == f"{name}.ipynb" and not entry.place and entry.file


def _nearly(entry: _Entry, name: str) -> bool:
    return _plain(_stem(entry.name)) == _plain(name)


def _contains(entry: _Entry, name: str) -> bool:
    return _plain(name) in _plain(_stem(entry.name))


def _rest(submission: Submission, files: list[_Entry], names: list[str]) -> list[_Entry]:
    """Notebook files that are neither taken nor copies of a notebook that was found."""
    used = set(submission.files.values())
    return [
        e
        for e in files
        if e.path not in used and not any(_nearly(e, n) for n in names if n in submission.files)
    ]


def _choose(submission: Submission, name: str, found: list[_Entry]) -> None:
    """Takes the one candidate; files go before links and the like, upper folders before inner ones."""
    found = [e for e in found if e.file] or found
    depth = min((len(e.place) for e in found), default=0)
    found = [e for e in found if len(e.place) == depth]
    if len(found) > 1:
        submission.missing[name] = _unclear(found)
    elif found:
        submission.files[name] = found[0].path
        if found[0].shown != f"{name}.ipynb":
            submission.notes[name] = [
                f"The notebook was handed in as {found[0].shown}; it was taken as {name}.ipynb."
            ]


def _unclear(entries: list[_Entry]) -> str:
    names = ", ".join(e.shown for e in entries[:5])
    return f"Several files could be this notebook ({names}). Keep one of them and name it as it was released."


def _expected(entry: _Entry) -> bool:
    """Whether the entry belongs to every submission: what was released beside the notebooks, and folders."""
    top = entry.place[0] if entry.place else entry.name
    return entry.folder or top in QUIET


def _plain(name: str) -> str:
    """A name without case, accents, kinds of hyphen and the marks that copying leaves."""
    name = unicodedata.normalize("NFKD", name[:255]).encode("ascii", "ignore").decode().strip()
    for _ in range(3):
        name = COPY.sub("", name)
    return re.sub(r"[\s_.-]+", "-", name).strip("-").casefold()


def _stem(name: str) -> str:
    return NOTEBOOK.sub("", name)


def _walk(folder: Path, problems: list[str], place: tuple[str, ...] = ()) -> list[_Entry]:
    """The entries of a submission and of its real folders; hidden ones are left out."""
    found = []
    for entry in _entries(folder, problems, place):
        if entry.name.startswith(".") or (entry.folder and entry.name in QUIET):
            continue
        found.append(entry)
        if entry.folder and len(place) < MAX_DEPTH and len(found) < MAX_ENTRIES:
            found += _walk(entry.path, problems, (*place, entry.name))
    return found[:MAX_ENTRIES]


def _entries(folder: Path, problems: list[str], place: tuple[str, ...] = ()) -> list[_Entry]:
    """What lies in a folder, in order of names; trouble is added to `problems`."""
    try:
        with os.scandir(folder) as items:
            entries = [_entry(item, place) for item in islice(items, MAX_ENTRIES)]
    except OSError as error:
        problems.append(f"The folder {shown(folder.name)} could not be read ({error.strerror}).")
        return []
    if len(entries) == MAX_ENTRIES:
        problems.append(
            f"The folder {shown(folder.name)} has more than {MAX_ENTRIES} entries; the rest was ignored."
        )
    return sorted(entries, key=lambda e: e.name)


def _entry(item: os.DirEntry[str], place: tuple[str, ...]) -> _Entry:
    folder, file = item.is_dir(follow_symlinks=False), item.is_file(follow_symlinks=False)
    return _Entry(item.name, Path(item.path), folder, file, place)
