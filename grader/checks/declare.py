"""`@exercise` ties a class of hidden checks to an exercise of the notebook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grader.checks.rules import Rules


@dataclass(frozen=True)
class Declared:
    """What a class of checks says of its exercise: `uses` are the notebook's functions that are lent from the reference
    where the student's own are not right, so that a mistake in one of them is not lost twice.
    """

    name: str
    uses: tuple[str, ...] = ()
    rules: Rules | None = None


def exercise(name: str, *, uses: tuple[str, ...] = (), rules: Rules | None = None) -> Callable[[type], type]:
    """Mark a class of checks as those of the exercise `name`."""

    def mark(cls: type) -> type:
        cls.exercise = Declared(name, tuple(uses), rules)  # type: ignore[attr-defined]
        return cls

    return mark


def at_an_edge(check: Callable[..., None]) -> Callable[..., None]:
    """Mark a check whose inputs meet an edge exactly, such as the kink of a ReLU: inputs that are off by one rounding
    rightly give another answer.
    """
    check.at_an_edge = True  # type: ignore[attr-defined]
    return check


def side_condition(check: Callable[..., None]) -> Callable[..., None]:
    """Mark a check that doing nothing would pass, such as "the arguments stay as they are": it counts only when
    another check of the exercise passes.
    """
    check.side_condition = True  # type: ignore[attr-defined]
    return check
