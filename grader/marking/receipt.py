"""Receipts: what exactly was graded, in one small file, and the marks made again from it.

A receipt names the submission's bytes by their hash and holds everything else that the marks depend on, or its hash.
Nothing in it is trusted: a check of a receipt grades the submission anew, in the sandbox, and compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from grader.course import Course, CourseError, Lab
from grader.errors import GraderError
from grader.intake import Ungradable, find_submissions, read_submission
from grader.keys import environment, lab_parts, submission_hash
from grader.limits import Limits
from grader.marking.autograded import folder_of
from grader.marking.manual import read_sheets
from grader.marking.sheets import Sheet
from grader.origin import origin_of
from grader.plugins.nbgrader_run import gradebook_url
from grader.reporting.feedback import read_graded, write_page
from grader.reporting.rows import handed_in
from grader.results import Graded, Result
from grader.sandbox import Mode, SandboxError

FORMAT = 1
SANDBOXES = frozenset(get_args(Mode)) - {"unsafe"}  # that a receipt may ask for


class ReceiptError(GraderError):
    """A receipt cannot be written or read; the message says why and what to do."""


@dataclass
class Verdict:
    """Whether a receipt's marks came out again; `differences` are marks, `notes` what else is not as it was."""

    title: str
    points: str
    differences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether every mark came out again."""
        return not self.differences

    def lines(self) -> list[str]:
        """The verdict as text."""
        head = f"{self.title}: {'agrees' if self.agrees else 'DIFFERS'}, {self.points}"
        return [head, *(f"  {line}" for line in [*self.differences, *self.notes])]


def write_receipts(
    course: Course, lab: str, students: Sequence[str] = (), notebook: str | None = None
) -> list[Path]:
    """Write receipts/<student>/<lab>/<notebook>.json of what was graded; gives the paths.

    Raises ReceiptError for a student without a graded submission.
    """
    known = course.lab(lab)
    if notebook is not None:
        known.notebook(notebook)
    sheets = read_sheets(gradebook_url(course), lab)
    folders = sorted(path.parent.name for path in (course.root / "autograded").glob(f"*/{lab}"))
    written = []
    for student in students or folders:
        for graded in read_graded(known, folder_of(course, student, lab)):
            name = graded.result.notebook
            if notebook in (None, name) and handed_in(graded.result):
                content = receipt(graded, student, sheets.get(student, {}).get(name, Sheet()))
                text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
                written.append(write_page(course.root / "receipts" / student / lab / f"{name}.json", text))
        if student not in {path.parents[1].name for path in written}:
            raise ReceiptError(f"nothing of {student} was graded in {lab}; `make grade LAB={lab}` grades it")
    return written


def receipt(graded: Graded, student: str, sheet: Sheet) -> dict[str, Any]:
    """The receipt of one graded notebook, as plain data."""
    result = graded.result
    by_hand = {name: grade.points for name, grade in sheet.grades.items() if grade.by_hand}
    extra = {name: grade.extra for name, grade in sheet.grades.items() if grade.extra}
    exercises = [
        {
            "name": e.name, "points": e.points, "max_points": e.max_points, "outcome": e.outcome,
            "checks": {check.name: check.outcome for check in e.checks},
        }
        for e in result.exercises
    ]  # fmt: skip
    return {
        "receipt": FORMAT,
        "student": student,
        "lab": result.lab,
        "notebook": result.notebook,
        **(origin_of(graded.notebook) or {"submission": None}),
        "status": result.status,
        "reason": result.reason,
        "repairs": result.repairs,
        "exercises": exercises,
        "by_hand": by_hand,
        "extra_credit": extra,
        "late_penalty": sheet.late,
    }


def read_receipt(path: Path) -> dict[str, Any]:
    """A receipt from a file; raises ReceiptError when it is none."""
    try:
        data = json.loads(path.read_bytes())
        if data["receipt"] != FORMAT:
            raise ReceiptError(f"{path} was written by another version; write it again")
        for key in ("student", "lab", "notebook", "status"):
            if not isinstance(data[key], str):
                raise TypeError(key)
        for exercise in data["exercises"]:
            dict(exercise["checks"]), exercise["name"], float(exercise["points"])
        Limits(**data.get("limits", {}))
    except OSError as error:
        raise ReceiptError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReceiptError(f"{path} is no receipt, or a damaged one ({error!r})") from error
    return dict(data)


def verify(
    course: Course, paths: Iterable[Path], submission: Path | None = None, mode: Mode | None = None
) -> Iterator[Verdict]:
    """Grade what each receipt names once more, within the same limits, and compare the marks.

    `submission` is the notebook file, by default the one in submitted/. The receipt's sandbox is used where it
    holds here, but never none on a receipt's word alone. Raises ReceiptError and CourseError.
    """
    receipts = [read_receipt(path) for path in paths]
    with _Again(course, mode) as again:
        for data in receipts:
            lab = course.lab(data["lab"])
            lab.notebook(data["notebook"])
            file, notes = submission or _submitted(course, lab, data), [*_changed(course, lab.name, data)]
            named = (data.get("submission") or {}).get("sha256")
            if named and named != _hash(file, Limits(**data["limits"])):
                words = f"{file} is not the file that was graded: its hash is another"
                yield Verdict(_title(data), _points(data), [words], notes)
            else:
                yield compare(data, again.grade(data, file, notes), notes)


class _Again:
    """Grades files as their receipts say; receipts of one lab under the same conditions share an engine."""

    def __init__(self, course: Course, mode: Mode | None) -> None:
        self.course, self.mode = course, mode
        self._engine: Any = None
        self._conditions: tuple[Any, ...] | None = None

    def __enter__(self) -> _Again:
        return self

    def __exit__(self, *details: object) -> None:
        if self._engine is not None:
            self._engine.close()
        self._engine = None

    def grade(self, data: dict[str, Any], file: Path, notes: list[str]) -> Result:
        """The file's result today; adds to the notes what is not as it was."""
        limits = Limits(**data.get("limits", {}))
        try:
            raw = read_submission(file, limits)
        except Ungradable as problem:
            return Result(data["lab"], data["notebook"], "ungradable", problem.reason)
        wanted = data.get("sandbox")
        engine = self._ready(data["lab"], limits, self.mode or (wanted if wanted in SANDBOXES else None))
        if wanted not in (None, engine.mode):
            notes.append(f"graded in the sandbox {wanted!r} then, in {engine.mode!r} now")
        return engine.grade(data["lab"], data["notebook"], raw).result

    def _ready(self, lab: str, limits: Limits, asked: Any) -> Any:
        """An engine for these conditions, in the strongest sandbox that holds here where the one asked for does not."""
        from grader.engine import Engine

        if self._conditions == (lab, limits, asked) and self._engine.alive():
            return self._engine
        self.__exit__()
        try:
            self._engine = Engine(self.course, [lab], limits, asked)
        except SandboxError:
            self._engine = Engine(self.course, [lab], limits, self.mode)
        self._conditions = (lab, limits, asked)
        self._engine.start()
        return self._engine


def compare(data: dict[str, Any], now: Result, notes: Sequence[str] = ()) -> Verdict:
    """The marks of a receipt beside those of today."""
    then = {exercise["name"]: exercise for exercise in data["exercises"]}
    today = {exercise.name: exercise for exercise in now.exercises}
    verdict = Verdict(_title(data), _points(data), [], list(notes))
    if data["status"] != now.status:
        verdict.differences.append(f"{data['status']} then, {now.status} now: {now.reason or 'no reason'}")
    for name in [*then, *(name for name in today if name not in then)]:
        points = float(then[name]["points"]) if name in then else 0.0
        other = today[name].points if name in today else 0.0
        if abs(points - other) > 1e-6:
            was = dict(then[name]["checks"]) if name in then else {}
            is_now = {check.name: check.outcome for check in today[name].checks} if name in today else {}
            moved = [n for n in [*was, *is_now] if was.get(n) != is_now.get(n)]
            shown = ", ".join(
                f"{n}: {was.get(n, 'absent')}, now {is_now.get(n, 'absent')}" for n in dict.fromkeys(moved)
            )
            verdict.differences.append(f"{name}: {points:g} points then, {other:g} now ({shown})")
    return verdict


def _title(data: dict[str, Any]) -> str:
    return f"{data['student']} {data['lab']}/{data['notebook']}"


def _points(data: dict[str, Any]) -> str:
    exercises = data["exercises"]
    total = sum(float(exercise["points"]) for exercise in exercises)
    return f"{total:g} points of {len(exercises)} exercises in the receipt"


def _hash(file: Path, limits: Limits) -> str | None:
    try:
        return submission_hash(read_submission(file, limits))
    except Ungradable:
        return None


def _changed(course: Course, lab: str, data: dict[str, Any]) -> Iterator[str]:
    """What judges is no longer what it was."""
    parts, known = lab_parts(course, lab), data.get("judged_by") or {}
    changed = [name for name in parts if name in known and parts[name] != known[name]]
    if changed:
        yield f"changed since then: {', '.join(changed)}"
    versions = data.get("environment") or []
    moved = [
        f"{was} then, {now} now"
        for was, now in zip(versions, environment().split("\n"), strict=False)
        if was != now
    ]
    if moved:
        yield f"other versions: {'; '.join(moved)}"
    if not known:
        yield "the receipt does not say what judged the file: nothing could be run then"


def _submitted(course: Course, lab: Lab, data: dict[str, Any]) -> Path:
    """The student's file in submitted/; raises CourseError when there is none."""
    for found in find_submissions(course.root / "submitted", lab).submissions:
        if found.student == data["student"]:
            if data["notebook"] in found.files:
                return found.files[data["notebook"]]
            if data["status"] == "ungradable":
                return course.root / "submitted" / found.raw / lab.name / f"{data['notebook']}.ipynb"
    raise CourseError(
        f"{data['student']}'s {data['notebook']}.ipynb is not in submitted/; name the file with --submission"
    )
