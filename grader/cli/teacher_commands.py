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
    _regrade(add)
    _receipts(add)
    similar = add("similar", help="write pages of similar answers to reports/, pairs side by side")
    similar.add_argument("labs", nargs="*", metavar="LAB", help="default: all labs")
    similar.add_argument(
        "--least", type=float, metavar="N", help="show pairs with this many rare statements in common (6)"
    )
    similar.set_defaults(action=similar_answers)
    late = add("late", help="bring the penalties for late days up to date and list them")
    late.set_defaults(action=settle_late)


def _regrade(add: Add) -> None:
    command = add("regrade", help="grade with changed checks: show whose mark changes, then apply it")
    command.add_argument("labs", nargs="*", metavar="LAB", help="default: all labs")
    command.add_argument("--dry-run", action="store_true", help="show only, change no mark")
    command.add_argument(
        "--student", action="append", metavar="S", help="only this student (may be repeated)"
    )
    command.add_argument("--force", action="store_true", help="grade again also what has not changed")
    command.add_argument("--workers", type=int, metavar="N", help="how many at once (default: one per core)")
    command.add_argument("--scheduler", metavar="ADDRESS", help="a running Dask scheduler")
    command.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    command.add_argument("--json", action="store_true", help="the changes as one JSON object on stdout")
    command.set_defaults(action=regrade)


def _receipts(add: Add) -> None:
    command = add(
        "receipt", help="write what exactly was graded to receipts/, a small file for each notebook"
    )
    command.add_argument("lab", metavar="LAB")
    command.add_argument("student", nargs="*", metavar="STUDENT", help="default: everybody")
    command.add_argument("--notebook", metavar="N", help="only this notebook")
    command.set_defaults(action=receipt)
    command = add("verify", help="make the marks of receipts again and say whether they agree")
    command.add_argument("receipts", nargs="+", type=Path, metavar="RECEIPT")
    command.add_argument(
        "--submission", type=Path, metavar="FILE", help="the notebook (default: in submitted/)"
    )
    command.add_argument("--unsafe", action="store_true", help="run student code without any sandbox")
    command.set_defaults(action=verify)


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
    from grader.batch.progress import printable

    for note in notes:
        print(f"grader: {printable(note)}", file=sys.stderr)


def regrade(course: Course, options: argparse.Namespace) -> int:
    """Show whose mark changes, and apply it unless it is a dry run."""
    from grader.batch.progress import make_progress, printable
    from grader.cli.regrade import regrade as run

    done = run(
        course,
        options.labs,
        options.student,
        apply=not options.dry_run,
        force=options.force,
        device=options.device,
        workers=options.workers,
        scheduler=options.scheduler,
        progress=make_progress(),
    )
    print(done.to_json() if options.json else "\n".join(map(printable, done.lines())))
    if done.trial and done.trial.stopped:
        tell(["stopped: the list is not complete and nothing was changed; what was graded is kept"])
        return 130
    if done.applied is None:
        tell(["nothing was changed; the same command without --dry-run applies it"])
        return 0
    from grader.marking.late_policy import settle_if_charged

    settle_if_charged(course, times=True)
    tell([f"applied: the marks of {done.applied.landed} submissions were written"])
    return done.applied.exit_status


def receipt(course: Course, options: argparse.Namespace) -> int:
    """Write receipts and print their paths."""
    from grader.marking.receipt import write_receipts

    for path in write_receipts(course, options.lab, options.student, options.notebook):
        print(path)
    return 0


def verify(course: Course, options: argparse.Namespace) -> int:
    """Make the marks again; 0 when all agree, 1 when not."""
    from grader.batch.progress import printable
    from grader.marking.receipt import verify as run

    agree = True
    for verdict in run(course, options.receipts, options.submission, "unsafe" if options.unsafe else None):
        agree &= verdict.agrees
        print("\n".join(map(printable, verdict.lines())), flush=True)
    return 0 if agree else 1


def similar_answers(course: Course, options: argparse.Namespace) -> int:
    """Write the pages of similar answers."""
    from grader.similar import LEAST, write_similar

    least = LEAST if options.least is None else options.least
    for path, count in write_similar(course, options.labs, least):
        print(path)
        tell([f"{path.name}: {count} pair{'' if count == 1 else 's'} to look at; nobody is accused by it"])
    return 0


def settle_late(course: Course, options: argparse.Namespace) -> int:
    """Bring the penalties up to date and say what each late lab costs."""
    from grader.marking.late import settle

    found = settle(course, always=True, times=True)
    for (student, lab), words in found.items():
        print(f"{student} {lab}: {words}")
    if not found:
        print("nobody is late, or c.LateDays in nbgrader_config.py charges nothing for it")
    return 0
