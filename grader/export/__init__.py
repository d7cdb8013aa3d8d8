"""`python -m grader export [LAB ...]`: the marks of a lab as a table, or as a learning platform takes them.

The scores hold what a person gave by hand and what lateness takes off. `FORMATS` has a writer for each format.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.course import Course, Lab
from grader.errors import GraderError
from grader.export.canvas import write_canvas
from grader.export.gradescope import write_gradescope
from grader.export.moodle import write_moodle
from grader.export.options import Options, Written
from grader.export.scores import Score, read_scores
from grader.export.tables import neutral, write_exercises, write_parquet, write_plain
from grader.marking.gradebook import open_gradebook
from grader.marking.late import settle

__all__ = ["FORMATS", "Exports", "Options", "neutral", "write_exports"]

Writer = Callable[[Lab, Sequence[Score], Options], Written]
FORMATS: dict[str, Writer] = {
    "exercises": write_exercises,
    "plain": write_plain,
    "parquet": write_parquet,
    "moodle": write_moodle,
    "canvas": write_canvas,
    "gradescope": write_gradescope,
}
DEFAULT = "exercises"


@dataclass
class Exports:
    """The files that were written, and what a person should know before using them, a line each."""

    paths: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def write_exports(
    course: Course, labs: Sequence[str] = (), form: str = DEFAULT, options: Options | None = None
) -> Exports:
    """Write the labs (default: all that the gradebook knows) to exports/ in one of FORMATS.

    Raises GraderError when the gradebook or a worksheet cannot be used; then nothing of that lab is written.
    """
    options = options or Options()
    if options.worksheet is not None and len(labs) != 1:
        raise GraderError("a worksheet belongs to one lab; name the lab before --worksheet")
    done = Exports()
    settle(course)
    with open_gradebook(course) as gradebook:
        known = {assignment.name for assignment in gradebook.assignments}
        for lab in [course.lab(name) for name in labs] if labs else course.labs:
            if lab.name not in known:
                if labs:
                    done.notes.append(f"{lab.name}: nothing was graded yet, so nothing was written")
                continue
            scores = read_scores(gradebook, lab)
            written = FORMATS[form](lab, scores, options)
            done.paths += written.paths
            done.notes += [f"{lab.name}: {note}" for note in [*written.notes, *_waiting(scores)]]
    return done


def _waiting(scores: Sequence[Score]) -> list[str]:
    students = [score.student for score in scores if score.waiting]
    if not students:
        return []
    return [f"answers wait for manual grading, so these marks will still change: {', '.join(students)}"]
