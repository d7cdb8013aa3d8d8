"""Whether the course charges for late days, and what follows from it; costs nothing where it does not."""

from __future__ import annotations

from collections.abc import Mapping

from grader.course import Course
from grader.marking.sheets import Sheets
from grader.plugins.nbgrader_run import CONFIG, configuration


def charges(course: Course) -> bool:
    """Whether nbgrader_config.py says what a late day costs."""
    return (course.root / CONFIG).is_file() and bool(configuration(course).LateDays.get("penalty_per_day"))


def settle_if_charged(course: Course, times: bool = False) -> None:
    """Bring the penalties in the gradebook up to date; with `times` the times of hand-in, too."""
    if charges(course):
        from grader.marking.late import settle

        settle(course, times=times)


def late_shares(course: Course) -> dict[tuple[str, str], float] | None:
    """The share that lateness takes off each late lab, by (student, lab); None where nothing is charged."""
    if not charges(course):
        return None
    from grader.marking.late import shares

    return shares(course)


def explain(course: Course, sheets: Mapping[str, Mapping[str, Sheets]]) -> None:
    """Put into the sheets, by lab and student, what the policy says of a late lab in plain words."""
    if not charges(course):
        return
    from grader.marking.late import words

    for (student, lab), text in words(course).items():
        for sheet in sheets.get(lab, {}).get(student, {}).values():
            sheet.late_words = text
