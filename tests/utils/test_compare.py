"""The one comparison: what passes, what fails, and what the message says."""

import math

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from utils.compare import CheckFailed, check_close, expect, is_close

SIZES = {"the batch size": 5, "ny": 2, "the number of hidden units": 7}


def message(got, expected, **options):
    with pytest.raises(CheckFailed) as caught:
        check_close(got, expected, **options)
    return str(caught.value)


def draw(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


class TestWhatPasses:
    @pytest.mark.parametrize(
        ("got", "expected"),
        [
            (0.5, torch.tensor(0.5)),
            (torch.tensor(0.5), 0.5),
            (np.float32(0.5), 0.5),
            (1, 1.0),
            ([1.0, 2.0], (1.0, 2.0)),
            ([[1, 2], [3, 4]], [[1.0, 2.0], [3.0, 4.0]]),
            ({"a": 1.0, "more": 2.0}, {"a": 1.0}),
            ("text", "text"),
            (None, None),
            (np.arange(3), np.arange(3)),
            (torch.tensor([float("inf")]), torch.tensor([float("inf")])),
        ],
    )
    def test_equal_values_in_usual_forms(self, got, expected):
        check_close(got, expected)

    def test_another_precision_within_its_own_noise(self):
        x = draw(4, 3)
        check_close(x.float(), x)
        check_close(x, x.float())

    @given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3), elements=st.floats(-1e6, 1e6)))
    def test_an_array_equals_itself_in_another_order_of_summation(self, x):
        check_close(x * (1 + 1e-12), x)


class TestWhatFails:
    @pytest.mark.parametrize(
        ("got", "expected", "words"),
        [
            (None, 1.0, "is None"),
            (draw(3).numpy(), draw(3), "a numpy array"),
            (draw(3), 1.0, "a torch tensor"),
            ([1.0], [1.0, 2.0], "has 1 items"),
            ({"b": 1.0}, {"a": 1.0}, "no key 'a'"),
            (torch.zeros(3, dtype=torch.long), draw(3), "holds int64"),
            (torch.tensor([1.0, math.nan]), torch.tensor([1.0, 2.0]), "contains nan (first at index (1,))"),
            (torch.tensor([1.0, math.inf]), torch.tensor([1.0, 2.0]), "contains inf"),
            (True, 1.0, "True or False"),
            ("a", "b", "not what is expected"),
        ],
    )
    def test_message_says_what_was_seen(self, got, expected, words):
        assert words in message(got, expected)

    def test_transposed_is_said_so(self):
        x = draw(4, 3)
        assert "transposed: the values are right" in message(x.T, x)

    def test_missing_sum_over_the_batch_is_said_so(self):
        per_example = draw(5, 3)
        assert "one value for each example" in message(per_example, per_example.sum(0))

    def test_extra_dimension_is_a_wrong_shape(self):
        x = draw(3)
        assert "shape (1, 3) where (3,)" in message(x[None], x)

    def test_other_keys_are_said_to_be_right(self):
        good, bad = draw(2, 3), draw(3, seed=1)
        text = message({"Wy": good, "by": bad + draw(3, seed=2)}, {"Wy": good, "by": bad}, what="grads")
        assert "grads['Wy'] is right" in text
        assert "grads['by']" in text.splitlines()[0]

    def test_one_wrong_entry_is_found_with_its_index(self):
        x = draw(4, 3)
        wrong = x.clone()
        wrong[2, 1] += 0.1
        assert "(2, 1)" in message(wrong, x)


class TestRatios:
    @pytest.mark.parametrize(
        ("factor", "words"),
        [
            (5, "5 is the batch size"),
            (1 / 5, "1/5 is one over the batch size"),
            (2, "2 is ny"),
            (-1, "a sign is turned"),
            (-5, "with the sign turned"),
            (10, "10 is the batch size times ny"),
            (2.5, "5/2 is the batch size over ny"),
            (100, "percentage"),
        ],
    )
    def test_known_factor_is_named(self, factor, words):
        x = draw(4, 3)
        assert words in message(factor * x, x, sizes=SIZES)

    @settings(deadline=None)
    @given(st.floats(-1e3, 1e3))
    def test_any_factor_is_found(self, factor):
        assume(abs(factor) > 1e-2 and abs(factor - 1) > 1e-4)
        x = draw(4, 3)
        assert "times the expected" in message(factor * x, x)

    @settings(deadline=None)
    @given(st.integers(1, 10_000))
    def test_random_arrays_get_no_factor(self, seed):
        text = message(draw(4, 3, seed=seed), draw(4, 3, seed=0), sizes=SIZES)
        assert "times the expected" not in text

    def test_lone_number_needs_a_factor_with_a_name(self):
        assert "the batch size" in message(5 * 1.37, 1.37, sizes=SIZES)
        assert "times" not in message(1.91, 1.37, sizes=SIZES)


@settings(deadline=None)
@given(
    hnp.arrays(np.float64, (3, 2), elements=st.floats(-10, 10)),
    hnp.arrays(np.float64, (3, 2), elements=st.floats(-10, 10)),
)
def test_no_message_prints_an_expected_value(got, expected):
    if not is_close(got, expected):
        text = message(got, expected)
        for value in expected.ravel():
            if abs(value) > 1e-3 and abs(value - round(value, 1)) > 1e-4:
                assert f"{value:.4g}" not in text


@pytest.mark.parametrize("condition", [False, None, 1, "yes", [True], np.bool_(False)])
def test_expect_accepts_nothing_but_true(condition):
    with pytest.raises(CheckFailed):
        expect(condition, "seen")


def test_expect_accepts_true():
    expect(True, "seen")
    expect(np.bool_(True), "seen")
