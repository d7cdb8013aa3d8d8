"""What the gradebook adds to a result: points and comments by hand, and what lateness costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ManualGrade:
    """The gradebook's word on an exercise or question; `points` is None where the checks decide.

    `waiting`: a person has to read the answer first. `by_hand`: a person gave the points.
    """

    points: float | None = None
    comment: str = ""
    extra: float = 0.0
    waiting: bool = False
    by_hand: bool = True


@dataclass
class Sheet:
    """One notebook of one student: grades by exercise or question, and points taken off for lateness, with the
    policy's words on it.
    """

    grades: dict[str, ManualGrade] = field(default_factory=dict)
    late: float = 0.0
    late_words: str = ""


Sheets = Mapping[str, Sheet]
