"""Where the time of grading a lab went, summed over its results: by stage of the work, and by check."""

from __future__ import annotations

from dataclasses import dataclass

from grader.batch.fleet import RESULTS
from grader.batch.store import Store
from grader.batch.workers import ONE_CHECK
from grader.course import Course

STAGES = {
    "read": "read the file",
    "intake": "intake",
    "start": "start of the sandboxes",
    "cluster": "way to a worker and back, and waiting there",
    "run": "run of the notebook",
    "check": "hidden checks",
    "again": "once more on the GPU",
    "mark": "marks into the gradebook",
    "write": "files in autograded/",
}


@dataclass(frozen=True)
class Spent:
    """Seconds of wall clock over `count` notebooks (marks and files: over `count` students)."""

    what: str
    seconds: float
    count: int

    @property
    def mean(self) -> float:
        """Seconds for each of them."""
        return self.seconds / self.count


@dataclass(frozen=True)
class Breakdown:
    """The stages in the order of the work, and the single checks, the longest first."""

    stages: list[Spent]
    checks: list[Spent]


def breakdown(course: Course, lab: str) -> Breakdown | None:
    """The times that the results of a lab tell; None when there are none, as after `nbgrader autograde`."""
    path = course.root / "autograded" / RESULTS
    if not path.is_file():
        return None
    with Store(path) as store:
        known = store.seconds(lab)
    stages = [Spent(words, *known[stage]) for stage, words in STAGES.items() if stage in known]
    checks = [
        Spent(stage.removeprefix(ONE_CHECK), *told)
        for stage, told in known.items()
        if stage.startswith(ONE_CHECK)
    ]
    return Breakdown(stages, sorted(checks, key=lambda spent: -spent.seconds)) if stages else None
