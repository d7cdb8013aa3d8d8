"""What `python -m grader author` says: one small lab for each fault, and nothing for a lab without any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.checks.author import faults
from grader.cli.author import main
from tests.grader import provable_course
from tests.grader.provable_course import BANK, CHECKS, SCALE

ONE_WRONG = BANK[: BANK.index('@wrong("scale")\ndef factor_added')]
LEAK = (
    CHECKS
    + '''
    def test_leak(self, student):
        """a sum"""
        got = float(student.scale(np.array([[0.1234, 0.4321]]), 3.0).sum())
        check_close(got * 0, 0.0)
        expect(round(got, 4) == 1.6665, f"The sum is {got:.2f}, it should be 1.6665.")
        check_close(got, 1.6665)
'''
)
FAULTS: dict[str, tuple[dict[str, str], str]] = {
    "few wrong answers": ({"bank": ONE_WRONG}, "1 named wrong answers, at least 4"),
    "no right variant": ({"bank": ONE_WRONG}, "0 right variants, at least 2"),
    "no hidden checks": ({"checks": ""}, "has no hidden checks"),
    "another exercise's checks": ({"checks": CHECKS.replace('"scale"', '"scales"')}, "has no hidden checks"),
    "checks without a cell": (
        {"checks": CHECKS.replace('"scale"', '"scales"')},
        "no check cell of that name",
    ),
    "answers without a cell": (
        {"bank": BANK.replace('@right("scale")', '@right("scales")')},
        "answers in the bank",
    ),
    "square data": (
        {"checks": CHECKS.replace("[(5, 3), (2, 4)]", "[(3, 3), (4, 4)]")},
        "argument 1 is square",
    ),
    "thin tolerance": (
        {
            "bank": BANK
            + '\n\n@wrong("scale")\ndef near(X, factor):\n    """Near."""\n    return factor * X * (1 + 2e-8)\n'
        },
        "at 2 times the tolerance",
    ),
    "a message with an expected number": ({"checks": LEAK}, "tells an expected number, 1.6665"),
    "rules not declared": ({"words": "Write it by hand."}, "'by hand', but @exercise declares no rules="),
    "a check without a name": (
        {"checks": CHECKS.replace('        """the values"""\n', "")},
        "has no docstring",
    ),
    "a solution that fails": (
        {"checks": CHECKS.replace("reference.scale(X, 3.0)", "X")},
        "the solution fails",
    ),
    "a solution that does not run": ({"solution": SCALE + "\nscale(1)\n"}, "does not run on its own"),
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("parts", "words"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told(root: Path, parts: dict[str, str], words: str) -> None:
    found = [text for texts in faults(provable_course.build(root, **parts)).values() for text in texts]
    assert any(words in text for text in found), found


def test_a_lab_without_faults_is_complete(root: Path, capsys: Any) -> None:
    notebook = provable_course.build(root)
    assert faults(notebook) == {"scale": []}
    assert main(notebook.lab.course, [notebook.lab.name]) == 0
    assert "scale: complete" in capsys.readouterr().out


def test_the_command_fails_when_something_is_missing(root: Path, capsys: Any) -> None:
    notebook = provable_course.build(root, checks="")
    assert main(notebook.lab.course, [notebook.lab.name]) == 1
    assert "MISSING its check cell has no hidden checks" in capsys.readouterr().out


def test_the_answers_own_number_is_no_leak(root: Path) -> None:
    own = LEAK.replace(', it should be 1.6665."', '."').replace("{got:.2f}", "{got:.4f}")
    assert not any(
        "expected number" in text for text in faults(provable_course.build(root, checks=own))["scale"]
    )
