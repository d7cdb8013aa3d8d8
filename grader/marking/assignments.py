"""The gradebook's copy of a lab: its notebooks, cells and points, kept as the source notebooks say."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry

from grader.course import Course, CourseError, Lab, grade_id, nbgrader_metadata
from grader.marking.gradebook_rows import GradebookError, database_errors
from grader.release import released_notebook


def ensure_assignment(gradebook: Gradebook, course: Course, lab: str) -> None:
    """Make the gradebook's lab what the source notebooks say, as `nbgrader generate_assignment` does.

    Costs a few reads when nothing changed. Raises GradebookError when cells or notebooks came or went after
    submissions had been graded, CourseError when a source notebook is faulty.
    """
    known = course.lab(lab)
    with database_errors(f"prepared for lab {lab}"):
        gradebook.update_or_create_assignment(lab)
        _forget_old_notebooks(gradebook, known)
        for notebook in known.notebooks:
            released = released_notebook(notebook.source, str(notebook.path.relative_to(course.root)))
            if _recorded(gradebook, lab, notebook.name) != _wanted(released):
                _save(gradebook, lab, notebook.name, released)


def _forget_old_notebooks(gradebook: Gradebook, lab: Lab) -> None:
    assignment = gradebook.find_assignment(lab.name)
    for old in {n.name for n in assignment.notebooks} - {n.name for n in lab.notebooks}:
        if assignment.submissions:
            raise GradebookError(
                f"notebook {old} of lab {lab.name} is gone, but submissions of the lab are in the gradebook; "
                "put it back, or start the lab under a new name"
            )
        gradebook.remove_notebook(old, lab.name)


def _recorded(gradebook: Gradebook, lab: str, notebook: str) -> dict[str, Any]:
    """What the gradebook knows of a notebook's cells, by grade_id."""
    try:
        found = gradebook.find_notebook(notebook, lab)
    except MissingEntry:
        return {}
    points = {cell.name: cell.max_score for cell in found.grade_cells}
    solutions = {cell.name for cell in found.solution_cells}
    return {
        cell.name: (cell.checksum, cell.cell_type, points.get(cell.name), cell.name in solutions)
        for cell in found.source_cells
    }


def _wanted(released: NotebookNode) -> dict[str, Any]:
    """The same of a released notebook."""
    cells = {}
    for cell in released.cells:
        meta = nbgrader_metadata(cell)
        if meta.get("grade") or meta.get("solution") or meta.get("locked"):
            points = float(meta["points"]) if meta.get("grade") else None
            cells[grade_id(cell)] = (meta["checksum"], cell.cell_type, points, bool(meta.get("solution")))
    return cells


def _save(gradebook: Gradebook, lab: str, notebook: str, released: NotebookNode) -> None:
    """Let nbgrader's own preprocessor record the cells."""
    from nbgrader.preprocessors import SaveCells

    url = gradebook.engine.url.render_as_string(hide_password=False)
    resources = {"nbgrader": {"notebook": notebook, "assignment": lab, "db_url": url}}
    gradebook.db.rollback()
    try:
        SaveCells().preprocess(released, resources)
    except RuntimeError as error:
        raise GradebookError(
            f"notebook {notebook} of lab {lab}: graded or locked cells were added, removed or renamed after "
            "submissions came into the gradebook, which nbgrader does not allow; undo that, or start the lab "
            "under a new name"
        ) from error
    except ValueError as error:
        raise CourseError(f"notebook {notebook} of lab {lab}: {error}") from error
    gradebook.db.expire_all()
