"""A receipt reproduces its marks with the real engine, and says so when it does not."""

import dataclasses
import json
import shutil

import pytest

from grader.__main__ import main
from grader.batch.fleet import grade_class
from grader.course import Course
from grader.keys import environment, submission_hash
from grader.limits import Limits
from grader.marking.receipt import ReceiptError, compare, read_receipt, verify, write_receipts
from grader.release import released_notebook
from grader.results import Check, Exercise, Result
from tests.grader import tiny_course
from tests.grader.tiny_course import LAB

ANSWERS = {
    "ann": {"double": "def double(x):\n    return x + x", "limit": "limit = 42.0"},
    "bob": {"double": "def double(x):\n    return 0 * x", "square": "def square(x):\n    return x * x"},
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Two students and one whose file is no notebook, graded with limits of their own."""
    root = tmp_path_factory.mktemp("receipt")
    root.chmod(0o755)
    course = tiny_course.build(root / "course")
    for student, answers in ANSWERS.items():
        for notebook in course.lab(LAB).notebooks:
            content = released_notebook(notebook.source)
            for cell in content.cells:
                cell.source = answers.get(cell.id, cell.source)
            tiny_course.write(content, course.root / "submitted" / student / LAB / notebook.path.name)
    folder = course.root / "submitted" / "cid" / LAB
    folder.mkdir(parents=True)
    (folder / "1-double.ipynb").write_bytes(b"\xff{ no notebook")
    grade_class(course, [LAB], limits=Limits(cell_seconds=7.0))
    write_receipts(course, LAB)
    return course


@pytest.fixture(scope="module")
def verdicts(course):
    """Every receipt verified with nothing changed."""
    paths = sorted((course.root / "receipts").glob("*/*/*.json"))
    return {verdict.title: verdict for verdict in verify(course, paths)}


def path_of(course, student, notebook="1-double"):
    return course.root / "receipts" / student / LAB / f"{notebook}.json"


def test_a_receipt_names_all_that_the_marks_depend_on(course):
    path = path_of(course, "bob")
    data = read_receipt(path)
    raw = (course.root / "submitted" / "bob" / LAB / "1-double.ipynb").read_bytes()
    assert data["submission"] == {"sha256": submission_hash(raw), "bytes": len(raw)}
    assert set(data["judged_by"]) == {f"source/{LAB}", f"tests/{LAB}", "utils", "data", "grader"}
    assert data["environment"] == environment().split("\n")
    assert data["limits"] == dataclasses.asdict(Limits(cell_seconds=7.0))
    assert data["sandbox"] in ("zygote", "cold", "landlock")
    assert next((e["name"], e["points"], e["checks"]) for e in data["exercises"]) == (
        "double", 2.0, {"twice a number": "failed", "twice zero": "passed"},
    )  # fmt: skip
    assert path.stat().st_size < 6000


def test_every_receipt_is_reproduced(verdicts):
    assert set(verdicts) == {f"{s} {LAB}/{n}" for s in ("ann", "bob") for n in ("1-double", "2-square")} | {
        f"cid {LAB}/1-double"
    }
    assert [verdict.differences for verdict in verdicts.values() if not verdict.agrees] == []
    assert not any(f"tests/{LAB}" in note for verdict in verdicts.values() for note in verdict.notes)
    assert "agrees" in verdicts[f"bob {LAB}/1-double"].lines()[0]


def test_changed_checks_and_a_changed_mark_are_told(course, tmp_path, capsys):
    shutil.copytree(course.root, tmp_path / "course")
    (tmp_path / "course").chmod(0o755)
    again = Course(tmp_path / "course")
    checks = again.root / "tests" / LAB / "test_1_double.py"
    checks.write_text(checks.read_text().replace("reference.double(0.0)", "1.0"))
    forged = read_receipt(path_of(again, "bob"))
    forged["sandbox"], forged["exercises"][1]["points"] = "unsafe", 1.5
    path_of(again, "bob").write_text(json.dumps(forged))
    assert main(["--course", str(again.root), "verify", str(path_of(again, "bob"))]) == 1
    said = capsys.readouterr().out
    assert f"bob {LAB}/1-double: DIFFERS" in said
    assert "double: 2 points then, 0 now (twice zero: passed, now failed)" in said
    assert "limit: 1.5 points then, 0 now" in said
    assert f"changed since then: tests/{LAB}" in said
    assert "graded in the sandbox 'unsafe' then" in said


def test_another_file_is_not_what_was_graded(course):
    other = course.root / "submitted" / "ann" / LAB / "1-double.ipynb"
    (verdict,) = verify(course, [path_of(course, "bob")], submission=other)
    assert "is not the file that was graded" in verdict.differences[0]


def test_points_by_hand_and_lateness_are_in_the_receipt(course):
    from grader.marking.gradebook import open_gradebook

    with open_gradebook(course) as gradebook:
        grade = gradebook.find_grade("q-why", "1-double", LAB, "ann")
        grade.manual_score, grade.needs_manual_grade = 2.0, False
        gradebook.find_submission_notebook("1-double", LAB, "ann").late_submission_penalty = 0.5
        gradebook.db.commit()
    (path,) = write_receipts(course, LAB, ["ann"], "1-double")
    data = read_receipt(path)
    assert (data["by_hand"], data["late_penalty"]) == ({"q-why": 2.0}, 0.5)


def test_a_student_without_a_submission_has_no_receipt(course):
    with pytest.raises(ReceiptError, match="nothing of zoe was graded in 1-tiny"):
        write_receipts(course, LAB, ["zoe"])


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"receipt": 2}', '{"receipt": 1, "student": "a"}', '{"receipt": 1, "student": 3}'],
)
def test_what_is_no_receipt_is_refused(tmp_path, text):
    path = tmp_path / "receipt.json"
    path.write_text(text)
    with pytest.raises(ReceiptError, match=r"receipt\.json"):
        read_receipt(path)


def test_a_check_that_came_or_went_is_named():
    data = {
        "student": "ann", "lab": LAB, "notebook": "n", "status": "graded",
        "exercises": [{"name": "f", "points": 1.0, "checks": {"old": "passed", "same": "passed"}}],
    }  # fmt: skip
    checks = [Check("same", "passed"), Check("new", "failed")]
    now = Result(LAB, "n", "graded", exercises=[Exercise("f", 0.5, 1.0, "partial", checks)])
    assert compare(data, now).differences == [
        "f: 1 points then, 0.5 now (old: passed, now absent, new: absent, now failed)"
    ]
