"""Teaching notes: what is known of a misconception, from the bank of wrong answers. For teachers only."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from grader.checks.bank import load_bank
from grader.clean import words
from grader.course import Lab
from grader.reporting.highlight import highlight


@dataclass(frozen=True)
class Note:
    """A wrong answer as the bank keeps it: the message's lines, and the code that makes the mistake."""

    anchor: str
    notebook: str
    exercise: str
    name: str
    seen: str
    looks: str
    where: str
    code: Markup


def notes(lab: Lab) -> dict[tuple[str, str, str], Note]:
    """The lab's notes by notebook, exercise and tag; raises CourseError for a bank that cannot be read."""
    found = {}
    for part, notebook in enumerate(lab.notebooks, 1):
        for place, entry in enumerate(load_bank(notebook.bank), 1):
            if entry.kind == "wrong":
                seen, looks, where = [*entry.message.split("\n", 2), "", ""][:3]
                found[notebook.name, entry.exercise, entry.tag] = Note(
                    f"note-{part}-{place}",
                    notebook.name,
                    entry.exercise,
                    words(entry.tag),
                    seen,
                    looks,
                    where,
                    Markup(highlight(entry.source)),
                )
    return found
