"""The same reason in the words for whom it is meant: "hand it in again" for students, "ask the student" for teachers."""

from __future__ import annotations

import re

_ASKED = re.compile(r"Ask the student (?:to (?P<act>\w)|for (?=\w))")
_ORDER = re.compile(r"(?:;|\.) +(?P<act>(?:unpack|hand in|fetch|clear)\b)", re.IGNORECASE)


def for_student(text: str) -> str:
    """The text with requests to the student as such."""
    text = _ASKED.sub(lambda found: (found["act"] or "Hand in ").capitalize(), text)
    return text.replace("the student's version", "your version")


def for_teacher(text: str) -> str:
    """The text with the student's part as something to ask for."""
    return _ORDER.sub(lambda found: f". Ask the student to {found['act'].lower()}", text)
