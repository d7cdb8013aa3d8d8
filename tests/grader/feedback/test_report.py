"""What a teacher reads about the class."""

from __future__ import annotations

import json
import random
import re
import shutil

import pytest

from grader.reporting.classroom import at_risk, bins, items, shares, troubles, works
from grader.course import Course
from grader.marking.marks import NOT_HANDED_IN
from grader.reporting.report import class_report, render_course, write_report
from grader.results import Check, Exercise, Result, Seconds
from grader.marking.sheets import ManualGrade, Sheet
from grader.reporting.suspicions import suspicions

NASTY = "<script>alert(1)</script>"


def answer(name, points, most, checks=(), outcome=None):
    """An exercise; checks as (name, passed) or (name, passed, misconception)."""
    made = [
        Check(c[0], "passed" if c[1] else "failed", "" if c[1] else "5 times\nlooks\nwhere", *c[2:])
        for c in checks
    ]
    return Exercise(name, points, most, outcome or ("passed" if points == most else "partial"), made)


def result(*exercises, status="graded", **rest):
    return Result("3-backprop", "1-by-hand", status, exercises=list(exercises), **rest)


def item_of(lab, graded, name, sheets=None):
    return next(item for item in items(lab, works(lab, graded, sheets)) if item.name == name)


def test_difficulty_is_the_share_of_points_of_those_who_handed_in(lab):
    graded = [("ada", result(answer("backward", 4, 4))), ("bob", result(answer("backward", 1, 4)))]
    graded.append(("cyd", result(reason=NOT_HANDED_IN)))
    assert item_of(lab, graded, "backward").mean == pytest.approx(0.625)


def test_discrimination_is_high_where_strong_students_do_better_and_hidden_for_small_classes(lab):
    def class_of(size):
        return [
            (f"s{n:02}", result(answer("forward", 3 * (n % 2), 3), answer("backward", 4 * (n % 2), 4), answer("sgd", n % 3 == 0, 1)))
            for n in range(size)
        ]  # fmt: skip

    assert item_of(lab, class_of(30), "forward").discrimination > 0.9
    assert abs(item_of(lab, class_of(30), "sgd").discrimination) < 0.2
    assert item_of(lab, class_of(30), "train").discrimination is None  # nobody has points: it does not vary
    assert item_of(lab, class_of(19), "forward").discrimination is None


def test_misconceptions_are_counted_once_per_student(lab):
    wrong = [("a", False, "gradient_not_averaged"), ("b", False, "gradient_not_averaged")]
    graded = [
        ("ada", result(answer("backward", 0, 4, wrong, "failed"))),
        ("bob", result(answer("backward", 4, 4))),
    ]
    (mistake,) = item_of(lab, graded, "backward").mistakes
    assert (mistake.name, mistake.students, mistake.share) == ("gradient not averaged", ["ada"], 0.5)
    page = class_report(lab, graded)
    assert "gradient not averaged" in page
    assert "1 (50%)" in page


def test_failures_without_a_name_meet_whatever_their_numbers(lab):
    def failed(said):
        return result(Exercise("sgd", 0, 1, "failed", [Check("c", "failed", said)]))

    graded = [
        ("ada", failed("off by 0.25\nx")),
        ("bob", failed("off by -3e-05")),
        ("cyd", failed("no result")),
    ]
    assert item_of(lab, graded, "sgd").unnamed == [("off by #", 2), ("no result", 1)]


def test_checks_that_all_fail_all_pass_or_disagree_are_odd(lab):
    graded = [
        (f"s{n:02}", result(answer("forward", 1, 3, [("never", False), ("always", True), ("even", n % 2 == 0), ("odd", n % 2 == 1)])))
        for n in range(24)
    ]  # fmt: skip
    never, always, disagree = item_of(lab, graded, "forward").odd
    assert never == "“never” was failed by all 24 who wrote the exercise."
    assert always == "“always” was passed by all 24 who wrote the exercise."
    assert "“even” and “odd” disagree" in disagree


def test_an_exercise_that_was_not_written_says_nothing_about_its_checks(lab):
    stub = answer("sgd", 0, 1, [("one step", False)], "not_written")
    item = item_of(lab, [(f"s{n}", result(stub)) for n in range(30)], "sgd")
    assert item.counts["not_written"] == 30
    assert item.odd == []
    assert item.unnamed == []


def test_questions_wait_until_a_person_gave_points(lab):
    graded = [("ada", result()), ("bob", result())]
    sheets = {"ada": {"1-by-hand": Sheet({"q-large-batch": ManualGrade(1.0)})}}
    item = item_of(lab, graded, "q-large-batch", sheets)
    assert item.counts == {"by_hand": 1, "waiting": 1}
    assert item.mean == 0.5
    assert "Large batch: 1 answer to read" in class_report(lab, graded, sheets)
    assert item_of(lab, graded, "q-large-batch").mean is None


def test_troubles_are_grouped_by_reason_gravest_first(lab):
    stopped = Exercise("train", 0, 3, "not_run", [Check("c", "not_run", "stopped after 10 s\nx")])
    graded = [
        ("ada", result(status="repaired", repairs=["a cell was put back"])),
        ("bob", result(stopped, status="repaired", repairs=["a cell was put back"])),
        ("cyd", result(status="ungradable", reason="the file is empty")),
    ]
    doubts = {("bob", "1-by-hand"): ["`sgd`: line 1 uses ctypes."]}
    found = [(one.what, one.reason, one.students) for one in troubles(works(lab, graded, suspicious=doubts))]
    assert found == [
        ("ungradable", "the file is empty", ["cyd"]),
        ("suspicious", "`sgd`: line 1 uses ctypes.", ["bob"]),
        ("not run", "`train`: stopped after 10 s", ["bob"]),
        ("repaired", "a cell was put back", ["ada", "bob"]),
    ]


def test_an_ungradable_notebook_is_told_once(lab):
    exercises = [Exercise(name, 0, 1, "not_run") for name in ("forward", "backward")]
    graded = [("ada", result(*exercises, status="ungradable", reason="The file is empty."))]
    assert [one.what for one in troubles(works(lab, graded))] == ["ungradable"]


def test_stopped_calls_and_cells_left_out_are_told_together(lab):
    stopped = [Check("a", "failed", "The call was stopped: it did not finish in 3 seconds.\nx")]
    repairs = [f"The cell '{name}' was left out: it ended the Python interpreter." for name in ("a", "b")]
    graded = [("ada", result(Exercise("sgd", 0, 1, "failed", stopped), repairs=repairs))]
    assert [(one.what, one.reason) for one in troubles(works(lab, graded))] == [
        ("stopped", "`sgd`: The call was stopped: it did not finish in 3 seconds."),
        ("left out", "`a`, `b`: it ended the Python interpreter."),
    ]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os\nos._exit(0)", "`sgd`: line 2 uses os._exit."),
        ("from subprocess import run as r\nr('ls')", "`sgd`: line 1 uses subprocess.run."),
        ("open('/proc/self/maps')", "`sgd`: it names `/proc/`."),
        ("print({'max_points': 5})", "`sgd`: it names `max_points`."),
    ],
)
def test_code_that_leaves_the_notebook_is_suspicious(lab, graded, source, said):
    cell = next(cell for cell in graded.notebook.cells if cell.id == "sgd")
    cell.source = source
    assert said in suspicions(lab.notebook("1-by-hand"), graded)


def test_a_plain_answer_is_not_suspicious(lab, graded):
    graded.result.repairs = ["The check cell of `sgd` had been deleted; it was put back."]
    assert suspicions(lab.notebook("1-by-hand"), graded) == []


def test_changed_points_broken_rules_and_printed_results_are_suspicious(lab, graded):
    rule = "Line 2 uses torch.nn.\nThe rule of this exercise is: by hand.\nWrite this part yourself."
    graded.result.exercises = [Exercise("sgd", 0, 1, "failed", [Check("c", "failed", rule)])]
    graded.result.repairs = ["The points of the check cell of `sgd` had been changed; they were put back."]
    cell = next(cell for cell in graded.notebook.cells if cell.id == "sgd")
    cell.source, cell.outputs = (
        "f()",
        [{"output_type": "stream", "name": "stdout", "text": "{'misconception': None}"}],
    )
    assert suspicions(lab.notebook("1-by-hand"), graded) == [
        graded.result.repairs[0],
        "`sgd`: Line 2 uses torch.nn. The rule of this exercise is: by hand.",
        "`sgd`: its output names `misconception`.",
    ]


def test_each_misconception_is_linked_to_a_teaching_note(lab):
    lab.checks.mkdir(parents=True)
    lab.notebook("1-by-hand").bank.write_text(
        "from grader.checks import wrong\n\n\n"
        '@wrong("backward")\ndef gradient_not_averaged(x):\n'
        '    """Too large.\n    A sum.\n    What does the mean bring?\n    """\n    return x < 3\n\n\n'
        '@wrong("backward")\ndef never_met(x):\n    """Never met."""\n    return 0\n'
    )
    wrong = [("a", False, "gradient_not_averaged")]
    page = class_report(lab, [("ada", result(answer("backward", 0, 4, wrong, "failed")))])
    assert '<a href="#note-1-1">Teaching note</a>' in page
    note = page[page.index('<article id="note-1-1"') :]
    assert "What does the mean bring?" in note
    assert '<span class="f">backward</span>(x):' in note
    assert "&lt;" in note
    assert "never met" not in page.lower()


def test_hidden_names_are_the_same_on_every_page(lab, graded, tmp_path):
    for student in ("ada", "bob"):
        for name in ("3-backprop", "4-next") if student == "bob" else ("3-backprop",):
            folder = lab.course.root / "autograded" / student / name
            folder.mkdir(parents=True)
            graded.notebook.metadata["grader"] = {**graded.result.to_dict(), "lab": name}
            (folder / "1-by-hand.ipynb").write_text(json.dumps(graded.notebook))
    shutil.copytree(lab.folder, lab.folder.parent / "4-next")
    course = Course(lab.course.root)
    write_report(course, names=False)
    page = (course.root / "reports" / "4-next.html").read_text()
    assert "student 2" in page
    assert "student 1<" not in page


def test_answers_that_wait_do_not_put_a_student_at_risk(lab):
    names = {"forward": 3, "loss_accuracy": 2, "backward": 4, "sgd": 1, "train": 3}
    whole = result(*(answer(name, most, most) for name, most in names.items()))
    second = Result("3-backprop", "2-autograd", "graded", exercises=[answer("step", 0, 5)])
    found = works(lab, [("ada", whole), ("ada", second)])
    assert found[0].totals.known_share == pytest.approx(13 / 18)
    assert "Nobody: all labs handed in" in render_course(lab.course, {lab.name: found})


def test_bins_hold_everybody_and_full_marks_belong_to_the_last():
    assert bins([0.0, 0.05, 0.1, 0.999, 1.0]) == [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ([0.9, 0.8], []),
        ([0.9, None], ["nothing handed in for 1 of 2 labs"]),
        ([0.4, 0.3], ["35% of the points on average"]),
        ([0.9, 0.9, 0.4], ["fell from 90% to 40% in the last lab"]),
        ([None], ["nothing handed in for 1 of 1 labs"]),
        ([], []),
    ],
)
def test_risk_has_reasons(history, said):
    assert at_risk(history) == said


def test_the_course_page_shows_progress_and_who_is_at_risk(lab):
    found = works(lab, [("ada", result(answer("backward", 4, 4))), ("bob", result(answer("forward", 3, 3)))])
    page = render_course(lab.course, {lab.name: found}, ["zoe"])
    assert re.search(r"zoe</span>.*?nothing handed in for 1 of 1 labs", page, re.DOTALL)
    assert 'href="3-backprop.html"' in page
    assert "22%" in page  # 4 of 20 points, of which 2 wait


def test_a_long_list_of_students_at_risk_is_folded(lab):
    found = works(lab, [(f"s{n:03}", result(answer("sgd", 0, 1))) for n in range(300)])
    page = render_course(lab.course, {lab.name: found})
    assert "300 of 300 students, the lowest mean first." in page
    assert "<summary>280 more</summary>" in page
    assert len(page.encode()) < 300_000


def test_names_are_behind_a_switch_or_left_out(lab):
    graded = [("ada-lovelace", result(answer("backward", 4, 4)))]
    assert '<input type="checkbox" id="names">' in class_report(lab, graded)
    hidden = class_report(lab, graded, names=False)
    assert "ada-lovelace" not in hidden
    assert "student 1" in hidden
    assert "ada-lovelace" not in render_course(lab.course, {lab.name: works(lab, graded)}, names=False)


def test_hostile_text_stays_text(lab):
    check = Check(NASTY, "failed", NASTY, NASTY)
    graded = [
        (NASTY, result(Exercise("sgd", 0, 1, "failed", [check] * 6), status="repaired", repairs=[NASTY]))
    ]
    graded += [(f"{NASTY}{n}", result(Exercise("sgd", 0, 1, "failed", [check]))) for n in range(6)]
    graded.append(("x", result(status="ungradable", reason=NASTY)))
    for page in (
        class_report(lab, graded),
        render_course(lab.course, {lab.name: works(lab, graded)}, [NASTY]),
    ):
        assert "<script" not in page
        assert "&lt;script" in page


@pytest.mark.parametrize("size", [0, 1, 2, 300])
def test_a_class_of_any_size_has_a_small_report(lab, size):
    dice = random.Random(size)
    graded = [
        (
            f"s{n}",
            Result(
                "3-backprop", "1-by-hand", "graded", seconds=Seconds(1, 1, 2),
                exercises=[
                    answer("backward", dice.choice([0, 2, 4]), 4, [("a", dice.random() < 0.5, "gradient_not_averaged")]),
                    answer("forward", dice.choice([0, 3]), 3, [("b", dice.random() < 0.5)]),
                ],
            ),
        )
        for n in range(size)
    ]  # fmt: skip
    page = class_report(lab, graded)
    assert len(page.encode()) < 200_000
    assert "<script" not in page
    assert len(shares(works(lab, graded))) == size


def test_reports_are_written_for_graded_labs(lab, graded):
    folder = lab.course.root / "autograded" / "ada" / lab.name
    folder.mkdir(parents=True)
    graded.notebook.metadata["grader"] = graded.result.to_dict()
    (folder / "1-by-hand.ipynb").write_text(json.dumps(graded.notebook))
    reports = lab.course.root / "reports"
    assert write_report(lab.course) == [reports / "3-backprop.html", reports / "index.html"]
    assert "gradient not averaged" in (reports / "3-backprop.html").read_text()
    assert write_report(lab.course, labs=["none"]) == [reports / "index.html"]
