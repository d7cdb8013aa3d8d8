"""What each command of `python -m grader` does: its work is imported when it is called."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from grader.course import Course
from grader.limits import Limits


def check(course: Course, options: Namespace) -> int:
    """Grade one file; 0 when it could be graded, 1 when not."""
    from grader.cli.check import main

    mode = "unsafe" if options.unsafe else None
    return main(course, options.notebook, options.lab, options.json, Limits(), mode, options.device)


def grade(course: Course, options: Namespace) -> int:
    """Grade the class; 1 when a submission could not be graded."""
    from grader.batch.fleet import grade_class
    from grader.batch.progress import make_progress
    from grader.marking.late_policy import settle_if_charged

    outcome = grade_class(
        course,
        options.labs or None,
        options.student,
        workers=options.workers,
        scheduler=options.scheduler,
        device=options.device,
        force=options.force,
        progress=make_progress(as_json=options.json),
        mode="unsafe" if options.unsafe else None,
    )
    settle_if_charged(course, times=True)
    return outcome.exit_status


def release(course: Course, options: Namespace) -> int:
    """Make the students' notebooks and zips."""
    from grader.release import release

    return _written(release(course, options.labs))


def feedback(course: Course, options: Namespace) -> int:
    """Write the students' pages."""
    from grader.marking.late_policy import settle_if_charged
    from grader.reporting.feedback import write_feedback

    settle_if_charged(course)
    labs = options.labs or [lab.name for lab in course.labs]
    return _written([page for lab in labs for page in write_feedback(course, lab)])


def report(course: Course, options: Namespace) -> int:
    """Write the teacher's pages."""
    from grader.marking.late_policy import settle_if_charged
    from grader.reporting.report import write_report

    settle_if_charged(course)
    return _written(write_report(course, options.labs, names=not options.no_names))


def prove(course: Course, options: Namespace) -> int:
    """Run the checks on the bank; 1 when something does not hold."""
    from grader.cli.prove import main

    return main(course, options.labs, options.notebook, options.write)


def mutate(course: Course, options: Namespace) -> int:
    """Run the checks on mechanical mutants; 1 when one survives without a reason."""
    from grader.cli.mutate import main

    return main(course, options.labs, options.notebook, options.exercise)


def author(course: Course, options: Namespace) -> int:
    """Say what the checks lack; 1 when something is missing."""
    from grader.cli.author import main

    return main(course, options.labs, options.notebook)


def margins(course: Course, options: Namespace) -> int:
    """Measure the tolerances; 1 when a margin is thin."""
    from grader.cli.margins import main

    return main(course, options.labs, options.notebook, options.exercise)


def validate(course: Course, options: Namespace) -> int:
    """Run every notebook from top to bottom; 1 when a cell fails."""
    from grader.cli.validate import main

    return main(course, options.labs)


def collect(course: Course, options: Namespace) -> int:
    """Put uploaded files into submitted/; 1 when one could not be taken."""
    from grader.cli.collect import main

    return main(course, options.paths, options.lab, options.times)


def new(course: Course, options: Namespace) -> int:
    """Begin an exercise in a new or a known notebook."""
    from grader.cli.new import EXAMPLE, begin

    written = begin(course, options.lab, options.notebook, options.exercise or EXAMPLE)
    return _written([path.relative_to(course.root) for path in written])


def strip(course: Course, options: Namespace) -> int:
    """Take outputs out of notebooks; 1 when one was changed, as a hook of git wants it."""
    from grader.strip import main

    return main(options.notebooks)


def _written(paths: list[Path]) -> int:
    for path in paths:
        print(path)
    return 0
