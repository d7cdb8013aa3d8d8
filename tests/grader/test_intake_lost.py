"""Answers are found without their metadata, or with that of another cell."""

import copy
import json

import pytest

from grader.intake import parse_notebook, rebuild
from grader.release import released_notebook
from tests.grader.small_lab import (
    LIMITS,
    NAMED,
    RELEASED,
    SOURCE,
    WRITTEN,
    at,
    code,
    function,
    get,
    graded,
    same_as_whole,
    sources,
    strip,
    submission,
    text,
)


def test_lost_metadata_is_found_again_by_id_names_text_and_place():
    for ids in (True, False):
        rebuilt = graded(strip(submission(), ids=ids))
        assert same_as_whole(rebuilt), ids
        assert rebuilt.repairs == [
            "13 cells had lost their nbgrader metadata; they were recognised without it."
        ]


def test_without_metadata_answers_are_found_in_any_order():
    nb = strip(submission())
    code_cells = [c for c in nb.cells if c.cell_type == "code"]
    nb.cells = [c for c in nb.cells if c.cell_type != "code"] + code_cells[::-1]
    rebuilt = graded(nb)
    assert {n: rebuilt.answers[n] for n in NAMED} == {n: WRITTEN[n] for n in NAMED}


def test_without_metadata_broken_code_is_found_by_its_name():
    nb = strip(submission())
    nb.cells[at(RELEASED, "backward")].source = "def backward(x:\n  retrun (["
    nb.cells[at(RELEASED, "train")].source = " def train(x):\n     return x"
    rebuilt = graded(nb)
    assert rebuilt.answers["backward"].startswith("def backward(x:")
    assert rebuilt.answers["train"].startswith(" def train")
    assert rebuilt.extra == 0


def test_without_metadata_two_answers_of_one_name_keep_their_order():
    source, nb = copy.deepcopy(SOURCE), strip(submission())
    place = at(source, "check-backward")
    again = copy.deepcopy(get(source, "forward"))
    again["id"] = again.metadata.nbgrader["grade_id"] = "carried-over"
    source.cells.insert(place, again)
    nb.cells.insert(place, code("x", function("forward", "    return -x")))
    rebuilt = rebuild(
        parse_notebook(json.dumps(nb).encode(), LIMITS).cells, source, released_notebook(source)
    )
    assert rebuilt.answers["forward"] == WRITTEN["forward"]
    assert rebuilt.answers["carried-over"] == function("forward", "    return -x")


def test_without_metadata_an_edited_plain_cell_is_found_by_its_place():
    nb = strip(submission())
    nb.cells[at(RELEASED, "figure")].source = "print(1)"
    rebuilt = graded(nb)
    assert get(rebuilt.notebook, "figure").source == "print(1)"
    assert rebuilt.extra == 0


def test_without_metadata_an_edited_check_is_found_by_its_words():
    nb = strip(submission())
    nb.cells[at(RELEASED, "check-train")].source += "  # why?"
    rebuilt = graded(nb)
    assert same_as_whole(rebuilt)
    assert rebuilt.extra == 0


def test_without_metadata_code_quoted_in_words_is_not_taken_for_an_answer():
    nb = strip(submission())
    nb.cells.append(text("x", f"I first wrote\n\n{function('forward', '    return 0')}"))
    assert graded(nb).answers == WRITTEN


def test_exchanged_grade_ids_are_seen_through():
    nb = submission()
    one, other = get(nb, "forward"), get(nb, "backward")
    one.metadata, other.metadata = other.metadata, one.metadata
    assert same_as_whole(graded(nb))


@pytest.mark.parametrize("name", [cell.id for cell in RELEASED.cells])
def test_the_metadata_of_any_cell_and_an_answer_in_words_may_be_exchanged(name):
    nb = submission()
    one, other = get(nb, name), get(nb, "q-why")
    one.metadata, other.metadata = other.metadata, one.metadata
    assert same_as_whole(graded(nb))


def test_the_metadata_of_an_answer_on_another_cell_do_not_hide_the_answer():
    nb = strip(submission(), metadata=False)
    answer = nb.cells[at(RELEASED, "forward")]
    nb.cells.insert(2, code("x", "print(X)", answer.metadata))
    answer.metadata = {}
    rebuilt = graded(nb)
    assert rebuilt.answers == WRITTEN
    assert rebuilt.extra == 1


def test_the_grade_ids_of_answer_and_check_may_be_exchanged():
    nb = submission()
    one, other = get(nb, "forward"), get(nb, "check-forward")
    one.metadata, other.metadata = other.metadata, one.metadata
    one["id"], other["id"] = other.id, one.id
    assert sources(graded(nb).notebook) == sources(submission())
