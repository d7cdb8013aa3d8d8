"""The example class, graded by the real engine: every student loses what the mistake costs, and nothing else."""

from __future__ import annotations

import pytest

from grader.batch.breakdown import breakdown
from grader.batch.fleet import grade_class
from grader.course import Course
from grader.demo import LIMITS, hand_in, make_course
from grader.reporting.table import class_table
from grader.results import Result
from tests.grader.tiny_course import REPOSITORY

LAB = "3-backprop"
BY_HAND, AUTOGRAD = "1-by-hand", "2-autograd"

# What each student loses: {(notebook, exercise): the name of the mistake, None where it has none}
LOST: dict[str, dict[tuple[str, str], str | None]] = {
    "ada": {},
    "bruno": {},
    "carla": {(BY_HAND, "backward"): "gradient_not_averaged"},
    "dimitri": {(BY_HAND, "loss_accuracy"): "loss_averaged_over_all_entries"},
    "elena": {(BY_HAND, "forward"): "softmax_over_the_batch"},
    "farid": {
        (BY_HAND, "backward"): "tanh_derivative_missing",
        (BY_HAND, "loss_accuracy"): "accuracy_in_percent",
    },
    "greta": {(BY_HAND, "backward"): "transpose_that_needs_equal_sizes"},
    "hugo": {(AUTOGRAD, "sgd"): "gradients_not_reset"},
    "ines": {(AUTOGRAD, "init_params"): "not_a_leaf"},
    "kim": {(BY_HAND, "sgd"): None},
    "lena": {(BY_HAND, "sgd"): None},
    "malik": {(BY_HAND, "loss_accuracy"): None},
    "oscar": {},
    "quentin": {
        (BY_HAND, "init_params"): "weights_not_scaled",
        (BY_HAND, "loss_accuracy"): "loss_summed_over_the_batch",
        (BY_HAND, "sgd"): "step_uphill",
        (BY_HAND, "train"): "same_order_every_epoch",
    },
}

Class = dict[str, dict[str, Result]]


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """(course, results by student and notebook)"""
    root = tmp_path_factory.mktemp("example")
    root.chmod(0o755)  # an account without rights grades
    course = make_course(Course(REPOSITORY), root / "demo", [LAB])
    hand_in(Course(REPOSITORY), course, LAB)
    outcome = grade_class(course, [LAB], limits=LIMITS)
    results: Class = {}
    for held in outcome.results():
        results.setdefault(held.student, {})[held.notebook] = held.result
    return course, results, outcome


def lost(results: dict[str, Result]) -> dict[tuple[str, str], set[str | None]]:
    """The exercises that are not worth all their points, and the names of the mistakes."""
    return {
        (result.notebook, exercise.name): {c.misconception for c in exercise.checks if c.outcome == "failed"}
        for result in results.values()
        for exercise in result.exercises
        if exercise.points < exercise.max_points
    }


@pytest.mark.parametrize("student", LOST)
def test_a_mistake_costs_its_own_exercise_and_is_named(example, student):
    found = lost(example[1][student])
    assert set(found) == set(LOST[student])
    for where, name in LOST[student].items():
        assert name is None or name in found[where]


def test_what_is_not_written_is_worth_nothing(example):
    results = example[1]["rosa"]
    assert set(results) == {BY_HAND, AUTOGRAD}
    assert all(e.outcome == "not_written" for result in results.values() for e in result.exercises)


def test_half_a_submission_keeps_its_points(example):
    results = example[1]["jonas"]
    assert set(results) == {BY_HAND}
    outcomes = {e.name: e.outcome for e in results[BY_HAND].exercises}
    assert [name for name, outcome in outcomes.items() if outcome == "passed"] == [
        "init_params",
        "forward",
        "loss_accuracy",
    ]
    assert {outcomes[name] for name in ("backward", "sgd", "train")} == {"not_written"}


def test_patched_comparisons_earn_nothing(example):
    assert sum(e.points for result in example[1]["nora"].values() for e in result.exercises) == 0


def test_empty_files_are_ungradable_with_a_reason(example):
    assert {r.status for r in example[1]["petra"].values()} == {"ungradable"}
    assert all("empty" in (r.reason or "") for r in example[1]["petra"].values())
    assert {entry[0] for entry in example[2].ungradable} == {"petra"}


def test_a_damaged_notebook_is_repaired_and_says_how(example):
    result = example[1]["oscar"][BY_HAND]
    assert result.status == "repaired"
    assert result.repairs


def test_everything_landed(example):
    assert (example[2].not_landed, example[2].faults) == ([], [])
    assert example[2].landed == len(example[1])


def test_the_time_of_every_stage_and_check_is_known(example):
    spent = breakdown(example[0], LAB)
    assert [line.what for line in spent.stages][0:3] == ["read the file", "intake", "start of the sandboxes"]
    checks = {line.what.split(":")[0] for line in spent.checks}
    assert checks == {e.name for n in example[0].lab(LAB).notebooks for e in n.exercises if not e.manual}
    together = next(line.seconds for line in spent.stages if line.what == "hidden checks")
    assert sum(line.seconds for line in spent.checks) <= together


def test_the_table_fits_the_terminal(example):
    course, _, outcome = example
    table = class_table(course.lab(LAB), outcome.results())
    assert max(map(len, table.splitlines())) <= 120
    assert "backward: gradient not averaged" in table


def test_the_demonstration_has_a_course_of_its_own(tmp_path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "left-over").touch()
    course = make_course(Course(REPOSITORY), tmp_path / "demo", [LAB])
    assert [notebook.name for notebook in course.lab(LAB).notebooks] == [BY_HAND, AUTOGRAD]
    assert not (course.root / "left-over").exists()
