"""What a student's folder says of the lab itself: `lab.json`, by which a hand-in is checked without the grader."""

from __future__ import annotations

import json
from typing import Any

from nbformat import NotebookNode

from grader.course import Lab, grade_id, nbgrader_metadata
from grader.limits import Limits
from grader.release import released_notebook


def manifest(lab: Lab) -> bytes:
    """The released notebooks' cells and exercises as JSON; it holds nothing that the notebooks do not show."""
    books = {n.name: _book(released_notebook(n.source, str(n.path))) for n in lab.notebooks}
    content = {"lab": lab.name, "max_bytes": Limits().submission_bytes, "notebooks": books}
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _book(released: NotebookNode) -> dict[str, Any]:
    points = {
        grade_id(c).removeprefix("check-"): nbgrader_metadata(c).get("points", 0) for c in released.cells
    }
    exercises = [
        {
            "name": grade_id(cell),
            "points": points[grade_id(cell)],
            "stub": cell.source,
            "code": cell.cell_type == "code",
        }
        for cell in released.cells
        if nbgrader_metadata(cell).get("solution")
    ]
    cells = [[cell.get("id", ""), grade_id(cell), cell.source] for cell in released.cells]
    return {"cells": cells, "exercises": exercises}
