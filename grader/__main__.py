"""The commands of the instructor: `python -m grader check | grade | release | feedback | report | export`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grader.course import Course, CourseError, course_root
from grader.limits import Limits
from grader.sandbox import SandboxError


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m grader", description=__doc__)
    top.add_argument(
        "--course", type=Path, help="the course's folder (default: found from the current folder)"
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="grade one notebook file, touch no gradebook")
    check.add_argument("notebook", type=Path)
    check.add_argument("--lab", help="the lab it belongs to (default: found from its path and name)")
    check.add_argument(
        "--json", metavar="FILE", help="write the result as JSON; - for stdout and nothing else"
    )
    _sandbox_options(check)

    prove = commands.add_parser("prove", help="run the hidden checks on the known wrong and right answers")
    prove.add_argument("labs", nargs="*", metavar="LAB")
    prove.add_argument("--notebook", help="only this notebook")
    return top


def _sandbox_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    command.add_argument("--unsafe", action="store_true", help="run student code without any sandbox")


def main(arguments: list[str] | None = None) -> int:
    """Run a command; a mistake in the course or on the machine is one clear line and exit status 2."""
    options = parser().parse_args(arguments)
    course = Course(options.course or course_root())
    mode = "unsafe" if getattr(options, "unsafe", False) else None
    try:
        if options.command == "check":
            from grader import check

            return check.main(course, options.notebook, options.lab, options.json, Limits(), mode)
        if options.command == "prove":
            from grader import prove

            return prove.main(course, options.labs, options.notebook)
    except (CourseError, SandboxError) as error:
        print(f"grader: {error}", file=sys.stderr)
        return 2
    raise AssertionError(options.command)


if __name__ == "__main__":
    sys.exit(main())
