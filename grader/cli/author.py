"""`python -m grader author LAB`: what is missing in the checks of each exercise."""

from __future__ import annotations

from collections.abc import Sequence

from grader.checks.author import faults
from grader.course import Course


def main(course: Course, labs: Sequence[str], notebook: str | None = None) -> int:
    """The command; exit status 1 when something is missing."""
    missing = False
    for lab in [course.lab(name) for name in labs] if labs else course.labs:
        for book in lab.notebooks:
            if notebook not in (None, book.name):
                continue
            for exercise, texts in faults(book).items():
                print(f"{lab.name}/{book.name}, {exercise}: {'complete' if not texts else ''}".rstrip())
                for text in dict.fromkeys(texts):
                    print(f"    MISSING {text}")
                missing |= bool(texts)
    return 1 if missing else 0
