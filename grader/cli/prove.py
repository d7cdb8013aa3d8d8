"""`python -m grader prove [LAB ...]`: run the checks on the bank, print the table, say what does not hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.checks.gate import Proof, prove, table
from grader.course import Course, Notebook


def main(course: Course, labs: Sequence[str], notebook: str | None = None, write: bool = False) -> int:
    """The command; exit status 1 when a wrong answer is not caught by its name or a right one fails. With `write`
    the mechanical mutants and the tolerances are proved as well, and docs/checks.md is written when all holds.
    """
    books = list(_chosen(course, labs, notebook))
    rows: list[tuple[Notebook, Proof]] = [(book, proof) for book in books for proof in prove(book)]
    print(table([(f"{book.lab.name}/{book.name}", proof) for book, proof in rows]))
    problems = [f"{b.lab.name}/{b.name}, {p.exercise}: {text}" for b, p in rows for text in p.problems]
    if write and not problems:
        problems = _write(course, books, rows)
    for problem in problems:
        print(f"PROBLEM {problem}")
    return 1 if problems else 0


def _chosen(course: Course, labs: Sequence[str], notebook: str | None) -> Iterator[Notebook]:
    for lab in [course.lab(name) for name in labs] if labs else course.labs:
        for book in lab.notebooks:
            if book.checks.exists() and notebook in (None, book.name):
                yield book


def _write(course: Course, books: Sequence[Notebook], proofs: Sequence[tuple[Notebook, Proof]]) -> list[str]:
    """Prove the rest, and write the table unless something does not hold: then say what."""
    from grader.checks.margins import margins
    from grader.checks.record import make_row, write_rows
    from grader.checks.survivors import run_mutants

    rows, problems = [], []
    for book in books:
        tried = {t.exercise: t for t in run_mutants(book)}
        measured = margins(book)
        for proof in (p for b, p in proofs if b is book):
            of_exercise = [m for m in measured if m.exercise == proof.exercise]
            mine = tried[proof.exercise]
            rows.append(make_row(book, proof, mine, of_exercise))
            where = f"{book.lab.name}/{book.name}, {proof.exercise}"
            problems += [
                f"{where}: the mutant lives without a reason: {m.was} -> {m.becomes}" for m in mine.survivors
            ]
            problems += [f"{where}: a reason without a mutant that lives: {text}" for text in mine.stale]
            problems += [f"{where}, {m.check}: {text}" for m in of_exercise for text in m.problems]
    if not problems:
        print(write_rows(course, rows, books))
    return problems
