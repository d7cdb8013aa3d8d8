"""Values across the boundary: what goes through unchanged, what stays, and what a hostile peer can cause."""

import contextlib
import json
import math
from collections import OrderedDict, UserDict, defaultdict, deque, namedtuple
from enum import IntEnum
from types import MappingProxyType

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.boundary.codec import MAX_DEPTH, CodecError, decode, encode
from utils.compare import is_close


def there_and_back(value):
    buffers = []
    tree = json.loads(json.dumps(encode(value, buffers)))
    return decode(tree, [bytes(b) for b in buffers])


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.binary(max_size=20)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=4)
    ),
    max_leaves=20,
)


class TestThereAndBack:
    @given(values)
    def test_plain_values_are_unchanged(self, value):
        try:
            expected = json.loads(json.dumps(value)) if isinstance(value, str) else value
        except UnicodeEncodeError:
            return
        assert there_and_back(value) == expected or "\\ud" in ascii(value)

    @pytest.mark.parametrize(
        "dtype", ["float32", "float64", "int64", "uint8", "bool", "float16", "complex64", "bfloat16"]
    )
    def test_tensors_keep_dtype_shape_and_values(self, dtype):
        x = (torch.arange(6).reshape(2, 3) % 2).to(getattr(torch, dtype))
        back = there_and_back(x)
        assert back.dtype == x.dtype
        assert torch.equal(back, x)

    @pytest.mark.parametrize(
        "x", [np.zeros((0, 3)), np.array(3.0), np.arange(6).reshape(2, 3)[:, ::2], np.array([True, False])]
    )
    def test_arrays_of_unusual_layout(self, x):
        back = there_and_back(x)
        assert back.shape == x.shape
        assert back.dtype == x.dtype
        assert np.array_equal(back, x)

    def test_leaves_keep_their_gradient(self):
        x = torch.ones(3, requires_grad=True)
        (x * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
        back = there_and_back(x)
        assert back.is_leaf
        assert back.requires_grad
        assert back.grad.tolist() == [1.0, 2.0, 3.0]

    def test_a_result_with_a_graph_is_no_leaf(self):
        back = there_and_back(torch.ones(3, requires_grad=True) * 2)
        assert back.requires_grad
        assert not back.is_leaf

    def test_aliases_stay_aliases(self):
        x = torch.zeros(2)
        a, b, c = there_and_back([x, x, torch.zeros(2)])
        assert a is b
        assert a is not c

    @pytest.mark.parametrize(
        "value", [math.nan, math.inf, -math.inf, 2**70, -(2**53), 1 + 2j, slice(1, None, 2), torch.float32]
    )
    def test_what_json_cannot_hold(self, value):
        back = there_and_back(value)
        assert back == value or (math.isnan(value) and math.isnan(back))

    def test_received_arrays_can_be_written(self):
        back = there_and_back(np.arange(3))
        back[0] = 7
        assert back[0] == 7


class TestPlainDataInOtherClasses:
    class Pretender(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):
            return True

    class Number(float):
        def __eq__(self, other):
            return True

        def __float__(self):
            return 7.0

    class Items(dict):
        def items(self):
            return [("not", "there")]

    Pair = namedtuple("Pair", "loss accuracy")

    @pytest.mark.parametrize(
        ("value", "plain"),
        [
            (Number(3.0), 3.0),
            (Items(a=1), {"a": 1}),
            (Pair(0.5, 1), (0.5, 1)),
            (OrderedDict(a=1), {"a": 1}),
            (defaultdict(list, a=[1]), {"a": [1]}),
            (UserDict(a=1), {"a": 1}),
            (MappingProxyType({"a": 1}), {"a": 1}),
            (deque([1, 2]), [1, 2]),
            (range(2), [0, 1]),
            (IntEnum("Kind", "one two").two, 2),
        ],
    )
    def test_arrive_as_the_data_that_they_hold(self, value, plain):
        back = there_and_back(value)
        assert type(back) is type(plain)
        assert back == plain

    def test_tensors_and_arrays_too(self):
        back = there_and_back([torch.ones(2).as_subclass(self.Pretender), np.matrix([[1, 2]])])
        assert [type(value) for value in back] == [torch.Tensor, np.ndarray]
        assert [value.tolist() for value in back] == [[1.0, 1.0], [[1, 2]]]


class TestWhatStays:
    class Liar:
        def __eq__(self, other):
            return True

        def __reduce__(self):
            raise AssertionError("nobody may pickle this")

    @pytest.mark.parametrize("value", [Liar(), object, len, [Liar()]])
    def test_objects_are_refused_where_nothing_keeps_them(self, value):
        with pytest.raises(CodecError):
            encode(value, [])

    def test_they_become_references_where_something_does(self):
        tree = encode({"a": self.Liar()}, [], lambda obj: {"$": "ref", "v": 3})
        assert decode(tree, [], lambda node: node["v"]) == {"a": 3}

    def test_cycles_and_depth_are_refused(self):
        deep: list = []
        for _ in range(MAX_DEPTH + 5):
            deep = [deep]
        with pytest.raises(CodecError):
            encode(deep, [])
        loop: list = []
        loop.append(loop)
        with pytest.raises(CodecError, match="contains itself"):
            there_and_back(loop)

    def test_aliases_of_aliases_do_not_explode(self):
        laughs: list = ["ha"]
        for _ in range(30):
            laughs = [laughs, laughs]
        with pytest.raises(CodecError, match="too many values"):
            there_and_back(laughs)


nodes = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.fixed_dictionaries(
            {
                "$": st.sampled_from(
                    [
                        "list",
                        "dict",
                        "tuple",
                        "set",
                        "tensor",
                        "array",
                        "scalar",
                        "same",
                        "int",
                        "float",
                        "bytes",
                        "ref",
                        "callback",
                        "slice",
                        "dtype",
                        "size",
                        "complex",
                        "value",
                        "__class__",
                    ]
                )
            },
            optional={
                "v": inner,
                "t": st.sampled_from(["float32", "bool", "object", "bfloat16"]) | inner,
                "s": st.lists(st.integers(-2, 2**40), max_size=3) | inner,
                "rg": inner,
                "grad": inner,
                "leaf": inner,
            },
        )
    ),
    max_leaves=25,
)


class TestHostilePeer:
    @settings(max_examples=1500, deadline=None)
    @given(nodes, st.lists(st.binary(max_size=40), max_size=3))
    def test_anything_is_a_value_or_a_codec_error(self, tree, buffers):
        with contextlib.suppress(CodecError):
            decode(tree, buffers, lambda node: "ref")

    @pytest.mark.parametrize(
        "tree",
        [
            {"$": "tensor", "t": "float32", "s": [1 << 40], "v": 0},
            {"$": "tensor", "t": "float32", "s": [0, 1 << 40, 1 << 40], "v": 0},
            {"$": "array", "t": "O", "s": [1], "v": 0},
            {"$": "array", "t": "float64", "s": [2], "v": 0},
            {"$": "int", "v": "9" * 5000},
            {"$": "int", "v": "٣"},
            {"$": "_buffer", "v": 0},
            {"$": "value", "v": 0},
            {"$": "dict", "v": [[{"$": "list", "v": []}, 1]]},
            {"$": "set", "v": [{"$": "list", "v": []}]},
            {"$": "slice", "v": ["a", None, None]},
            {"$": "same", "v": -1},
            {"$": "ref", "v": True},
        ],
    )
    def test_known_attacks_are_refused(self, tree):
        with pytest.raises(CodecError):
            decode(tree, [b"12345678"])

    def test_bool_bytes_are_normalised(self):
        out = decode({"$": "array", "t": "bool", "s": [4], "v": 0}, [b"\x00\x01\x02\xff"])
        assert out.tolist() == [False, True, True, True]
        assert out.view(np.uint8).tolist() == [0, 1, 1, 1]

    def test_buffers_are_not_counted_twice_for_free(self):
        big = bytes(1 << 20)
        tree = {"$": "list", "v": [{"$": "bytes", "v": 0}] * 100}
        with pytest.raises(CodecError, match="too many bytes"):
            decode(tree, [big])


def test_close_after_the_way_there_and_back():
    x = {"a": torch.randn(3, 4, dtype=torch.float64), "b": [np.random.default_rng(0).normal(size=5)]}
    assert is_close(there_and_back(x), x)
