"""What the formgrader's own page would show of a student as it is: text cells become the feedback's safe markup.

nbgrader's template turns markdown into HTML without cleaning it, in a page that may do all that its teacher may.
"""

from __future__ import annotations

from collections.abc import Mapping

import jinja2
from jinja2.runtime import Context

from grader.markdown import render_markdown


@jinja2.pass_context
def markdown2html(context: Context, source: str) -> str:
    """Safe HTML of a text cell with the pictures pasted into it (see `c.HTMLExporter.filters`)."""
    cell = context.get("cell")
    attachments = cell.get("attachments") if isinstance(cell, Mapping) else None
    return render_markdown(source, attachments if isinstance(attachments, Mapping) else None)
