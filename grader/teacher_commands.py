"""Commands around the marks: exports, changed checks, receipts, late days, similar answers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from grader.course import Course

FORMATS = ("exercises", "plain", "parquet", "moodle", "canvas", "gradescope")
VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")
Add = Callable[..., argparse.ArgumentParser]


def add_commands(add: Add) -> None:
    """Add the commands to the command line."""
    _export(add)
    late = add("late", help="bring the penalties for late days up to date and list them")
    late.set_defaults(action=settle_late)


def _export(add: Add) -> None:
    command = add("export", help="write the marks to exports/: CSV, Parquet, Moodle, Canvas, Gradescope")
    command.add_argument("labs", nargs="*", metavar="LAB", help="default: all labs")
    command.add_argument("--format", choices=FORMATS, default=FORMATS[0], help="default: %(default)s")
    command.add_argument(
        "--worksheet", type=Path, metavar="FILE", help="Moodle's grading worksheet, or Canvas' gradebook"
    )
    command.add_argument("--column", metavar="NAME", help="the worksheet's column to fill in")
    command.add_argument("--scale", action="store_true", help="convert points to the worksheet's maximum")
    command.add_argument(
        "--visibility", choices=VISIBILITIES, default="visible", help="of exercises in Gradescope"
    )
    command.add_argument(
        "--check-visibility", choices=VISIBILITIES, default="after_published", help="of their checks"
    )
    command.set_defaults(action=export)


def export(course: Course, options: argparse.Namespace) -> int:
    """Write the marks in one format."""
    from grader.export import Options, write_exports

    told = Options(
        options.worksheet, options.column, options.scale, options.visibility, options.check_visibility
    )
    done = write_exports(course, options.labs, options.format, told)
    tell(done.notes)
    print("\n".join(map(str, done.paths)) or "nothing was graded yet, so nothing was written")
    return 0


def tell(notes: Iterable[str]) -> None:
    """Notes go to stderr, so that the output can be used by another program."""
    from grader.progress import printable

    for note in notes:
        print(f"grader: {printable(note)}", file=sys.stderr)


def settle_late(course: Course, options: argparse.Namespace) -> int:
    """Bring the penalties up to date and say what each late lab costs."""
    from grader.late import settle

    found = settle(course, always=True)
    for (student, lab), words in found.items():
        print(f"{student} {lab}: {words}")
    if not found:
        print("nobody is late, or c.LateDays in nbgrader_config.py charges nothing for it")
    return 0


def settle_if_charged(course: Course) -> None:
    """Bring the penalties up to date where the configuration charges for late days; costs nothing otherwise."""
    from grader.nbgrader_run import CONFIG, configuration

    if (course.root / CONFIG).is_file() and configuration(course).LateDays.get("penalty_per_day"):
        from grader.late import settle

        settle(course)
