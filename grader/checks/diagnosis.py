"""A wrong formula has a name: answers that equal those of a known wrong answer are explained by it.

While the checks of an exercise run, every answer is kept as it crossed the boundary. The same checks run on
each wrong answer of the bank. One that fails the same checks with the same answers is the diagnosis.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.boundary.codec import CodecError, decode
from utils.compare import is_close

ENOUGH_VALUES = 3


@dataclass(frozen=True)
class Answer:
    """One answer of the student's side as it crossed the boundary."""

    call: str
    reply: dict[str, Any]
    buffers: list[Any]

    def error(self) -> str | None:
        """The class and text of an exception, without numbers; None for a value."""
        if "error" not in self.reply:
            return None
        return f"{self.reply.get('error')}: {re.sub(r'[0-9]+', '#', str(self.reply.get('text')))}"

    def values(self) -> Any:
        """The decoded value and the arguments afterwards; objects that stay are their class's name."""

        def name(node: dict[str, Any]) -> str:
            return f"<{node.get('cls')}>"

        try:
            value = decode(self.reply.get("value"), self.buffers, name)
            return (
                [value, decode(self.reply["after"], self.buffers, name)] if "after" in self.reply else [value]
            )
        except CodecError:
            return None


@dataclass
class Outcome:
    """What one check gave: the failure's three parts, its tag, and the answers seen on the way. `detail` is for
    the author of the check; `side` marks a side condition; `differences` are for a picture (see differences.py).
    """

    name: str
    key: str
    outcome: str
    message: str = ""
    misconception: str | None = None
    trace: list[Answer] = field(default_factory=list)
    ended: bool = False
    detail: str = ""
    side: bool = False
    differences: list[dict[str, Any]] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether the check ran and did not hold."""
        return self.outcome == "failed"


class Known:
    """A wrong answer of the bank; `run(key)` gives its outcome of one check, which is kept."""

    def __init__(self, tag: str, message: str, run: Callable[[str], Outcome]) -> None:
        self.tag, self.message, self._run = tag, message, run
        self._outcomes: dict[str, Outcome] = {}

    def outcome(self, key: str) -> Outcome:
        """What the check of that key says of this answer."""
        if key not in self._outcomes:
            self._outcomes[key] = self._run(key)
        return self._outcomes[key]


def name_failures(outcomes: Sequence[Outcome], known: Sequence[Known]) -> None:
    """Give the failed outcomes the tag and message of the known wrong answer that they equal.

    First one that explains all failed checks at once; otherwise, for a single check, one whose answers are
    the same and hold enough numbers for that to be no accident. A tag that a check gave itself stays, with the
    bank's message.
    """
    failed = [o for o in outcomes if o.failed]
    messages = {k.tag: k.message for k in known}
    for tagged in failed:
        if tagged.misconception in messages:
            tagged.message = messages[tagged.misconception]
    untagged = [o for o in failed if o.misconception is None]
    whole = next((k for k in known if explains(k, outcomes)), None) if untagged else None
    for outcome in untagged:
        fits = whole or next((k for k in known if _explains_one(k, outcome)), None)
        if fits is not None:
            outcome.misconception, outcome.message = fits.tag, fits.message


def settle(outcomes: Sequence[Outcome]) -> None:
    """Side conditions that hold count only when another check holds: doing nothing earns nothing."""
    if any(o.outcome == "passed" and not o.side for o in outcomes):
        return
    for outcome in outcomes:
        if outcome.outcome == "passed":
            outcome.outcome, outcome.message = "not_run", "This counts as soon as another check passes."


def explains(known: Known, outcomes: Sequence[Outcome]) -> bool:
    """Whether the known wrong answer fails exactly these checks, with the same answers in each.

    The failed checks come first: most known answers are told apart by the first of them.
    """
    compared = 0
    for outcome in sorted(outcomes, key=lambda o: not o.failed):
        other = known.outcome(outcome.key)
        if other.outcome != outcome.outcome:
            return False
        if outcome.failed:
            if outcome.misconception != other.misconception or not same_trace(outcome.trace, other.trace):
                return False
            compared += len(outcome.trace)
    return compared > 0


def _explains_one(known: Known, outcome: Outcome) -> bool:
    if _numbers(outcome.trace) < ENOUGH_VALUES:
        return False
    other = known.outcome(outcome.key)
    return other.failed and other.misconception is None and same_trace(outcome.trace, other.trace)


def same_trace(one: Sequence[Answer], two: Sequence[Answer]) -> bool:
    """Whether two traces hold the same calls with the same answers."""
    if len(one) != len(two):
        return False
    return all(a.call == b.call and same_answer(a, b) for a, b in zip(one, two, strict=True))


def same_answer(one: Answer, two: Answer) -> bool:
    """Whether two answers are equal: the same exception, or values that are close (nan equals nan)."""
    if one.error() is not None or two.error() is not None:
        return one.error() == two.error()
    try:
        return is_close(one.values(), two.values()) and is_close(two.values(), one.values())
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return False


def _numbers(trace: Sequence[Answer]) -> int:
    """How many different numbers the answers hold."""
    found: set[float] = set()

    def walk(value: Any, depth: int = 0) -> None:
        if depth > 40 or len(found) > 100:
            return
        if isinstance(value, list | tuple):
            for item in value:
                walk(item, depth + 1)
        elif isinstance(value, dict):
            for item in value.values():
                walk(item, depth + 1)
        elif hasattr(value, "detach"):
            walk(value.detach().to("cpu").double().numpy() if not value.is_complex() else None)
        elif isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
            found.update(float(x) for x in value.ravel()[:200])
        elif isinstance(value, float):
            found.add(value)

    for answer in trace:
        if answer.error() is None:
            walk(answer.values())
    return len(found - {0.0, 1.0})
