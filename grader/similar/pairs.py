"""Which two students share passages that few others wrote. No files and no pages here."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from grader.similar.passages import LENGTH, Passage, Statement

# A pair is shown from this much on, in statements that nobody else wrote, and if they are this share of what either
# student has of their own.
LEAST = 6.0
LEAST_SHARE = 0.4
COMMON = 6  # what more than one in six wrote (and more than SMALL students) is common and not counted
SMALL = 10
NOTHING = 0.1  # a weight that says nothing
PROSE = {"text": 2.0, "comment": 2.0}  # words in a row are alike by chance less often than code is
MARKED = 0.5  # share of a statement's passages that makes its lines marked

View = Literal["shape", "wording"]
VIEWS: tuple[View, ...] = ("shape", "wording")
Place = tuple[str, str]


@dataclass
class Answer:
    """What a student wrote in one place (notebook, exercise)."""

    source: str
    statements: list[Statement]


@dataclass
class Pair:
    """Two students and what they share: `evidence` in statements, `share` of the smaller work of its own."""

    students: tuple[str, str]
    view: View
    evidence: float
    share: float
    passages: set[Passage] = field(default_factory=set)


Class = Mapping[str, Mapping[Place, Answer]]


def similar_pairs(answers: Class, given: Iterable[Statement], least: float = LEAST) -> list[Pair]:
    """Pairs of students with at least `least` rare statements in common, the strongest first.

    `answers` by student and place; `given` are the statements that the course itself shows or knows: released text,
    reference and known answers, which count for nobody.
    """
    given = list(given)
    found: dict[tuple[str, str], Pair] = {}
    for view in VIEWS:
        known = _passages(given, view)
        own = {
            student: _passages((s for answer in places.values() for s in answer.statements), view) - known
            for student, places in answers.items()
        }
        for pair in _pairs(own, view, least):
            best = found.get(pair.students)
            if best is None or pair.evidence > best.evidence:
                found[pair.students] = pair
    return sorted(found.values(), key=lambda pair: (-pair.evidence * pair.share, pair.students))


def _passages(statements: Iterable[Statement], view: View) -> set[Passage]:
    return set[Passage]().union(*(getattr(statement, view) for statement in statements))


def _pairs(own: Mapping[str, set[Passage]], view: View, least: float) -> list[Pair]:
    holders: dict[Passage, list[str]] = {}
    for student in sorted(own):
        for passage in own[student]:
            holders.setdefault(passage, []).append(student)
    weights = {p: PROSE.get(p[0], 1.0) * weight(len(who), len(own)) for p, who in holders.items()}
    totals = {student: sum(weights[passage] for passage in own[student]) for student in own}
    shared: defaultdict[tuple[str, str], float] = defaultdict(float)
    most = max(SMALL, len(own) // COMMON)
    rare = {p: who for p, who in holders.items() if 2 <= len(who) <= most and weights[p] > NOTHING}
    for passage, who in rare.items():
        for pair in combinations(who, 2):
            shared[pair] += weights[passage]
    found = []
    for (one, other), value in shared.items():
        share = value / max(min(totals[one], totals[other]), 1e-9)
        if value / LENGTH >= least and share >= LEAST_SHARE:
            passages = own[one] & own[other] & rare.keys()
            evidence, share = round(value / LENGTH, 6), round(min(1.0, share), 6)
            found.append(Pair((one, other), view, evidence, share, passages))
    return found


def weight(holders: int, students: int) -> float:
    """How much a passage says that this many of the students wrote: 1 for two of them, 0 for all."""
    if students < 3 or holders < 3:
        return 1.0
    return max(0.0, math.log(students / (holders - 1)) / math.log(students))


def marked_lines(answer: Answer, pair: Pair) -> set[int]:
    """The lines of an answer whose statements are, for the most part, what the pair shares."""
    lines: set[int] = set()
    for statement in answer.statements:
        found: frozenset[Passage] = getattr(statement, pair.view)
        if found and len(found & pair.passages) >= MARKED * len(found):
            lines.update(range(statement.first, statement.last + 1))
    return lines
