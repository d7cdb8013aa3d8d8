"""Points as a platform's file has them: its maximum, its decimal sign."""

from __future__ import annotations

import re

from grader.export.scores import DIGITS, Score
from grader.export.worksheet import WorksheetError


def number(value: float, comma: bool = False) -> str:
    """Points without needless digits, 2.5 or with a decimal comma 2,5."""
    text = f"{value:.{DIGITS}f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if comma else text


def read_number(text: str) -> float | None:
    """A number with a decimal point or comma; None for anything else."""
    text = text.strip().replace(",", ".")
    return float(text) if re.fullmatch(r"\d+(\.\d*)?", text) else None


def has_comma(text: str) -> bool:
    """Whether the file writes decimal commas."""
    return re.fullmatch(r"\s*\d+,\d+\s*", text) is not None


def on_their_scale(score: Score, most: float | None, scale: bool, lab: str) -> float:
    """The points for a platform on which the lab has `most` points (None: it does not say).

    Raises WorksheetError where that is another maximum than the lab's and `scale` was not asked for.
    """
    if most is None or most == score.max_points:
        return score.points
    if not scale or not score.max_points:
        raise WorksheetError(
            f"the lab has {number(score.max_points)} points, the file's column {number(most)}; set the "
            f"platform's maximum to {number(score.max_points)}, or add --scale to convert the points of {lab}"
        )
    return score.points * most / score.max_points
