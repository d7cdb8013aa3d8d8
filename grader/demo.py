"""`make demo`: the main job on an example class, in a folder of its own that can be deleted at any time."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.batch.fleet import ClassOutcome, grade_class
from grader.batch.progress import make_progress, plural
from grader.batch.store import Held
from grader.course import Course, course_root
from grader.errors import GraderError
from grader.limits import Limits
from grader.reporting.table import class_table

LABS = ["3-backprop"]
# The notebooks that the example class of a lab has reached; without an entry it is all of them.
REACHED = {"3-backprop": ("1-by-hand", "2-autograd")}
SHARED = ("utils", "data", "nbgrader_config.py", "requirements.txt", "course.toml")
# Loops without end are part of the class: each costs this long, not the time that a real class is given.
LIMITS = Limits(cell_seconds=3.0)


def main(labs: list[str]) -> int:
    """Release, hand in, grade, explain; 0 when all of it worked."""
    began = time.monotonic()
    home = Course(course_root())
    labs = labs or LABS
    with stage("Set up a course of its own in demo/"):
        course = make_course(home, home.root / "demo", labs)
    with stage("Release the notebooks to students"):
        from grader.release import release

        release(course, labs)
    with stage("Let the example class hand in"):
        students = {lab: hand_in(home, course, lab) for lab in labs}
    print(f"Grade {plural(sum(map(len, students.values())), 'submission')}", flush=True)
    outcome = grade_class(course, labs, limits=LIMITS, progress=make_progress(stream=sys.stdout))
    with stage("Write feedback pages and the class report"):
        from grader.reporting.feedback import write_feedback
        from grader.reporting.report import write_report

        pages = [page for lab in labs for page in write_feedback(course, lab)]
        reports = write_report(course, labs)
    show(course, labs, outcome)
    show_paths(course, pages, reports)
    print(f"\nAll of it took {time.monotonic() - began:.0f} seconds.")
    return 0 if expected(outcome) else 1


def make_course(home: Course, root: Path, labs: list[str]) -> Course:
    """A fresh copy of the course in a folder, with what the class has reached of these labs."""
    names = [*SHARED, *(f"{folder}/{home.lab(lab).name}" for folder in ("source", "tests") for lab in labs)]
    if root.exists():
        shutil.rmtree(root)
    for name in names:
        source, target = home.root / name, root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "cache"))
        elif source.exists():
            shutil.copy(source, target)
    course = Course(root)
    for lab in labs:
        for notebook in course.lab(lab).notebooks:
            if notebook.name not in REACHED.get(lab, (notebook.name,)):
                notebook.path.unlink()
    return Course(root)


def hand_in(home: Course, course: Course, lab: str) -> list[str]:
    """Have the example class of examples/build_class.py hand in; gives the students."""
    path = home.root / "examples" / "build_class.py"
    spec = importlib.util.spec_from_file_location("build_class", path)
    if spec is None or spec.loader is None:
        raise GraderError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.build_class(course.lab(lab), course.root / "submitted")


def show(course: Course, labs: list[str], outcome: ClassOutcome) -> None:
    """Print the table of each lab, and where the time went."""
    for lab in labs:
        results: Iterator[Held] = (held for held in outcome.results() if held.lab == lab)
        print(f"\n{lab}\n{class_table(course.lab(lab), results)}")
    spent = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in sorted(outcome.breakdown.items()))
    print(
        f"\n{plural(outcome.graded, 'notebook')} in {outcome.seconds:.1f} seconds. Seconds of work: {spent}"
    )


def show_paths(course: Course, pages: list[Path], reports: list[Path]) -> None:
    """Say what to open."""
    print("\nOpen in a browser or an editor:")
    for title, path in (
        ("what students get", course.root / "release"),
        ("what they handed in", course.root / "submitted"),
        (
            "a student's feedback",
            next((p for p in pages if p.name == "index.html"), course.root / "feedback"),
        ),
        ("the class report", reports[0]),
        ("marks, for nbgrader's formgrader", course.root / "gradebook.db"),
    ):
        print(f"  {title:34}{path}")


def expected(outcome: ClassOutcome) -> bool:
    """Whether nothing but the submissions that are meant to be ungradable went wrong."""
    return not (outcome.not_landed or outcome.faults or outcome.stopped)


@contextmanager
def stage(title: str) -> Iterator[None]:
    """Say what is done and how long it took."""
    print(f"{title} ...", end=" ", flush=True)
    start = time.monotonic()
    yield
    print(f"{time.monotonic() - start:.1f} s", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except GraderError as error:
        sys.exit(f"grader: {error}")
