"""What holds for every submission: answers are kept, rebuilding twice changes nothing, time is bounded."""

import copy
import json
import time

import nbformat
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.intake import parse_notebook, rebuild
from grader.intake.align import best_pairs, longest_rise
from tests.grader.small_lab import (
    LIMITS,
    NAMED,
    RELEASED,
    SOURCE,
    WRITTEN,
    code,
    graded,
    sources,
    strip,
    submission,
    text,
)


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
