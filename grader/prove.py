"""`python -m grader prove [LAB ...]`: run the checks on the bank, print the table, say what does not hold."""

from __future__ import annotations

from collections.abc import Sequence

from grader.checks.gate import Proof, prove, table
from grader.course import Course


def main(course: Course, labs: Sequence[str], notebook: str | None = None) -> int:
    """The command; exit status 1 when a wrong answer is not caught by its name or a right one fails."""
    rows: list[tuple[str, Proof]] = []
    for lab in [course.lab(name) for name in labs] if labs else course.labs:
        for book in lab.notebooks:
            if book.checks.exists() and notebook in (None, book.name):
                rows += [(f"{lab.name}/{book.name}", proof) for proof in prove(book)]
    print(table(rows))
    problems = [f"{name}, {p.exercise}: {text}" for name, p in rows for text in p.problems]
    for problem in problems:
        print(f"PROBLEM {problem}")
    return 1 if problems else 0
