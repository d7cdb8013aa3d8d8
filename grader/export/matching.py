"""Whose row is it? A platform's rows and the gradebook's students, brought together without guessing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.export.scores import Score
from grader.intake.ids import clean_id

MOST_LISTED = 50


@dataclass
class Matches:
    """`found` gives the student's score by the row's number; the others are for a person to see."""

    found: dict[int, Score] = field(default_factory=dict)
    unknown_here: list[str] = field(default_factory=list)
    unknown_there: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)

    def notes(self, platform: str) -> list[str]:
        """What was left out and why, in words."""
        lists = {
            f"in the gradebook, but not in the file from {platform}": self.unknown_there,
            f"in the file from {platform}, but without a submission in the gradebook (left as they were)": (
                self.unknown_here
            ),
            "not filled in, because it is not clear who it is": self.unclear,
        }
        return [f"{words}: {listed(names)}" for words, names in lists.items() if names]


def match(rows: Mapping[int, tuple[str, Sequence[str]]], scores: Sequence[Score]) -> Matches:
    """Match rows, by number a name to show and the keys that tell who it is, with the gradebook's students.

    A key is a student's id or e-mail address, in any case. Where none fits, the part of an address before
    the @ may be an id. Keys that point to several students, and students of several rows, are left to a person.
    """
    by_key: dict[str, set[str]] = {}
    for score in scores:
        for key in (score.student, score.email):
            if key.strip():
                by_key.setdefault(key.strip().lower(), set()).add(score.student)
    of_student = {score.student: score for score in scores}
    matches, claimed = Matches(), Counter[str]()
    candidates = {number: _candidates(keys, by_key) for number, (_, keys) in rows.items()}
    for found in candidates.values():
        claimed.update(found)
    for number, found in candidates.items():
        shown = rows[number][0]
        if not found:
            matches.unknown_here.append(shown)
        elif len(found) > 1 or claimed[next(iter(found))] > 1:
            matches.unclear.append(f"{shown} (may be {', '.join(sorted(found))})")
        else:
            matches.found[number] = of_student[next(iter(found))]
    matches.unknown_there = [score.student for score in scores if not claimed[score.student]]
    return matches


def named(name: str, number: str) -> list[str]:
    """The ids that a person has when the platform's files were collected: by name, with its number where two are
    called the same.
    """
    name = name.strip()
    return [clean_id(name), clean_id(f"{name}_{number}")] if name else []


def listed(names: Sequence[str]) -> str:
    """Names in a line, not more than a person reads."""
    rest = len(names) - MOST_LISTED
    return "; ".join(names[:MOST_LISTED]) + (f"; and {rest} more" if rest > 0 else "")


def _candidates(keys: Iterable[str], by_key: Mapping[str, set[str]]) -> set[str]:
    known = [key.strip().lower() for key in keys if key.strip()]
    found = set[str]().union(*(by_key.get(key, set()) for key in known))
    if found:
        return found
    return set[str]().union(*(by_key.get(key.split("@")[0], set()) for key in known if "@" in key))
