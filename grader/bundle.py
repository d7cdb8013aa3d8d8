"""The files that go with a lab's notebooks to students: utils, data, instructions, pins, and the zip."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from grader.course import Course, CourseError

STUDENT_PACKAGES = (
    "ipykernel",
    "ipython",
    "jupyterlab",
    "matplotlib",
    "mlxtend",
    "numpy",
    "pandas",
    "scikit-learn",
    "scipy",
    "seaborn",
    "torch",
)
NOT_SHIPPED = frozenset({"__pycache__", "cache", ".ipynb_checkpoints"})

README = """\
# {lab}

With Python 3.11 or newer, in this folder, on Linux and macOS:

    python3 -m venv .venv && .venv/bin/python -m pip install -r requirements.txt
    .venv/bin/jupyter lab

On Windows:

    py -m venv .venv; .venv\\Scripts\\python -m pip install -r requirements.txt
    .venv\\Scripts\\jupyter lab

The first line is needed once. Open the notebooks in the order of their numbers ({notebooks}), write
where it says "not written yet", and run the cells from top to bottom. A check below each exercise says
what it saw. Keep the names of the files, and hand in the notebooks.
"""


def shared_files(course: Course, lab: str) -> dict[str, bytes]:
    """Content of every file of a lab's folder beside the notebooks, by path relative to that folder."""
    names = ", ".join(f"`{notebook.name}.ipynb`" for notebook in course.lab(lab).notebooks)
    files = {
        "README.md": README.format(lab=lab, notebooks=names).encode(),
        "requirements.txt": student_requirements(course).encode(),
    }
    for folder in ("utils", "data"):
        for path in sorted((course.root / folder).rglob("*")):
            inside = path.relative_to(course.root)
            regular = path.is_file() and not path.is_symlink() and path.suffix != ".pyc"
            if regular and NOT_SHIPPED.isdisjoint(inside.parts):
                files[inside.as_posix()] = path.read_bytes()
    return files


def student_requirements(course: Course) -> str:
    """The course's pins of what students need; raises CourseError when one is missing."""
    path = course.root / "requirements.txt"
    pins = {}
    for line in path.read_text().splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)==", line):
            pins[match[1].lower()] = line.strip()
    missing = [name for name in STUDENT_PACKAGES if name not in pins]
    if missing:
        raise CourseError(f"{path}: students need {', '.join(missing)}; pin it there with ==")
    return "".join(f"{pins[name]}\n" for name in STUDENT_PACKAGES)


def zip_folder(folder: Path, to: Path) -> Path:
    """Pack a folder under its own name; the same content gives the same bytes."""
    part = to.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and NOT_SHIPPED.isdisjoint(path.relative_to(folder).parts):
                entry = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}")
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    part.replace(to)
    return to
