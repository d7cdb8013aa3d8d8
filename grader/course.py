"""The course as its files tell it: labs, notebooks, exercises and their points."""

from __future__ import annotations

import functools
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from grader.errors import GraderError

QUESTION = "q-"
CHECK = "check-"
SETUP = "setup"
CARRIED = "carried-over"  # a solution cell that repeats answers of an earlier notebook and gives no points
# Names of labs and notebooks are safe in paths, in zips and in nbgrader's exchange.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class CourseError(GraderError):
    """The course's files are not as they must be; the message names the file and the cure."""


@dataclass(frozen=True)
class Exercise:
    """A graded exercise: `solution` and `check` are cell ids; a question has no check cell."""

    name: str
    points: float
    solution: str
    check: str | None
    bonus: bool = False

    @property
    def manual(self) -> bool:
        """Whether a person grades it."""
        return self.check is None

    @property
    def graded_cell(self) -> str:
        """The grade_id that carries the points in the gradebook."""
        return self.check or self.solution


class Notebook:
    """One notebook of a lab, read from the instructor's file."""

    def __init__(self, lab: Lab, path: Path) -> None:
        self.lab = lab
        self.path = path
        self.name = path.stem

    @functools.cached_property
    def source(self) -> nbformat.NotebookNode:
        """The instructor's notebook; treat it as read-only. Raises CourseError when it is none."""
        try:
            notebook = nbformat.read(self.path, as_version=4)
            if not isinstance(notebook.cells, list):
                raise ValueError("it has no cells")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            reason = str(error).strip().split("\n")[0][:200]
            raise CourseError(f"{self.path} is no notebook ({reason}); repair it, or take it away") from None
        return notebook

    @functools.cached_property
    def exercises(self) -> list[Exercise]:
        """Automatically checked exercises and questions, in the notebook's order."""
        found = []
        ids = {grade_id(cell) for cell in self.source.cells}
        for cell in self.source.cells:
            meta, name = nbgrader_metadata(cell), grade_id(cell)
            if not meta.get("grade"):
                continue
            if not isinstance(meta.get("points"), int | float):
                raise CourseError(f"{self.path}: cell {name} is graded but has no points")
            bonus = bool(cell.metadata.get("bonus"))
            if meta.get("solution"):
                found.append(Exercise(name, float(meta["points"]), name, None, bonus))
                continue
            solution = name.removeprefix(CHECK)
            if not name.startswith(CHECK) or solution not in ids:
                raise CourseError(
                    f"{self.path}: check cell {name} must be named check-<exercise> after a solution cell"
                )
            found.append(Exercise(solution, float(meta["points"]), solution, name, bonus))
        return found

    @property
    def checks(self) -> Path:
        """The pytest file with the hidden checks."""
        return self.lab.checks / f"test_{self.name.replace('-', '_')}.py"

    @property
    def bank(self) -> Path:
        """The file with the named wrong answers and the right variants."""
        return self.lab.checks / f"bank_{self.name.replace('-', '_')}.py"


class Lab:
    """One lab, nbgrader's assignment."""

    def __init__(self, course: Course, name: str) -> None:
        self.course = course
        self.name = name
        self.folder = course.root / "source" / name
        self.checks = course.root / "tests" / name

    @functools.cached_property
    def notebooks(self) -> list[Notebook]:
        """The lab's notebooks in order of their names; raises CourseError when a name would not travel."""
        paths = sorted(self.folder.glob("*.ipynb"))
        for what, name in [("lab", self.name), *(("notebook", path.stem) for path in paths)]:
            if not NAME.fullmatch(name):
                raise CourseError(
                    f"{self.folder}: {name!r} is no name for a {what}; rename it to letters, digits, '-', '_' and '.'"
                )
        return [Notebook(self, path) for path in paths]

    def notebook(self, name: str) -> Notebook:
        """The notebook of that name; raises CourseError with the known names."""
        for notebook in self.notebooks:
            if notebook.name == name:
                return notebook
        known = ", ".join(n.name for n in self.notebooks)
        raise CourseError(f"lab {self.name} has no notebook {name!r}; it has {known}")


class Course:
    """The repository as a course."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).resolve()

    @functools.cached_property
    def labs(self) -> list[Lab]:
        """Every folder of source/ that holds a notebook."""
        folders = sorted(p.parent for p in (self.root / "source").glob("*/*.ipynb"))
        return [Lab(self, folder.name) for folder in dict.fromkeys(folders)]

    def lab(self, name: str) -> Lab:
        """The lab of that name; raises CourseError with the known names."""
        for lab in self.labs:
            if lab.name == name:
                return lab
        known = f"the course has {', '.join(x.name for x in self.labs) or 'none'}"
        if name and (self.root / "source" / name).is_dir():
            raise CourseError(f"source/{name} holds no notebook; `python -m grader new` begins one; {known}")
        raise CourseError(f"there is no lab {name!r}; {known}")


def course_root() -> Path:
    """The folder of the course: COURSE_ROOT, else the nearest parent of the current folder with
    nbgrader_config.py, else the folder this package stands in.
    """
    if "COURSE_ROOT" in os.environ:
        return Path(os.environ["COURSE_ROOT"]).resolve()
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / "nbgrader_config.py").exists() and (folder / "source").is_dir():
            return folder
    return Path(__file__).resolve().parent.parent


def nbgrader_metadata(cell: Any) -> dict[str, Any]:
    """The cell's nbgrader metadata, empty when there is none."""
    meta = cell.get("metadata", {}).get("nbgrader")
    return meta if isinstance(meta, dict) else {}


def grade_id(cell: Any) -> str:
    """The cell's grade_id, empty when there is none."""
    name = nbgrader_metadata(cell).get("grade_id")
    return name if isinstance(name, str) else ""
