"""What `course.toml` says of the course: its name, and where its released notebooks are published."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

from grader.course import Course, CourseError

FILE = "course.toml"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
ADDRESS = re.compile(r"https?://[^\s\"'<>()\\]+")


@dataclass(frozen=True)
class Settings:
    """`name` is that of the course's zip. The addresses are empty where nothing is published: a notebook is at
    `<notebooks>/<lab>/<notebook>.ipynb` to be opened in Colab, a lab's zip at `<files>/<lab>.zip` to be fetched.
    """

    name: str = "labs"
    notebooks: str = ""
    files: str = ""


def settings(course: Course) -> Settings:
    """The settings of a course; the defaults when it has no file. Raises CourseError with file and cure."""
    path = course.root / FILE
    if not path.exists():
        return Settings()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise CourseError(f"{path} cannot be read: {error}") from None
    _only(data, {"name", "colab"}, f"{path}")
    colab = data.get("colab", {})
    if not isinstance(colab, dict):
        raise CourseError(f"{path}: colab is a table: write [colab], and below it notebooks and files")
    _only(colab, {"notebooks", "files"}, f"{path}, [colab]")
    found = Settings(data.get("name", "labs"), colab.get("notebooks", ""), colab.get("files", ""))
    _demand(found, str(path))
    return found


def _only(table: dict[str, object], known: set[str], where: str) -> None:
    unknown = sorted(table.keys() - known)
    if unknown:
        raise CourseError(f"{where}: {', '.join(unknown)} is not known; it has {', '.join(sorted(known))}")


def _demand(found: Settings, where: str) -> None:
    """Raise CourseError unless the name fits a file and the addresses are addresses, both or none."""
    if not isinstance(found.name, str) or not NAME.fullmatch(found.name):
        raise CourseError(f"{where}: name becomes the name of a zip: letters, digits, '.', '_' and '-' only")
    for key in ("notebooks", "files"):
        value = getattr(found, key)
        if not isinstance(value, str) or (value and not ADDRESS.fullmatch(value)):
            raise CourseError(
                f"{where}: {key} under [colab] is an address that begins with https://, or empty"
            )
    if bool(found.notebooks) != bool(found.files):
        raise CourseError(f"{where}: [colab] needs both notebooks and files, or neither")
