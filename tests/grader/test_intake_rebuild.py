"""The rebuilt notebook has the instructor's cells and the student's answers, whatever happened to the file."""

import copy
import json
import time

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import v4

from grader.intake import parse_notebook, rebuild, take_in
from grader.intake.align import best_pairs, longest_rise
from grader.limits import Limits
from grader.release import released_notebook

LIMITS = Limits()


def nbgrader(name, points=None, **flags):
    meta = {
        "grade": False,
        "grade_id": name,
        "locked": False,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    if points is not None:
        meta |= {"grade": True, "points": points}
    return {"nbgrader": meta | flags}


def code(name, source, metadata=None):
    return v4.new_code_cell(source, id=name, metadata=metadata or {})


def text(name, source, metadata=None):
    return v4.new_markdown_cell(source, id=name, metadata=metadata or {})


def function(name, body):
    return f'def {name}(x):\n    """Returns {name} of x."""\n{body}'


def lab(answers, reason, eta):
    """A small lab; `answers` maps each function to its body."""
    cells = [
        text("intro", "# A small lab\nSome words that introduce it."),
        code("setup", "import math\nX = [1, 2, 3]", nbgrader("setup", locked=True)),
    ]
    for name in ("forward", "backward", "train"):
        cells += [
            text(f"about-{name}", f"Write the function `{name}` of the lab."),
            code(name, function(name, answers[name]), nbgrader(name, solution=True)),
            code(f"check-{name}", f"assert {name}(1) == 1", nbgrader(f"check-{name}", 2, locked=True)),
        ]
    cells += [
        code("figure", "values = [forward(x) for x in X]\nprint('a figure of', values)"),
        code("rates", f"eta = None\nn_epochs = None\n{eta}", nbgrader("rates", solution=True)),
        code("check-rates", "assert eta < 1", nbgrader("check-rates", 1, locked=True)),
        text("q-why-text", "Why is the mean taken?", nbgrader("q-why-text", locked=True)),
        text("q-why", reason, nbgrader("q-why", 2, solution=True)),
        text("q-when-text", "When does it diverge?", nbgrader("q-when-text", locked=True)),
        text("q-when", reason, nbgrader("q-when", 2, solution=True)),
        text("end", "That was the lab."),
    ]
    return v4.new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )


SOURCE = lab(
    {
        n: f"    ### BEGIN SOLUTION\n    return {n!r}\n    ### END SOLUTION"
        for n in ("forward", "backward", "train")
    },
    "=== BEGIN MARK SCHEME ===\nBecause.\n=== END MARK SCHEME ===",
    "### BEGIN SOLUTION\neta = 0.1\nn_epochs = 5\n### END SOLUTION",
)
RELEASED = released_notebook(SOURCE)
WRITTEN = {
    "forward": function("forward", "    return x"),
    "backward": function("backward", "    y = x\n    return y"),
    "train": function("train", "    for _ in range(3):\n        x = x\n    return x"),
    "rates": "eta = 0.3\nn_epochs = 7",
    "q-why": "Since batches differ in size.",
    "q-when": "With a large step.",
}
NAMED = {"forward", "backward", "train", "rates"}


def submission():
    """The released lab with every answer written."""
    nb = copy.deepcopy(RELEASED)
    for cell in nb.cells:
        if cell.id in WRITTEN:
            cell.source = WRITTEN[cell.id]
    return nb


def at(nb, name):
    return next(n for n, cell in enumerate(nb.cells) if cell.id == name)


def get(nb, name):
    return nb.cells[at(nb, name)]


def graded(nb):
    return take_in(json.dumps(nb).encode(), SOURCE, RELEASED, LIMITS)


def sources(nb):
    return [(cell.id, cell.source) for cell in nb.cells]


def same_as_whole(rebuilt):
    return sources(rebuilt.notebook) == sources(submission()) and rebuilt.not_written == set()


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


def strip(nb, ids=True, metadata=True):
    for n, cell in enumerate(nb.cells):
        if metadata:
            cell.metadata = {}
        if ids:
            cell["id"] = f"new-{n}"
    return nb


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
    again["id"] = again.metadata.nbgrader["grade_id"] = "forward-again"
    source.cells.insert(place, again)
    nb.cells.insert(place, code("x", function("forward", "    return -x")))
    rebuilt = rebuild(
        parse_notebook(json.dumps(nb).encode(), LIMITS).cells, source, released_notebook(source)
    )
    assert rebuilt.answers["forward"] == WRITTEN["forward"]
    assert rebuilt.answers["forward-again"] == function("forward", "    return -x")


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


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_order_and_any_loss_of_metadata_leaves_the_answers(data):
    nb = submission()
    nb.cells = data.draw(st.permutations(nb.cells))
    for cell in nb.cells:
        lost = data.draw(st.sampled_from(["nothing", "metadata", "id", "both"]))
        if lost in ("metadata", "both"):
            cell.metadata = {}
        if lost == "id" or (
            lost == "both" and (cell.source in WRITTEN.values() and cell.cell_type == "code")
        ):
            cell["id"] = "x" + cell["id"]
    rebuilt = graded(nb)
    assert rebuilt.answers == WRITTEN
    assert sources(rebuilt.notebook) == sources(submission())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=6,
)
KEYS = ("cell_type", "source", "metadata", "id", "outputs", "attachments", "execution_count")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_value_in_any_place_of_some_cells_is_survived_and_costs_nothing_else(data):
    nb = json.loads(json.dumps(submission()))
    hit = data.draw(st.sets(st.integers(0, len(nb["cells"]) - 1), max_size=3))
    for n in hit:
        if data.draw(st.booleans()):
            nb["cells"][n] = data.draw(json_values)
        else:
            nb["cells"][n][data.draw(st.sampled_from(KEYS))] = data.draw(json_values)
    nb["metadata"] = data.draw(json_values)
    rebuilt = graded(nb)
    damaged = {RELEASED.cells[n].id for n in hit}
    for name in NAMED - damaged:
        assert rebuilt.answers[name] == WRITTEN[name]
    nbformat.validate(rebuilt.notebook)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_rebuilding_a_rebuilt_notebook_changes_nothing(data):
    nb = submission()
    cells = data.draw(st.lists(st.sampled_from(nb.cells + RELEASED.cells), min_size=1, max_size=30))
    cells = [copy.deepcopy(cell) for cell in cells]
    for cell in cells:
        if data.draw(st.integers(0, 4)) == 0:
            cell.source += data.draw(st.sampled_from(["\nz = 1", "\ndef forward(x): ...", "\n", "\nwords"]))
        if data.draw(st.integers(0, 3)) == 0:
            cell.metadata = {}
    nb.cells = cells
    once = graded(nb)
    twice = graded(once.notebook)
    assert sources(twice.notebook) == sources(once.notebook)
    assert twice.repairs == []


@given(st.lists(st.integers(), unique=True))
def test_what_kept_its_order_is_in_order_and_nothing_can_be_added(numbers):
    kept = [numbers[n] for n in longest_rise(numbers)]
    longest = [1] * len(numbers)
    for n in range(len(numbers)):
        longest[n] += max((longest[m] for m in range(n) if numbers[m] < numbers[n]), default=0)
    assert kept == sorted(kept)
    assert len(kept) == max(longest, default=0)


def test_pairs_keep_their_order_and_too_many_are_not_tried():
    scores = [[0.0, 0.9, 0.0], [0.8, 0.0, 0.5]]
    assert best_pairs(2, 3, lambda row, column: scores[row][column]) == [(0, 1), (1, 2)]
    assert best_pairs(0, 3, lambda row, column: 1) == []
    assert best_pairs(10_000, 10_000, lambda row, column: 1) == []


def test_thousands_of_additional_cells_take_little_time():
    nb = strip(submission())
    more = [code("x", f"def forward(x):\n    return {n}\neta = n_epochs = q = {n}") for n in range(1000)]
    nb.cells = more + nb.cells + [text("x", f"words {n}") for n in range(900)]
    start = time.process_time()
    assert graded(nb).extra > 1800
    assert time.process_time() - start < 2


def test_a_notebook_of_forty_cells_takes_little_time():
    nb = submission()
    nb.cells += [code(f"more-{n}", f"value_{n} = {n}\n" * 20) for n in range(20)]
    raw = json.dumps(nb).encode()

    def seconds():
        start = time.process_time()
        rebuild(parse_notebook(raw, LIMITS).cells, SOURCE, RELEASED)
        return time.process_time() - start

    assert min(seconds() for _ in range(5)) < 0.015
