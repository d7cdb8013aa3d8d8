"""nbgrader's own machinery, run in this process with the course's nbgrader_config.py."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grader.course import Course, CourseError

CONFIG = "nbgrader_config.py"


def configuration(course: Course) -> Config:
    """What the course's nbgrader_config.py says; raises CourseError when there is none."""
    if not (course.root / CONFIG).is_file():
        raise CourseError(f"{course.root} has no {CONFIG}; run this in the course's folder")
    return PyFileConfigLoader(CONFIG, path=str(course.root)).load_config()


def gradebook_url(course: Course) -> str:
    """The gradebook that nbgrader_config.py names; where it names none, gradebook.db in the course's folder."""
    named = configuration(course).CourseDirectory.get("db_url") if (course.root / CONFIG).is_file() else None
    return str(named or f"sqlite:///{course.root / 'gradebook.db'}")


def generate_assignment(course: Course, lab: str) -> None:
    """Do what `nbgrader generate_assignment LAB --force` does; raises CourseError with nbgrader's words."""
    from nbgrader.converters import GenerateAssignment

    converter = GenerateAssignment(coursedir=course_directory(course, lab), config=configuration(course))
    converter.force = True
    with _captured(converter.log) as words:
        try:
            converter.start()
        except Exception as error:
            said = "\n".join(words) or str(error)
            raise CourseError(f"nbgrader could not release {lab}:\n{said}") from error


def course_directory(course: Course, lab: str = "") -> Any:
    """nbgrader's CourseDirectory of the course, for one lab when it is named."""
    from nbgrader.coursedir import CourseDirectory

    return CourseDirectory(config=configuration(course), root=str(course.root), assignment_id=lab)


@contextmanager
def _captured(log: logging.Logger) -> Iterator[list[str]]:
    """Collect what nbgrader reports as errors instead of showing it."""
    words: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            message = record.getMessage()
            if message.startswith("Traceback"):
                message = _last_words(message)
            words.append(message)

    handler, propagate = Collect(logging.ERROR), log.propagate
    log.addHandler(handler)
    log.propagate = False
    try:
        yield words
    finally:
        log.removeHandler(handler)
        log.propagate = propagate


def _last_words(traceback: str) -> str:
    """The exception's own message at the end of a printed traceback."""
    last = re.split(r"(?m)^(?=[A-Za-z_][\w.]*(?:Error|Exception|Warning)\b)", traceback)[-1]
    return last.strip()
