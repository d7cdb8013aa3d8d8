"""The rebuilt notebook has the instructor's cells and the student's own, wherever these were written."""

import copy
import json

import nbformat
import pytest
from nbformat import v4

from grader.intake import take_in
from tests.grader.small_lab import (
    LIMITS,
    RELEASED,
    SOURCE,
    WRITTEN,
    at,
    code,
    function,
    get,
    graded,
    nbgrader,
    same_as_whole,
    submission,
    text,
)


@pytest.mark.parametrize("after", [True, False])
def test_of_two_answers_of_one_name_the_written_one_counts(after):
    nb = submission()
    nb.cells.insert(at(nb, "forward") + after, copy.deepcopy(get(RELEASED, "forward")))
    rebuilt = graded(nb)
    assert same_as_whole(rebuilt)
    assert rebuilt.repairs == ["There was more than one copy of the answer cell of `forward`; one was taken."]


def test_of_two_written_answers_the_last_counts_and_the_other_stays():
    nb = submission()
    again = copy.deepcopy(get(nb, "forward"))
    again.source = function("forward", "    return 2 * x")
    nb.cells.insert(at(nb, "forward") + 1, again)
    rebuilt = graded(nb)
    assert rebuilt.answers["forward"] == again.source
    assert rebuilt.extra == 1


def test_a_split_answer_keeps_both_parts():
    nb = submission()
    helper = copy.deepcopy(get(nb, "forward"))
    helper.source = "def helper(x):\n    return x"
    nb.cells.insert(at(nb, "forward") + 1, helper)
    rebuilt = graded(nb)
    assert rebuilt.answers["forward"] == WRITTEN["forward"]
    assert [c.source for c in rebuilt.notebook.cells].count(helper.source) == 1


def test_merged_answers_count_for_both():
    nb = submission()
    get(nb, "forward").source += "\n\n" + get(nb, "backward").source
    del nb.cells[at(nb, "backward")]
    rebuilt = graded(nb)
    assert rebuilt.not_written == set()
    assert "def backward" in rebuilt.answers["backward"]
    assert "NotImplementedError" not in get(rebuilt.notebook, "backward").source


def test_an_answer_in_a_cell_below_the_empty_one_counts_where_it_is():
    nb = submission()
    get(nb, "forward").source = get(RELEASED, "forward").source
    nb.cells.insert(at(nb, "check-forward"), code("mine", WRITTEN["forward"]))
    rebuilt = graded(nb)
    assert rebuilt.repairs == []
    assert rebuilt.not_written == set()
    assert rebuilt.answers["forward"] == WRITTEN["forward"]
    place = at(rebuilt.notebook, "forward")
    assert rebuilt.notebook.cells[place + 1].source == WRITTEN["forward"]


def test_an_answer_in_a_cell_above_the_empty_one_is_not_undone_by_the_stub():
    nb = submission()
    get(nb, "forward").source = get(RELEASED, "forward").source
    nb.cells.insert(at(nb, "forward"), code("mine", WRITTEN["forward"]))
    rebuilt = graded(nb)
    assert rebuilt.not_written == set()
    assert "NotImplementedError" not in "".join(c.source for c in rebuilt.notebook.cells)
    assert rebuilt.repairs == [
        "The answer cell of `forward` was empty; the answer stands in a cell before it and was left there."
    ]


def test_a_later_cell_that_defines_the_function_again_stays_where_it_is():
    nb = submission()
    nb.cells.insert(at(nb, "end"), code("mine", function("forward", "    return -x")))
    rebuilt = graded(nb)
    assert rebuilt.answers["forward"] == WRITTEN["forward"]
    assert rebuilt.notebook.cells[-2].source == function("forward", "    return -x")
    assert rebuilt.repairs == []


def test_an_answer_in_words_beside_its_cell_is_taken():
    nb = submission()
    get(nb, "q-why").source = get(RELEASED, "q-why").source
    nb.cells.insert(at(nb, "q-why") + 1, text("mine", "Since batches differ."))
    rebuilt = graded(nb)
    assert rebuilt.answers["q-why"] == "Since batches differ."
    assert rebuilt.not_written == set()
    assert rebuilt.extra == 0


def test_an_answer_in_the_text_of_the_question_is_taken():
    nb = submission()
    get(nb, "q-why").source = ""
    get(nb, "q-why-text").source += "\n\nSince batches differ."
    rebuilt = graded(nb)
    assert rebuilt.answers["q-why"].strip() == "Since batches differ."
    assert get(rebuilt.notebook, "q-why-text") == get(RELEASED, "q-why-text")


def test_the_students_setup_runs_after_the_instructors():
    nb = submission()
    get(nb, "setup").source += "\nimport cmath"
    rebuilt = graded(nb)
    assert rebuilt.repairs == [
        "The setup cell `setup` had been changed; the instructor's text was put back and the student's version runs "
        "after it."
    ]
    assert rebuilt.notebook.cells[1] == RELEASED.cells[1]
    assert rebuilt.notebook.cells[2].source.endswith("import cmath")
    assert rebuilt.extra == 1


def test_edits_of_plain_cells_and_additional_cells_stay():
    nb = submission()
    get(nb, "figure").source = "values = []"
    nb.cells.insert(0, text("first", "My name"))
    nb.cells.insert(at(nb, "figure") + 1, code("mine", "z = 1", nbgrader("z-99", 5)))
    nb.cells[at(nb, "figure") + 1]["id"] = "not a good id !"
    rebuilt = graded(nb)
    cells = rebuilt.notebook.cells
    assert cells[0].source == "My name"
    assert get(rebuilt.notebook, "figure").source == "values = []"
    assert cells[at(rebuilt.notebook, "figure") + 1].source == "z = 1"
    assert cells[at(rebuilt.notebook, "figure") + 1].metadata == {}
    assert [c.id for c in cells if c.id.startswith("student-")] == ["student-1", "student-2"]
    assert rebuilt.repairs == [
        "A cell named `z-99` is not graded in this lab; it counts as an ordinary cell."
    ]
    nbformat.validate(rebuilt.notebook)


def test_white_space_and_comments_alone_are_no_answer():
    nb = submission()
    get(nb, "forward").source = get(RELEASED, "forward").source.replace("\n", "\r\n# how?\r\n") + "\n\n"
    get(nb, "q-why").source = "  \n"
    rebuilt = graded(nb)
    assert rebuilt.not_written == {"forward", "q-why"}
    assert rebuilt.repairs == []


def test_pictures_in_an_answer_are_kept():
    nb = submission()
    get(nb, "q-why").attachments = {"a.png": {"image/png": "aGk="}, "b.svg": {"image/svg+xml": "<svg/>"}}
    assert get(graded(nb).notebook, "q-why").attachments == {"a.png": {"image/png": "aGk="}}


def test_another_notebook_is_told_in_one_sentence():
    rebuilt = graded(v4.new_notebook(cells=[v4.new_code_cell("print(1)")]))
    assert rebuilt.repairs == [
        "Nothing of the lab's notebook was found in the file. Was the right file handed in?"
    ]
    assert rebuilt.not_written == set(WRITTEN)


def test_the_arguments_are_not_changed():
    source, released = copy.deepcopy(SOURCE), copy.deepcopy(RELEASED)
    rebuilt = take_in(json.dumps(submission()).encode(), source, released, LIMITS)
    rebuilt.notebook.cells[0].metadata["a"] = 1
    rebuilt.notebook.metadata["a"] = 1
    assert (source, released) == (SOURCE, RELEASED)
