"""What students get: notebooks without answers, and a folder and a zip for each lab."""

from __future__ import annotations

import copy
import hashlib
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from grader.course import CARRIED, CHECK, Course, CourseError, grade_id, nbgrader_metadata
from grader.leaks import leaks
from grader.regions import MarkerError, markers_for, regions, stripped
from grader.settings import settings
from grader.strip import KEPT

LEFT_BEHIND = ("collapsed", "scrolled", "execution", "ExecuteTime")
ID_PATTERN = re.compile(r"[A-Za-z0-9_-]+")
CALLED = re.compile(r"""\bwith check\(\s*["']([^"']*)["']""")


def released_notebook(source: NotebookNode, name: str = "the notebook") -> NotebookNode:
    """The student's version of an instructor's notebook; the argument is not changed.

    Solutions and mark schemes give way to stubs, outputs go, cells that must stay are locked, and nbgrader's
    checksums are set. Raises CourseError with every fault found: notebook, cell, and cure.
    """
    released = copy.deepcopy(source)
    faults = _faulty_ids(source)
    for number, cell in enumerate(released.cells):
        faults += [f"cell {grade_id(cell) or number + 1}: {fault}" for fault in _release_cell(cell)]
    faults = faults or leaks(source, released)
    if faults:
        raise CourseError("\n".join(f"{name}, {fault}" for fault in faults))
    for key in ("celltoolbar", "widgets"):
        released.metadata.pop(key, None)
    return released


def release(course: Course, labs: Iterable[str] = ()) -> list[Path]:
    """Release the named labs (all of them when none is named); gives each lab's folder and zip, and at the end the
    zip of all labs that are released by now.
    """
    from grader.handout.bundle import zip_course

    places = settings(course)
    names = list(labs) or [lab.name for lab in course.labs]
    paths = [path for name in names for path in release_lab(course, name)]
    out = [lab.name for lab in course.labs if (course.root / "release" / lab.name).is_dir()]
    return [*paths, zip_course(course, places.name, out, course.root / "release" / f"{places.name}.zip")]


def release_lab(course: Course, lab: str) -> list[Path]:
    """Run nbgrader's `generate_assignment` on a lab and pack the folder; gives folder and zip.

    Raises CourseError when a source notebook is faulty or nbgrader refuses.
    """
    from grader.handout.bundle import zip_folder
    from grader.plugins.nbgrader_run import generate_assignment

    for notebook in course.lab(lab).notebooks:
        released_notebook(notebook.source, str(notebook.path.relative_to(course.root)))
    generate_assignment(course, lab)
    folder = course.root / "release" / lab
    return [folder, zip_folder(folder, folder.with_name(f"{lab}.zip"))]


def checksum(cell: NotebookNode) -> str:
    """nbgrader's checksum of a cell, the same as `nbgrader.utils.compute_checksum` gives."""
    meta = nbgrader_metadata(cell)
    grade, solution = meta.get("grade", False), meta.get("solution", False)
    locked = not solution and (True if grade else meta.get("locked", False))
    parts = [cell.source, cell.cell_type, str(grade), str(solution), str(locked), meta["grade_id"]]
    if grade:
        parts.append(str(float(meta["points"])))
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def _release_cell(cell: NotebookNode) -> list[str]:
    """Change one cell into the student's; gives the faults found in it."""
    meta = nbgrader_metadata(cell)
    faults = _metadata_faults(cell)
    try:
        source = stripped(cell.source, cell.cell_type)
        if meta.get("solution") and not regions(cell.source, cell.cell_type):
            markers = markers_for(cell.cell_type)
            raise MarkerError(
                f"it is a solution cell without markers; put the answer between "
                f"'{markers.begin}' and '{markers.end}'"
            )
        if source != cell.source and not meta.get("solution"):
            raise MarkerError(
                "it has a marked region but is not a solution cell; give it nbgrader metadata "
                "with solution true and a grade_id, or take the markers out"
            )
        cell.source = source
    except MarkerError as error:
        faults.append(str(error))
    if not faults:
        _tidy(cell, meta)
    return faults


def _tidy(cell: NotebookNode, meta: dict[str, Any]) -> None:
    """Without outputs and traces of a run; locked and with its checksum where nbgrader does so."""
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
    for key in LEFT_BEHIND:
        cell.metadata.pop(key, None)
    tags = [
        tag for tag in cell.metadata.pop("tags", []) if tag != KEPT
    ]  # there is nothing left to compare with
    if tags:
        cell.metadata["tags"] = tags
    for name in list(cell.get("attachments", {})):
        if meta.get("solution") and f"attachment:{name}" not in cell.source:
            del cell.attachments[name]
    if not (meta.get("grade") or meta.get("solution") or meta.get("locked")):
        return
    cell.metadata["deletable"] = False
    if not meta.get("solution"):
        cell.metadata["editable"] = False
    meta["checksum"] = checksum(cell)
    meta["cell_type"] = cell.cell_type


def _metadata_faults(cell: NotebookNode) -> list[str]:
    """What is wrong with a cell's nbgrader metadata."""
    meta = nbgrader_metadata(cell)
    if not meta:
        return []
    faults = []
    missing = [key for key in ("grade", "solution", "locked", "schema_version") if key not in meta]
    if missing:
        faults.append(
            f"its nbgrader metadata lacks {', '.join(missing)}; copy a neighbouring cell's and change it"
        )
    if not ID_PATTERN.fullmatch(grade_id(cell)):
        faults.append("it has no grade_id of letters, digits, - and _; give it one that says what it is")
    points = meta.get("points")
    if meta.get("grade") and not _is_points(points):
        faults.append(
            "it is graded but has no points; add points to its nbgrader metadata, a number such as 1.0"
        )
    if cell.cell_type == "markdown" and bool(meta.get("grade")) != bool(meta.get("solution")):
        faults.append("a text cell is either a question (grade and solution true) or neither")
    return faults


def _is_points(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and value >= 0


def _faulty_ids(source: NotebookNode) -> list[str]:
    """Ids that appear twice, and solution cells and check cells that do not belong together."""
    names = [grade_id(cell) for cell in source.cells if grade_id(cell)]
    faults = [
        f"cell {name}: its grade_id appears {names.count(name)} times; rename all but one"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    for cell in source.cells:
        meta, name = nbgrader_metadata(cell), grade_id(cell)
        if meta.get("grade") and not meta.get("solution"):
            faults += [f"cell {name}: {fault}" for fault in _check_faults(name, cell.source, names)]
        elif _unpaid(cell) and CHECK + name not in names:
            faults.append(
                f"cell {name}: it holds an answer and nothing gives points for it; add a check cell {CHECK}{name} "
                f"(or name it {CARRIED} when it repeats answers of an earlier notebook)"
            )
    return faults


def _unpaid(cell: NotebookNode) -> bool:
    """Whether a cell holds an answer for which another cell gives the points."""
    name, answer = grade_id(cell), bool(nbgrader_metadata(cell).get("solution"))
    return cell.cell_type == "code" and answer and name != "" and not name.startswith(CARRIED)


def _check_faults(name: str, text: str, names: list[str]) -> list[str]:
    """What is wrong with a check cell of that name and text, `names` being those of the notebook in its order."""
    exercise = name.removeprefix(CHECK)
    if not name.startswith(CHECK) or exercise not in names:
        return [f"a check cell must be named {CHECK}<grade_id of a solution cell>"]
    if names.index(exercise) > names.index(name):
        return [f"it stands before its solution cell {exercise}; put it behind"]
    if not re.sub(r"(?m)#.*$|\bpass\b", "", text).strip():
        return [f'it shows students nothing; call {exercise} in it, in a block `with check("{exercise}"):`']
    return [
        f'it says check("{other}"), which is another exercise; write check("{exercise}")'
        for other in CALLED.findall(text)
        if other != exercise
    ]
