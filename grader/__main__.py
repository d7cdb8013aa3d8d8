"""The instructor's commands: `python -m grader COMMAND --help` explains each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from grader.batch.progress import Audience
from grader.cli import commands
from grader.cli.teacher_commands import add_commands
from grader.course import Course, CourseError, course_root
from grader.errors import GraderError


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m grader", description="Release, grade and explain the course's labs."
    )
    top.add_argument(
        "--course", type=Path, help="the course's folder (default: found from the current folder)"
    )
    add = top.add_subparsers(dest="command", required=True, metavar="COMMAND").add_parser

    _grading(add)
    _with_labs(add("release", help="make the students' notebooks and zips in release/"), commands.release)
    _with_labs(add("feedback", help="write the students' pages to feedback/"), commands.feedback)
    report = _with_labs(add("report", help="write the teacher's pages to reports/"), commands.report)
    report.add_argument("--no-names", action="store_true", help="leave students' names out of the files")
    _with_labs(add("validate", help="run every notebook from top to bottom"), commands.validate)
    _proving(add)
    _desk(add)
    add_commands(add)
    return top


def _grading(add: Callable[..., argparse.ArgumentParser]) -> None:
    """The commands that give marks: one file, the class."""
    check = add("check", help="grade one notebook file, touch no gradebook")
    check.add_argument("notebook", type=Path)
    check.add_argument("--lab", help="the lab it belongs to (default: found from its path and name)")
    check.add_argument(
        "--json", metavar="FILE", help="write the result as JSON; - for stdout and nothing else"
    )
    _how(check, commands.check)

    grade = _with_labs(add("grade", help="grade what is in submitted/"), commands.grade)
    grade.add_argument("--student", action="append", metavar="S", help="only this student (may be repeated)")
    grade.add_argument("--workers", type=int, metavar="N", help="how many at once (default: one per core)")
    grade.add_argument(
        "--scheduler", metavar="ADDRESS", help="a running Dask scheduler instead of this machine"
    )
    grade.add_argument("--force", action="store_true", help="grade again what has not changed")
    grade.add_argument("--json", action="store_true", help="progress as JSON lines")
    _how(grade, commands.grade)


def _proving(add: Callable[..., argparse.ArgumentParser]) -> None:
    """The commands that try the checks themselves."""
    prove = _with_labs(
        add("prove", help="run the hidden checks on known wrong and right answers"), commands.prove
    )
    prove.add_argument("--notebook", help="only this notebook")
    prove.add_argument(
        "--write", action="store_true", help="prove mutants and tolerances too, and write docs/checks.md"
    )
    mutate = _with_labs(
        add("mutate", help="run the hidden checks on mechanical mutants of the solutions"), commands.mutate
    )
    margins = _with_labs(
        add("margins", help="tolerances of the checks between right and wrong answers"), commands.margins
    )
    author = _with_labs(add("author", help="say what the checks of each exercise lack"), commands.author)
    author.add_argument("--notebook", help="only this notebook")
    for command in (mutate, margins):
        command.add_argument("--notebook", help="only this notebook")
        command.add_argument("--exercise", metavar="E", help="only this exercise")


def _desk(add: Callable[..., argparse.ArgumentParser]) -> None:
    """The commands around files: uploads in, a new notebook, a notebook fit for git."""
    collect = add("collect", help="put uploaded files into submitted/")
    collect.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a folder, or a platform's zip")
    collect.add_argument("--lab", help="the lab they belong to (default: found from the files)")
    collect.add_argument(
        "--times", action="store_true", help="the files' own times are those of hand-in (for late days)"
    )
    collect.set_defaults(action=commands.collect)
    new = add("new", help="begin an exercise: solution, visible and hidden checks, known wrong answers")
    new.add_argument("lab", help="such as 8-statistics; made when it is new")
    new.add_argument("notebook", help="such as 1-mean; made when it is new")
    new.add_argument("exercise", nargs="?", help="the function to write (default: column_means)")
    new.set_defaults(action=commands.new)
    strip = add("strip", help="take outputs out of notebooks, but those that validate compares")
    strip.add_argument("notebooks", nargs="+", type=Path)
    strip.set_defaults(action=commands.strip)


def _with_labs(
    command: argparse.ArgumentParser, action: Callable[[Course, argparse.Namespace], int]
) -> argparse.ArgumentParser:
    command.add_argument("labs", nargs="*", metavar="LAB", help="default: all labs")
    command.set_defaults(action=action)
    return command


def _how(command: argparse.ArgumentParser, action: Callable[[Course, argparse.Namespace], int]) -> None:
    command.add_argument(
        "--device", default="auto", choices=["auto", "cpu", "cuda"], help="where torch checks run"
    )
    command.add_argument("--unsafe", action="store_true", help="run student code without any sandbox")
    command.set_defaults(action=action)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; a mistake in the course or on the machine, as a file that cannot be written, is one clear message and
    exit status 2.
    """
    options = parser().parse_args(arguments)
    try:
        course = Course(options.course or course_root())
        if not (course.root / "source").is_dir():
            raise CourseError(f"{course.root} is no course: it has no folder source/ with the labs")
        return options.action(course, options)
    except GraderError as error:
        print(f"grader: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        if isinstance(error, BrokenPipeError) and Audience(sys.stdout).is_gone():
            return 1  # who read the output has seen enough
        if error.filename is None:
            raise
        print(f"grader: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("grader: stopped; what was finished is kept", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
