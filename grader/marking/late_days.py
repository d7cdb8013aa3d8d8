"""Late days: how many, which are paid with grace days, which are charged. Plain arithmetic, no gradebook."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

DAY = 24 * 60 * 60


@dataclass(frozen=True)
class HandIn:
    """A student's submission of a lab: `order` puts labs in the order of their due dates."""

    lab: str
    order: str
    seconds_late: float


@dataclass(frozen=True)
class Lateness:
    """What a late submission costs, in days; `left` are the grace days that remain after it."""

    lab: str
    late: int
    grace: int
    left: int

    @property
    def charged(self) -> int:
        """Days for which points are taken off."""
        return self.late - self.grace


def days_late(seconds: float) -> int:
    """Every day that has begun counts."""
    return math.ceil(max(0.0, seconds) / DAY)


def lateness(hand_ins: Iterable[HandIn], grace_days: int) -> dict[str, Lateness]:
    """The late labs of one student. Grace days go to the labs in the order of their due dates, whatever the order
    in which they were handed in or graded.
    """
    found, left = {}, grace_days
    for hand_in in sorted(hand_ins, key=lambda one: (one.order, one.lab)):
        late = days_late(hand_in.seconds_late)
        if late:
            grace = min(late, left)
            left -= grace
            found[hand_in.lab] = Lateness(hand_in.lab, late, grace, left)
    return found


def in_words(found: Lateness, per_day: float, most: float, grace_days: int) -> str:
    """For the student: "3 days late. 2 are paid with grace days (0 of 2 left). 1 day costs 10 % of the points." """
    said = [f"{_days(found.late)} late."]
    if found.grace:
        are = "is" if found.grace == 1 else "are"
        said.append(f"{found.grace} {are} paid with grace days ({found.left} of {grace_days} left).")
    if found.charged and per_day:
        costs = "costs" if found.charged == 1 else "cost"
        said.append(
            f"{_days(found.charged)} {costs} {100 * min(most, found.charged * per_day):.4g} % of the points."
        )
    return " ".join(said)


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
