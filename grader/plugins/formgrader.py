"""What the formgrader's own page shows of a student: text cells become the feedback's safe markup.

nbgrader's template turns markdown into HTML without cleaning it, in a page that may do all that its teacher may,
and asks another host for the program that sets formulas. templates/formgrade/ mends the rest of that page.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from jinja2.runtime import Context

from grader.course import Course, grade_id, nbgrader_metadata
from grader.errors import GraderError
from grader.regions import regions
from grader.reporting.markdown import render_markdown


@jinja2.pass_context
def markdown2html(context: Context, source: str) -> str:
    """Safe HTML of a text cell with the pictures pasted into it (see `c.HTMLExporter.filters`)."""
    cell = context.get("cell")
    attachments = cell.get("attachments") if isinstance(cell, Mapping) else None
    return render_markdown(source, attachments if isinstance(attachments, Mapping) else None)


@jinja2.pass_context
def mark_scheme(context: Context, cell: Mapping[str, Any]) -> str:
    """Safe HTML of the mark scheme that the instructor's notebook has for a question; empty for other cells.

    The page tells the lab and the notebook; the course is where the page's autograded/ lies.
    """
    meta, resources = nbgrader_metadata(cell), context["resources"]
    if not (meta.get("grade") and meta.get("solution")):
        return ""
    try:
        course = Course(Path(resources["metadata"]["path"]).absolute().parents[2])
        notebook = course.lab(resources["assignment_id"]).notebook(resources["notebook_id"])
        source = next((c.source for c in notebook.source.cells if grade_id(c) == grade_id(cell)), "")
        return render_markdown(scheme_of(source)) if scheme_of(source) else ""
    except (GraderError, KeyError, IndexError, ValueError) as error:
        logging.getLogger(__name__).warning("no mark scheme for %s: %s", grade_id(cell), error)
        return ""


def scheme_of(source: str) -> str:
    """What stands between the markers of a question's cell; raises MarkerError."""
    lines = source.split("\n")
    return "\n\n".join("\n".join(lines[begin + 1 : end]) for begin, end in regions(source, "markdown"))
