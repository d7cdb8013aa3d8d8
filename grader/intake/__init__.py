"""Intake: from whatever was handed in to the instructor's notebook with the student's answers in it.

No student code runs here. `find_submissions` and `read_submission` touch files, `parse_notebook`
makes cells of bytes, `rebuild` puts the answers in their places, `take_in` does both.
"""

from __future__ import annotations

from nbformat import NotebookNode

from grader.intake.files import read_submission
from grader.intake.ids import clean_id, clean_ids
from grader.intake.listing import Listing, Submission, find_submissions
from grader.intake.model import Cell, Parsed, Rebuilt, Ungradable
from grader.intake.parse import parse_notebook
from grader.intake.rebuild import rebuild
from grader.limits import Limits

__all__ = [
    "Cell",
    "Listing",
    "Parsed",
    "Rebuilt",
    "Submission",
    "Ungradable",
    "clean_id",
    "clean_ids",
    "find_submissions",
    "parse_notebook",
    "read_submission",
    "rebuild",
    "take_in",
]


def take_in(raw: bytes, source: NotebookNode, released: NotebookNode, limits: Limits) -> Rebuilt:
    """The rebuilt notebook of a submitted file's bytes with all repairs. Raises Ungradable."""
    parsed = parse_notebook(raw, limits)
    rebuilt = rebuild(parsed.cells, source, released)
    rebuilt.repairs = parsed.repairs + rebuilt.repairs
    return rebuilt
