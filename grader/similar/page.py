"""The page of similar answers: pairs side by side, read from autograded/ and written to reports/."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.course import Course, Lab, Notebook, grade_id
from grader.release import released_notebook
from grader.reporting.feedback import write_page
from grader.reporting.outputs import text_of
from grader.reporting.pages import lab_title, render, title_of
from grader.similar.pairs import LEAST, SMALL, Answer, Class, Pair, Place, marked_lines, similar_pairs
from grader.similar.passages import Statement, statements

OWN = "cells added by the student"
MOST_PAIRS = 40
MOST_LINES = 400


@dataclass
class Side:
    """One student's answer in one place, line by line: the text, and whether the pair shares it."""

    student: str
    lines: list[tuple[str, bool]]


def write_similar(course: Course, labs: Sequence[str] = (), least: float = LEAST) -> list[tuple[Path, int]]:
    """Write reports/<lab>-similar.html of the labs (default: all that were graded); gives paths and counts of pairs."""
    written = []
    for lab in [course.lab(name) for name in labs] if labs else course.labs:
        answers = read_answers(lab)
        if answers or labs:
            pairs = similar_pairs(answers, given_statements(lab), least)
            page = render_similar(lab, answers, pairs)
            path = course.root / "reports" / f"{lab.name}-similar.html"
            written.append((write_page(path, page), len(pairs)))
    return written


def read_answers(lab: Lab) -> dict[str, dict[Place, Answer]]:
    """What students wrote, by student and place; what is as it was released is left out."""
    found: dict[str, dict[Place, Answer]] = {}
    for notebook in lab.notebooks:
        released = released_notebook(notebook.source, str(notebook.path)).cells
        texts = {grade_id(cell): cell.source for cell in released if grade_id(cell)}
        ids = {cell.get("id") for cell in released}
        for path in sorted((lab.course.root / "autograded").glob(f"*/{lab.name}/{notebook.name}.ipynb")):
            for place, source, is_code in _written(path, notebook, texts, ids):
                answer = Answer(source, statements(source, is_code))
                found.setdefault(path.parts[-3], {})[place] = answer
    return found


def _written(
    path: Path, notebook: Notebook, released: Mapping[str, str], ids: set[Any]
) -> list[tuple[Place, str, bool]]:
    """The answers in one graded notebook: place, text, and whether it is code."""
    try:
        cells = [(cell, text_of(cell["source"])) for cell in json.loads(path.read_bytes())["cells"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []  # a damaged record; the reports tell of it
    solutions = {exercise.solution for exercise in notebook.exercises}
    answers = [
        ((notebook.name, grade_id(cell)), source, cell["cell_type"] == "code")
        for cell, source in cells
        if grade_id(cell) in solutions and source.strip() != released.get(grade_id(cell), "").strip()
    ]
    own = [
        source
        for cell, source in cells
        if cell["cell_type"] == "code" and not grade_id(cell) and cell.get("id") not in ids and source.strip()
    ]
    return [*answers, *([((notebook.name, OWN), "\n\n".join(own), True)] if own else [])]


def given_statements(lab: Lab) -> list[Statement]:
    """What nobody has to copy from a neighbour: the course's text, the reference, the known right and wrong answers."""
    found: list[Statement] = []
    for notebook in lab.notebooks:
        released = released_notebook(notebook.source, str(notebook.path)).cells
        for cell in [*notebook.source.cells, *released]:
            found += statements(cell.source, cell.cell_type == "code")
        if notebook.bank.exists():
            found += statements(notebook.bank.read_text(encoding="utf-8"), is_code=True)
    return found


def render_similar(lab: Lab, answers: Class, pairs: Sequence[Pair]) -> str:
    """The page as HTML."""
    titles = {notebook.name: title_of(notebook) for notebook in lab.notebooks}
    return render(
        "similar.html.j2",
        title=f"{lab_title(lab)} – similar answers",
        heading=lab_title(lab),
        students=len(answers),
        small=SMALL,
        pairs=[(pair, _others(pair, pairs), _shown(lab, answers, pair)) for pair in pairs[:MOST_PAIRS]],
        count=len(pairs),
        titles=titles,
    )


def _others(pair: Pair, pairs: Sequence[Pair]) -> list[str]:
    """Students who are similar to one of the pair."""
    near = {s for other in pairs if set(other.students) & set(pair.students) for s in other.students}
    return sorted(near - set(pair.students))


def _shown(lab: Lab, answers: Class, pair: Pair) -> list[tuple[Place, list[Side]]]:
    """The places where both have marked lines or one of them has, in the lab's order."""
    shown = []
    for notebook in lab.notebooks:
        for name in [*(exercise.solution for exercise in notebook.exercises), OWN]:
            place = (notebook.name, name)
            sides = [_side(student, answers[student].get(place), pair) for student in pair.students]
            if any(same for side in sides for _, same in side.lines):
                shown.append((place, sides))
    return shown


def _side(student: str, answer: Answer | None, pair: Pair) -> Side:
    if answer is None:
        return Side(student, [])
    marked = marked_lines(answer, pair)
    lines = answer.source.split("\n")
    return Side(student, [(line, i in marked) for i, line in enumerate(lines[:MOST_LINES])])
