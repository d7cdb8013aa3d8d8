"""Runs of the whole way from submitted/ to the gradebook, with the stand-in in the place of the engine."""

from __future__ import annotations

from functools import partial

from grader.batch.fleet import ClassOutcome, grade_with
from grader.batch.workers import Workers
from grader.course import Course
from grader.intake import read_submission
from grader.limits import Limits
from grader.marking.gradebook import open_gradebook
from tests.grader.class_of_stand_ins import StandIn, hand_in
from tests.grader.tiny_course import LAB


def hand_in_both(course: Course, student: str, share: float = 1.0) -> None:
    hand_in(course, student, "1-double", share=share)
    hand_in(course, student, "2-square", share=share)


def marks(course: Course) -> dict[str, float]:
    """Points of each student in the gradebook."""
    with open_gradebook(course) as gradebook:
        return {s.student_id: s.score for s in gradebook.assignment_submissions(LAB)}


class Fleet:
    """Runs on a course, and what the engine was asked in the last one."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.asked: list[str] = []
        self.engines = 0

    def start(self, labs: list[str]) -> StandIn:
        self.engines += 1
        return StandIn(self.course, self.asked)

    def workers(self, count: int = 2) -> Workers:
        read = partial(read_submission, limits=Limits(), below=self.course.root / "submitted")
        return Workers(self.start, read, count)

    def run(self, count: int = 2, **options) -> ClassOutcome:
        self.asked.clear()
        return grade_with(self.workers(count), self.course, **options)
