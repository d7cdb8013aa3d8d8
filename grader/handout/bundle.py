"""The files that go with notebooks to students: utils, data, instructions, pins, scripts, and the zips."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

from grader.course import Course, CourseError
from grader.handout.manifest import manifest

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
SCRIPTS = Path(__file__).parent / "student"
START = ("start.py", "start.sh", "start.command", "start.bat")
RUNNABLE = (".sh", ".command")
START_ABOVE = "**Start** in the folder above; its README says how.\n"


def shared_files(course: Course, lab: str) -> dict[str, bytes]:
    """Content of every file of a lab's folder beside the notebooks, by path relative to that folder."""
    files = {
        "README.md": lab_readme(course, lab, words("START")).encode(),
        "lab.json": manifest(course.lab(lab)),
        "hand_in.py": script("hand_in.py"),
        **environment_files(course),
    }
    for folder in ("utils", "data"):
        for path in sorted((course.root / folder).rglob("*")):
            inside = path.relative_to(course.root)
            regular = path.is_file() and not path.is_symlink() and path.suffix != ".pyc"
            if regular and NOT_SHIPPED.isdisjoint(inside.parts):
                files[inside.as_posix()] = path.read_bytes()
    return files


def course_files(course: Course, name: str, labs: Iterable[str]) -> dict[str, bytes]:
    """The same for the folder that holds the labs' folders: instructions and what makes the environment."""
    readme = words("COURSE").format(
        name=name, start=words("START"), labs=", ".join(f"`{lab}`" for lab in labs)
    )
    return {"README.md": readme.encode(), **environment_files(course)}


def environment_files(course: Course) -> dict[str, bytes]:
    """What makes the environment and opens JupyterLab: the pins, and a script for each system."""
    return {"requirements.txt": student_requirements(course).encode()} | {
        name: script(name) for name in START
    }


def script(name: str) -> bytes:
    """A script as students get it; Windows' command shell wants its own line ends."""
    content = (SCRIPTS / name).read_bytes().replace(b"\r\n", b"\n")
    return content.replace(b"\n", b"\r\n") if name.endswith(".bat") else content


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
    return write_zip({f"{folder.name}/{name}": content for name, content in packed(folder).items()}, to)


def zip_course(course: Course, name: str, labs: Iterable[str], to: Path) -> Path:
    """Pack the released folders of the labs into one, with one environment for all of them."""
    labs = list(labs)
    files = {f"{name}/{path}": content for path, content in course_files(course, name, labs).items()}
    for lab in labs:
        for path, content in packed(course.root / "release" / lab).items():
            if path not in (*START, "requirements.txt", "README.md"):
                files[f"{name}/{lab}/{path}"] = content
        files[f"{name}/{lab}/README.md"] = lab_readme(course, lab, START_ABOVE).encode()
    return write_zip(files, to)


def packed(folder: Path) -> dict[str, bytes]:
    """Every file of a folder that students get, by its path relative to the folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and NOT_SHIPPED.isdisjoint(path.relative_to(folder).parts):
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def write_zip(files: dict[str, bytes], to: Path) -> Path:
    """Write a zip of these files, complete or not at all; scripts of Linux and macOS may be run."""
    part = to.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3  # the modes below are Unix's
            entry.external_attr = (0o755 if name.endswith(RUNNABLE) else 0o644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    part.replace(to)
    return to


def lab_readme(course: Course, lab: str, start: str) -> str:
    """The instructions of a lab, `start` being the way to begin."""
    names = [f"`{notebook.name}.ipynb`" for notebook in course.lab(lab).notebooks]
    many = f"The notebooks, in the order of their numbers: {', '.join(names)}."
    notebooks = many if len(names) > 1 else f"The notebook is {names[0]}."
    return words("LAB").format(lab=lab, start=start, notebooks=notebooks)


def words(name: str) -> str:
    """A text of the instructions."""
    return (SCRIPTS / f"{name}.md").read_text(encoding="utf-8").strip() + "\n"
