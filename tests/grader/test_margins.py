"""Tolerances: what is measured, what is thin, what the chance of a false fail is; and the course's own, in a sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from grader.checks.closeness import check_close, measures, measuring, note_chance
from grader.checks.margins import Margin, margins
from grader.checks.noise import on_device, variants
from grader.course import Course, Notebook, course_root
from tests.grader import provable_course
from tests.grader.provable_course import BANK, CHECKS, SCALE
from utils.compare import CheckFailed

COURSE = Course(course_root())
SAMPLE = [
    ("1-gradient-descent", "1-numpy", "gradient_descent"),
    ("3-backprop", "1-by-hand", "forward"),
    ("3-backprop", "1-by-hand", "init_params"),
]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))

    def make(**parts: str) -> Notebook:
        return provable_course.build(tmp_path, **parts)

    return make


def problems(found: list[Margin]) -> str:
    return "\n".join(text for margin in found for text in margin.problems)


def test_an_error_is_measured_in_units_of_the_tolerance() -> None:
    (near,) = measures(np.array([1.0, 2.0 + 1e-8]), np.array([1.0, 2.0]))
    assert near.error == pytest.approx(0.5, rel=1e-4)
    assert near.tolerance == pytest.approx(1e-8, rel=1e-3)
    (far,) = measures({"a": [1.0, 3.0]}, {"a": [1.0, 2.0]}, rtol=1e-3)
    assert far.error == pytest.approx(500)


@pytest.mark.parametrize("got", [np.zeros(3), None, np.array([np.nan, 1.0]), "text"], ids=str)
def test_what_differs_by_more_than_value_has_no_measure(got: Any) -> None:
    assert measures(got, np.array([1.0, 2.0])) == []


def test_measures_are_kept_only_when_asked_for_and_change_no_verdict() -> None:
    with measuring() as kept:
        check_close(1.0, 1.0)
        with pytest.raises(CheckFailed):
            check_close(1.0, 2.0)
        note_chance(0.5)
    check_close(1.0, 1.0)
    assert [m.error > 1 for m in kept] == [False, True, False]
    assert kept[-1].chance == 0.5


def test_a_good_check_has_room_on_both_sides(made: Any) -> None:
    found = margins(made())
    assert problems(found) == ""
    assert [m.nearest for m in found] == ["factor_twice"] * 2 or all(m.nearest for m in found)
    assert all(m.distance is not None and m.distance > 1e6 for m in found)
    assert all(0 < m.noise < 1 / 3 for m in found)


def test_a_tolerance_that_rounding_reaches_is_thin(made: Any) -> None:
    tight = CHECKS.replace(
        "reference.scale(X, 3.0))", "reference.scale(X, 3.0).tolist(), rtol=1e-8)"
    ).replace(
        "check_close(student.scale(X, 3.0)",
        "check_close(np.asarray(student.scale(X, 3.0), dtype=float).tolist()",
    )
    assert "right answers come to" in problems(margins(made(checks=tight)))
    assert "in float32" in problems(margins(made(checks=tight)))


def test_a_wrong_answer_just_beyond_the_tolerance_is_thin(made: Any) -> None:
    close = (
        BANK
        + '\n\n@wrong("scale")\ndef nearly(X, factor):\n    """Nearly right."""\n    return factor * X * (1 + 2e-8)\n'
    )
    assert "nearly" in problems(margins(made(bank=close)))


def test_a_near_wrong_answer_that_fails_clearly_elsewhere_is_no_fault(made: Any) -> None:
    close = BANK + (
        '\n\n@wrong("scale")\ndef nearly(X, factor):\n    """Nearly right."""\n'
        "    return factor * X * (1 + 2e-8) if len(X) == 5 else X\n"
    )
    found = margins(made(bank=close))
    assert problems(found) == ""
    assert min(m.distance or 0 for m in found) < 3


DRAWN = SCALE.replace("return factor * X", "return factor * X + 0 * np.random.normal()")
LUCK = """

    def test_luck(self, student):
        \"\"\"luck\"\"\"
        student.define("import numpy as np\\ndef luck():\\n    return float(np.random.normal(1, 0.1))")
        check_close(student.luck(), 1.0, atol=TOLERANCE)
"""


def test_a_check_that_fails_by_bad_luck_is_told_with_its_chance(made: Any) -> None:
    found = margins(made(checks=CHECKS + LUCK.replace("TOLERANCE", "0.25"), solution=DRAWN))
    assert "a right answer fails with probability" in problems(found)
    wide = margins(made(checks=CHECKS + LUCK.replace("TOLERANCE", "2.0"), solution=DRAWN))
    assert "probability" not in problems(wide)
    assert wide[-1].why.endswith("standard deviations")


def test_a_check_without_draws_has_no_chance(made: Any) -> None:
    assert {(m.chance, m.why) for m in margins(made())} == {(0.0, "no draw")}


def test_the_arguments_of_a_device_variant_are_there() -> None:
    def devices(X: torch.Tensor, targets: dict[str, torch.Tensor], n: int) -> list[str]:
        return [X.device.type, targets["classes"].device.type, str(n)]

    given = torch.zeros(2), {"classes": torch.tensor([1, 0])}, 3
    assert on_device("meta")(devices)(*given) == ["meta", "meta", "3"]
    assert given[0].device.type == "cpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_the_noise_of_a_gpu_is_measured(made: Any) -> None:
    tensors = CHECKS.replace("np.random.default_rng(1).normal(size=shape)", "torch.randn(shape)")
    found = margins(made(checks="import torch\n" + tensors))
    assert "on the GPU" in variants()
    assert problems(found) == ""


@pytest.mark.parametrize("name", SAMPLE, ids="/".join)
def test_a_sample_of_the_course_has_room_on_both_sides(name: tuple[str, str, str]) -> None:
    lab, notebook, exercise = name
    assert problems(margins(COURSE.lab(lab).notebook(notebook), exercise)) == ""
