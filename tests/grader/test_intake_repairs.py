"""What was deleted, moved, retyped or edited is put back, and one plain sentence says so."""

import copy

import nbformat
import pytest
from nbformat import v4

from tests.grader.small_lab import (
    RELEASED,
    WRITTEN,
    at,
    get,
    graded,
    same_as_whole,
    submission,
)


def test_a_right_submission_needs_no_repair():
    rebuilt = graded(submission())
    assert rebuilt.repairs == []
    assert rebuilt.answers == WRITTEN
    assert rebuilt.extra == 0
    assert same_as_whole(rebuilt)
    nbformat.validate(rebuilt.notebook)


def test_an_untouched_notebook_has_nothing_written_and_needs_no_repair():
    rebuilt = graded(RELEASED)
    assert rebuilt.repairs == []
    assert rebuilt.not_written == set(WRITTEN)
    assert rebuilt.notebook == RELEASED


def test_outputs_counts_and_editor_metadata_are_no_repairs_and_are_not_kept():
    nb = submission()
    nb.metadata |= {
        "colab": {"provenance": []},
        "vscode": {},
        "language_info": {"name": "python", "version": "3.14"},
    }
    nb.metadata.kernelspec = {"name": "venv", "display_name": "venv", "language": "python"}
    for n, cell in enumerate(nb.cells):
        cell.metadata |= {"collapsed": False, "colab": {"base_uri": "x"}, "ExecuteTime": {}}
        if cell.cell_type == "code":
            cell.execution_count = n
            cell.outputs = [
                v4.new_output("stream", text="out"),
                v4.new_output("error", ename="E", evalue="e"),
            ]
    rebuilt = graded(nb)
    assert rebuilt.repairs == []
    assert not any(cell.get("outputs") for cell in rebuilt.notebook.cells)
    assert rebuilt.notebook.metadata == RELEASED.metadata
    assert [c.metadata for c in rebuilt.notebook.cells] == [c.metadata for c in RELEASED.cells]


def test_a_changed_check_is_put_back():
    nb = submission()
    get(nb, "check-backward").source = "assert True"
    rebuilt = graded(nb)
    assert rebuilt.repairs == [
        "The check cell of `backward` had been changed; the instructor's text was put back."
    ]
    assert same_as_whole(rebuilt)


def test_a_deleted_check_is_put_back():
    nb = submission()
    del nb.cells[at(nb, "check-backward")]
    rebuilt = graded(nb)
    assert rebuilt.repairs == ["The check cell of `backward` had been deleted; it was put back."]
    assert same_as_whole(rebuilt)


def test_a_copied_check_is_taken_once():
    nb = submission()
    nb.cells.insert(3, copy.deepcopy(get(nb, "check-train")))
    rebuilt = graded(nb)
    assert rebuilt.repairs == ["There was more than one copy of the check cell of `train`; one was taken."]
    assert same_as_whole(rebuilt)


def test_a_deleted_answer_is_put_back_empty():
    nb = submission()
    del nb.cells[at(nb, "train")]
    rebuilt = graded(nb)
    assert rebuilt.repairs == ["The answer cell of `train` was missing; the empty one was put back."]
    assert rebuilt.not_written == {"train"}
    assert rebuilt.answers["train"] == ""
    assert get(rebuilt.notebook, "train") == get(RELEASED, "train")


def test_deleted_plain_cells_are_put_back():
    nb = submission()
    del nb.cells[at(nb, "figure")]
    rebuilt = graded(nb)
    assert rebuilt.repairs == ["Deleted cells of the lab were put back: `figure`."]
    assert same_as_whole(rebuilt)


def test_a_moved_cell_is_put_back_in_its_place():
    nb = submission()
    nb.cells.append(nb.cells.pop(at(nb, "check-forward")))
    rebuilt = graded(nb)
    assert rebuilt.repairs == ["The check cell of `forward` had been moved; it was put back in its place."]
    assert same_as_whole(rebuilt)


@pytest.mark.parametrize("cell_type", ["markdown", "raw"])
def test_a_retyped_answer_becomes_code_again(cell_type):
    nb = submission()
    cell = get(nb, "forward")
    cell.cell_type = cell_type
    rebuilt = graded(nb)
    assert len(rebuilt.repairs) == 1
    assert "turned back into a code cell" in rebuilt.repairs[0]
    assert same_as_whole(rebuilt)
    assert get(rebuilt.notebook, "forward").cell_type == "code"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"points": 100}, "points"),
        ({"points": None}, "points"),
        ({"grade": False}, "flags"),
        ({"solution": True}, "flags"),
        ({"locked": False}, "flags"),
        ({"task": True}, "flags"),
        ({"schema_version": 99}, "flags"),
        ({"schema_version": "3"}, "flags"),
        ({"grade": {"a": []}}, "flags"),
    ],
)
def test_changed_points_flags_and_versions_are_put_back(change, word):
    nb = submission()
    get(nb, "check-forward").metadata.nbgrader |= change
    rebuilt = graded(nb)
    assert rebuilt.repairs == [
        f"The {'points' if word == 'points' else 'grading flags'} of the check cell of `forward` had been changed; "
        "they were put back."
    ]
    assert get(rebuilt.notebook, "check-forward") == get(RELEASED, "check-forward")


def test_tags_are_left_out():
    nb = submission()
    get(nb, "check-forward").metadata.tags = ["skip-execution"]
    rebuilt = graded(nb)
    assert rebuilt.repairs == ["The tag `skip-execution` of the check cell of `forward` was left out."]
    assert "tags" not in get(rebuilt.notebook, "check-forward").metadata


def test_another_language_is_told():
    nb = submission()
    nb.metadata.kernelspec = {"name": "bash", "display_name": "Bash", "language": "bash"}
    rebuilt = graded(nb)
    assert rebuilt.repairs == ["The notebook asked for the language bash; it was run with Python."]
    assert rebuilt.notebook.metadata == RELEASED.metadata
