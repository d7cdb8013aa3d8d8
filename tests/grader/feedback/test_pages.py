"""What students read on their pages."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest

from grader.reporting.formulas import formula
from grader.marking.marks import NOT_HANDED_IN
from grader.reporting.pages import lab_link, lab_title, render_lab, render_notebook, render_student, title_of
from grader.reporting.report import class_report
from grader.results import DIFFERENCES, Check, Exercise, Graded, Result
from grader.marking.sheets import ManualGrade, Sheet


class Text(HTMLParser):
    """The words of a page without its style sheet."""

    def __init__(self, page):
        super().__init__()
        self.words, self.skip = [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.skip = tag == "style"

    def handle_data(self, data):
        if not self.skip:
            self.words += data.split()


def text(page):
    return " ".join(Text(page).words)


def row(page, place):
    """The words of a row of the table of exercises."""
    return text(re.search(rf'<tr role="row" id="exercise-{place}".*?</tr>', page, re.DOTALL)[0])


def test_total_counts_bonus_as_points_but_not_as_points_to_reach(lab, graded):
    said = text(render_notebook(lab, graded, "ada"))
    assert "5 of 15 points" in said
    assert "Waiting for the teacher: 2 points (striped)." in said
    assert "Bonus exercises can bring 1 more" in said


def test_every_state_is_said_in_words(lab, graded):
    page = render_notebook(lab, graded, "ada")
    states = [re.search(r'class="state (\w+)"', part)[1] for part in page.split('id="exercise-')[1:]]
    assert states == ["passed", "partial", "failed", "not_written", "not_run", "passed", "waiting"]
    assert "✓ full marks" in row(page, 1)
    assert "◐ partly right" in row(page, 2)
    assert "✗ not right yet" in row(page, 3)
    assert "○ not written" in row(page, 4)
    assert "! could not be run" in row(page, 5)
    assert "… waiting for the teacher" in row(page, 7)


def test_a_message_is_read_in_three_parts_under_the_mistake_s_name(lab, graded):
    said = row(render_notebook(lab, graded, "ada"), 3)
    assert "gradient not averaged Seen Every gradient is 5 times too large" in said
    assert "Looks like It looks like a sum over the batch" in said
    assert "Where to look Look at the first delta" in said


def test_every_failed_check_is_listed_and_equal_messages_are_said_once(lab, graded):
    said = row(render_notebook(lab, graded, "ada"), 3)
    assert "3 of 3 checks did not pass" in said
    assert said.count("Every gradient is 5 times too large") == 1
    for name in ("n_batch=5", "n_batch=4", "a batch stacked twice", "The gradient doubled."):
        assert name in said


def test_passed_checks_are_counted(lab, graded):
    page = render_notebook(lab, graded, "ada")
    assert "All 3 checks passed." in row(page, 1)
    assert "1 of 2 checks did not pass" in row(page, 2)
    assert "Passed: accuracy of a batch." in row(page, 2)


def test_the_page_says_where_to_start(lab, graded):
    said = text(render_notebook(lab, graded, "ada"))
    assert "Start with backward : it looks like gradient not averaged . It can bring 4 more." in said


def test_repairs_stops_and_errors_are_said_at_the_top(lab, graded):
    page = render_notebook(lab, graded, "ada")
    top = text(page[: page.index('id="h-rows"')])
    assert "Repaired before grading This costs no points by itself. The check cell of forward was" in top
    assert "<code>forward</code> was changed" in page
    assert "The check cell of train : it ended the Python interpreter." in top
    assert re.search(r'<a href="#cell-\d+">The check cell of <code>train</code>', page)
    assert "Not everything could be run train: The check was stopped after 10 s." in top
    assert (
        "1 cell of your notebook stopped with an error Cell 10: NameError: name 'params' is not defined"
        in top
    )


def test_a_cell_that_took_too_long_is_told_apart_from_an_error(lab, graded):
    said = "the cell ran longer than 1 seconds and was stopped"
    cell = next(cell for cell in graded.notebook.cells if cell.id == "sgd")
    cell.outputs = [{"output_type": "error", "ename": "TimeoutError", "evalue": said, "traceback": []}]
    top = text(render_notebook(lab, graded, "ada"))
    assert "1 cell ran out of time" in top
    assert "Cell 10 was stopped after 1 second" in top
    assert "stopped with an error" not in top


@pytest.mark.parametrize(
    ("reason", "student", "teacher"),
    [
        (
            "The file is empty. Ask the student to hand in the notebook again.",
            "The file is empty. Hand in the notebook again.",
            "The file is empty. Ask the student to hand in the notebook again.",
        ),
        (
            "x is a folder, not a file. Ask the student for the notebook itself.",
            "x is a folder, not a file. Hand in the notebook itself.",
            "x is a folder, not a file. Ask the student for the notebook itself.",
        ),
        (
            "The file is a zip archive; unpack it and hand in the notebook inside.",
            "The file is a zip archive; unpack it and hand in the notebook inside.",
            "The file is a zip archive. Ask the student to unpack it and hand in the notebook inside.",
        ),
        (
            "The file has too many parts. Clear all outputs and hand it in again.",
            "The file has too many parts. Clear all outputs and hand it in again.",
            "The file has too many parts. Ask the student to clear all outputs and hand it in again.",
        ),
    ],
)
def test_a_reason_speaks_to_its_reader(lab, reason, student, teacher):
    result = Result("3-backprop", "1-by-hand", "ungradable", reason)
    assert student in text(render_notebook(lab, Graded(result, None), "ada"))
    assert teacher in text(class_report(lab, [("ada", result)]))


def test_a_picture_shows_where_an_array_differs(lab, graded):
    found = [{"name": "grads['Wy']", "got": [2, 2], "expected": [2, 2], "rows": ["00", "33"]}]
    graded.notebook.metadata[DIFFERENCES] = {"backward": {"gradients of a batch, n_batch=4": found}}
    page = render_notebook(lab, graded, "ada")
    said = row(page, 3)
    assert "Where it differs grads['Wy'] 2 × 2: about 50% of the entries differ, only in row 1" in said
    assert page.count("<svg") == 1


def test_an_ungradable_notebook_says_why_and_what_to_do(lab):
    result = Result("3-backprop", "1-by-hand", "ungradable", "The file is empty.")
    said = text(render_notebook(lab, Graded(result, None), "ada"))
    assert "could not be graded The file is empty." in said
    assert "copy your answers into it" in said
    assert "0 of 15 points" in said


def test_a_notebook_that_was_not_handed_in_is_not_shown_as_the_student_s(lab, graded):
    result = Result("3-backprop", "1-by-hand", "graded", NOT_HANDED_IN)
    page = render_notebook(lab, Graded(result, graded.notebook), "ada")
    assert "This notebook was not handed in" in text(page)
    assert "Your notebook as it was run" not in page
    assert page.count('class="state missing"') == 7


def test_points_and_comments_by_hand_are_shown(lab, graded):
    sheet = Sheet({
        "backward": ManualGrade(1.5, "The idea is right."),
        "q-large-batch": ManualGrade(2.0, "Well said.", extra=0.5),
        "forward": ManualGrade(None, "A clear program."),
    })  # fmt: skip
    page = render_notebook(lab, graded, "ada", sheet)
    assert "9 of 15 points" in text(page)
    assert "1.5 of 4" in row(page, 3)
    assert "Points set by the teacher; the checks gave 0." in row(page, 3)
    assert "2.5 of 2 ✎ graded by hand" in row(page, 7)
    assert "The teacher's comment Well said." in row(page, 7)
    assert "A clear program." in row(page, 1)


def test_a_comment_may_hold_markdown_formulas_and_lines(lab, graded):
    said = "Nearly *there*:\n$x^2$ is\n\n- even"
    page = render_notebook(lab, graded, "ada", Sheet({"backward": ManualGrade(1.0, said)}))
    comment = page[page.index('class="comment"') :][:900]
    assert "Nearly <em>there</em>:<br />" in comment
    assert "<msup>" in comment
    assert "<li>even</li>" in comment


def test_an_answer_to_be_read_again_waits_and_an_empty_one_does_not(lab, graded):
    waits = Sheet({"q-large-batch": ManualGrade(2.0, waiting=True)})
    assert "waiting for the teacher" in row(render_notebook(lab, graded, "ada", waits), 7)
    empty = Sheet({"q-large-batch": ManualGrade(0.0, by_hand=False)})
    assert "not written" in row(render_notebook(lab, graded, "ada", empty), 7)


def test_points_lost_for_lateness_are_said(lab, graded):
    assert "Lateness takes off 1, which leaves 4." in text(
        render_notebook(lab, graded, "ada", Sheet(late=1.0))
    )


def test_the_notebook_follows_with_its_outputs(lab, graded, picture):
    page = render_notebook(lab, graded, "ada")
    said = text(page)
    assert (
        f'<img src="data:image/png;base64,{picture()}" alt="Figure of cell 4. &lt;Figure size 40x20&gt;">'
        in page
    )
    assert "epoch 3, loss 0.693" in said
    assert "epoch 1" not in said  # a progress bar is shown as it ended
    assert "a table" in said
    assert "live" not in said  # no HTML output
    assert "<b>----&gt; 3     check_close" in page


def test_formulas_are_mathml(lab, graded):
    page = render_notebook(lab, graded, "ada")
    assert '<mi mathvariant="normal">softmax</mi>' in page
    assert '<math display="block">' in page
    assert "$" not in text(page)


def test_names_of_functions_stand_apart_from_their_argument():
    assert '<mi>log</mi><mspace width="0.17em"></mspace><mi>p</mi>' in formula(r"\log p")
    assert "mspace" not in formula(r"\log(p)")


def test_what_may_scroll_is_reachable_by_keyboard(lab, graded, notebook_of):
    long = [{"output_type": "stream", "name": "stdout", "text": "a" * 200}]
    page = render_notebook(lab, Graded(graded.result, notebook_of(long)), "ada")
    assert '<pre class="stream" tabindex="0">' in page
    assert page.count('tabindex="0"') == 1


def test_rows_and_cells_are_linked_both_ways(lab, graded):
    page = render_notebook(lab, graded, "ada")
    targets = set(re.findall(r' id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= targets
    assert re.search(r'<a href="#exercise-3"><code>backward</code>: 0 of 4 points', page)


def test_nothing_hidden_is_in_the_page(lab, graded):
    for cell in graded.notebook.cells:
        if cell.id == "q-large-batch":
            assert "mark scheme" not in cell.source.lower()
    page = render_notebook(lab, graded, "ada")
    assert "secret scheme" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page


def test_the_index_of_a_lab_adds_its_notebooks(lab, graded):
    said = text(render_lab(lab, [graded.result], "ada", {"1-by-hand": Sheet(late=1.0)}))
    assert "5 of 20 points" in said
    assert "Autograd 0 of 5 points. Not handed in." in said
    assert "Lateness takes off 1, which leaves 4." in said
    assert "Backpropagation by hand: Repaired before grading" in said


def test_the_index_of_a_student_lists_labs_with_remarks(lab, graded):
    page = render_student("ada", [lab_link(lab, [graded.result])])
    assert 'href="3-backprop/index.html"' in page
    assert "Lab 3: backprop 5 of 20 Waiting for the teacher: 2 points. 1 notebook not handed in." in text(
        page
    )


def test_titles_come_from_the_instructor(lab):
    assert lab_title(lab) == "Lab 3: backprop"
    assert title_of(lab.notebook("1-by-hand")) == "Backpropagation by hand"


@pytest.mark.parametrize("message", ["", "one line", "a\nb", "a\nb\nc\nd\ne"])
def test_messages_of_any_number_of_lines_are_shown_whole(lab, message):
    check = Check("c", "failed", message)
    result = Result("3-backprop", "1-by-hand", "graded", exercises=[Exercise("sgd", 0, 1, "failed", [check])])
    said = row(render_notebook(lab, Graded(result, None), "ada"), 4)
    assert all(line in said for line in message.split("\n"))
    assert message or "This check failed." in said


def test_a_page_takes_less_than_a_tenth_of_a_second(lab, graded):
    render_notebook(lab, graded, "ada")
    start = time.perf_counter()
    for number in range(5):
        render_notebook(lab, graded, f"student-{number}")
    assert (time.perf_counter() - start) / 5 < 0.1
