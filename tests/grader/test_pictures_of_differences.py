"""A picture of where an answer differs tells no expected value."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from grader.checks.diagnosis import Outcome
from grader.checks.differences import MOST_COLUMNS, MOST_ROWS, by_check, differences
from grader.reporting.drawings import drawings
from utils.compare import CheckFailed, check_close

SOURCE = np.random.default_rng(0)


def difference(got, expected):
    """What is kept of a failed comparison."""
    with pytest.raises(CheckFailed) as failure:
        check_close(got, expected, what="grads")
    return differences(failure.value)


def wrong_at(shape, places):
    expected = SOURCE.normal(size=shape)
    got = expected.copy()
    got[places] += 1 + SOURCE.random(got[places].shape)
    return got, expected


def words(found):
    return [f"{drawing.name} {drawing.words}" for drawing in drawings(found)]


def test_a_map_marks_the_entries_that_differ():
    (found,) = difference(*wrong_at((3, 4), np.s_[1, 2:]))
    assert found == {"name": "grads", "got": [3, 4], "expected": [3, 4], "rows": ["0000", "0033", "0000"]}
    assert words([found]) == ["grads 3 × 4: about 17% of the entries differ, only in row 1 (counted from 0)"]


def test_all_arrays_of_a_result_are_drawn_the_right_ones_too():
    got, expected = wrong_at((4, 3), np.s_[:, 0])
    right = torch.randn(5)
    found = difference({"W": torch.tensor(got), "b": right}, {"W": torch.tensor(expected), "b": right})
    assert words(found) == [
        "grads['W'] 4 × 3: about 33% of the entries differ, only in column 0 (counted from 0)",
        "grads['b'] 5 long: right",
    ]


def test_another_shape_is_shown_beside_the_expected_one():
    found = difference(SOURCE.normal(size=(4, 3)), SOURCE.normal(size=(3, 4)))
    assert words(found) == ["grads yours is 4 × 3, expected is 3 × 4"]
    assert drawings(found)[0].svg.count("<rect") == 2


def test_not_a_number_is_marked():
    got = SOURCE.normal(size=6)
    expected = got.copy()
    got[4] = np.nan
    (found,) = difference(got, expected)
    assert found["rows"] == ["000030"]


def test_a_large_array_is_put_into_squares():
    (found,) = difference(*wrong_at((100, 7, 50), np.s_[50:]))
    assert len(found["rows"]) == MOST_ROWS
    assert {len(row) for row in found["rows"]} == {MOST_COLUMNS}
    assert found["rows"][0] == "0" * MOST_COLUMNS
    assert found["rows"][-1] == "3" * MOST_COLUMNS


def test_a_map_is_the_same_whatever_the_size_and_sign_of_the_error():
    expected = SOURCE.normal(size=(4, 5))
    maps = set()
    for error in (-1e6, -0.5, 0.01, 3.0):
        got = expected.copy()
        got[2, 1:3] += error
        maps.add(json.dumps(difference(got, expected)))
    assert len(maps) == 1


@pytest.mark.parametrize(
    "expected",
    [
        np.array([0, 1, 1, 0, 2]),
        np.array([True, False, True, True]),
        np.eye(4)[[0, 1, 3]],
        np.where(np.arange(12) % 3, 1.25, 0.0).reshape(3, 4),
        np.arange(12.0),
    ],
)
def test_values_that_a_map_would_give_away_get_none(expected):
    """Labels, masks, one-hot rows and counts: who knows which entries are wrong knows the right ones."""
    got = expected.copy()
    got[0] = ~got[0] if got.dtype == bool else got[0] + 1
    assert difference(got, expected) == []


def test_beside_other_arrays_such_values_are_right_or_wrong_as_a_whole():
    scores, labels = wrong_at((3, 4), np.s_[0])[1], np.array([0, 2, 1])
    found = difference({"scores": scores, "labels": labels[::-1]}, {"scores": scores, "labels": labels})
    assert found[1]["rows"] == ["3"]
    assert words(found) == ["grads['scores'] 3 × 4: right", "grads['labels'] 3 long: differs"]


def test_numbers_texts_and_structures_have_no_picture():
    assert difference(1.5, 2.5) == []
    assert difference({"a": 1}, {"b": 1}) == []
    assert differences(CheckFailed("the author's own words")) == []


def test_checks_with_the_same_message_share_a_picture():
    found = [{"name": "a", "got": [2], "expected": [3], "rows": []}]
    outcomes = [Outcome(name, name, "failed", "said", differences=found) for name in ("one", "two")]
    outcomes.append(Outcome("three", "three", "passed", "", differences=found))
    assert by_check(outcomes) == {"one": found}


@pytest.mark.parametrize(
    "damage",
    [
        None,
        "text",
        [3, None, {}],
        [{"name": "a", "got": [1], "expected": [2], "rows": ["9x"]}],
        [{"name": "a", "got": [-1], "expected": [2], "rows": []}],
        [{"name": "a", "got": ["<b>"], "expected": [2], "rows": []}],
        [{"name": "a", "got": [True], "expected": [2], "rows": ["0" * 1000]}],
    ],
)
def test_a_damaged_record_is_not_drawn(damage):
    assert drawings(damage) == []
