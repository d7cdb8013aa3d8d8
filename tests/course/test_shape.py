"""The notebooks have one shape, so that a student who knows one knows them all."""

import re

import pytest

from grader.course import Course, course_root, grade_id, nbgrader_metadata

COURSE = Course(course_root())
NOTEBOOKS = [notebook for lab in COURSE.labs for notebook in lab.notebooks]
ABOUT_THIRTY = 34
# Twelve short exercises of the source, two cells each: the names are the contract, so they stay apart.
LONGER = {"2-perceptron/2-network": 40}
each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: f"{n.lab.name}/{n.name}")


def texts(notebook):
    return [cell.source for cell in notebook.source.cells if cell.cell_type == "markdown"]


@each_notebook
def test_a_notebook_has_about_thirty_cells_goals_and_a_summary(notebook):
    most = LONGER.get(f"{notebook.lab.name}/{notebook.name}", ABOUT_THIRTY)
    assert len(notebook.source.cells) <= most
    first, *_, last = texts(notebook)
    assert first.startswith("# ")
    assert re.search(r"\*\*After this (lab|notebook) you can\*\*\n- ", first)
    assert last.startswith("## Summary\n\n- ")


@each_notebook
def test_headings_state_the_points_that_are_given_and_the_time_it_takes(notebook):
    headings = [
        line for text in texts(notebook) for line in text.splitlines() if line.startswith(("#", "**Question"))
    ]
    stated = [float(p) for line in headings for p in re.findall(r"([\d.]+) (?:bonus )?points?\b", line)]
    given = [
        float(nbgrader_metadata(cell)["points"])
        for cell in notebook.source.cells
        if nbgrader_metadata(cell).get("grade")
    ]
    assert sum(stated) == pytest.approx(sum(given))
    for line in headings:
        assert not re.search(r"[\d.]+ (bonus )?points?\b", line) or "minute" in line, line


@each_notebook
def test_an_exercise_has_a_docstring_and_a_visible_check_that_names_it(notebook):
    cells = {grade_id(cell): cell.source for cell in notebook.source.cells if grade_id(cell)}
    for name, source in cells.items():
        if f"check-{name}" in cells and name != "two_points":
            assert f'check("{name}")' in cells[f"check-{name}"]
            assert not source.startswith(("def ", "class ")) or '"""' in source


@each_notebook
def test_figures_have_labelled_axes(notebook):
    """A cell that draws with matplotlib itself names its axes, unless it shows images."""
    drawing = re.compile(r"\b(plt|ax|left|right)\.(plot|scatter|semilogy|semilogx|bar)\(")
    for cell in notebook.source.cells:
        if cell.cell_type == "code" and drawing.search(cell.source):
            assert "xlabel" in cell.source, cell.id
            assert "ylabel" in cell.source, cell.id


@each_notebook
def test_folded_help_opens_and_closes(notebook):
    for text in texts(notebook):
        for tag in ("details", "summary", "code"):
            assert len(re.findall(rf"<{tag}\b", text)) == len(re.findall(rf"</{tag}>", text)), text[:60]
        assert text.count("$") % 2 == 0, text[:60]
