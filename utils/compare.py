"""One comparison for every check: what differs, what it looks like, where to look.

`check_close` compares in the order in which a reader would: is there a value, its type, its shape, its kind
of numbers, nan, then the values. It names a constant factor ("exactly 5.0 times the expected, and 5 is the
batch size") and never prints an expected value.
"""

from __future__ import annotations

import functools
import itertools
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

RTOL = {
    "float64": 1e-8,
    "complex128": 1e-8,
    "float32": 1e-4,
    "complex64": 1e-4,
    "float16": 1e-2,
    "bfloat16": 3e-2,
}
CONSTANTS = {-1.0: "a sign is turned", 2.0: "a factor 2 too much", 0.5: "a factor 2 is missing"}
CONSTANTS |= {100.0: "a percentage instead of a fraction", 0.01: "a fraction instead of a percentage"}


class CheckFailed(AssertionError):
    """A check that did not hold: `seen`, `looks_like` and `where` are the three parts of its message.

    `compared` gives the arrays whose comparison failed, from which a picture of the difference can be made.
    """

    compared: Callable[[], list[Compared]] = list

    def __init__(
        self, seen: str, looks_like: str = "", where: str = "", misconception: str | None = None
    ) -> None:
        self.seen, self.looks_like, self.where = seen, looks_like, where
        self.misconception = misconception
        super().__init__("\n".join(part for part in (seen, looks_like, where) if part))

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the message, without the frames of this module."""
        return [f"CheckFailed: {self}"]


@dataclass(frozen=True)
class Compared:
    """Two arrays: `wrong` is True where their entries differ, None when their shapes do."""

    name: str
    got: np.ndarray
    expected: np.ndarray
    wrong: np.ndarray | None


def expect(
    condition: bool, seen: str, looks_like: str = "", where: str = "", misconception: str | None = None
) -> None:
    """Raise `CheckFailed` unless `condition` is True; `misconception` is the tag of a known wrong answer."""
    if condition is not True and not (isinstance(condition, np.bool_) and bool(condition)):
        raise CheckFailed(seen, looks_like, where, misconception)


def check_close(
    got: Any,
    expected: Any,
    *,
    what: str = "the result",
    sizes: Mapping[str, int] | None = None,
    rtol: float | None = None,
    atol: float = 0.0,
) -> None:
    """Raise `CheckFailed` unless `got` is `expected`: the same structure, shapes and kind of numbers, no nan,
    and values within `atol + rtol * max|expected|` (`rtol` defaults to 1e-8 in float64, 1e-4 in float32).

    Numbers may be Python or numpy numbers or tensors of no dimension; a dict may have more keys than
    expected; a float may have another precision. `sizes` names quantities, such as {"the batch size": 5}, by which a
    constant factor is explained.
    """
    problem = find_difference(got, expected, what=what, sizes=sizes or {}, rtol=rtol, atol=atol)
    if problem is not None:
        raise problem


def is_close(got: Any, expected: Any, *, rtol: float | None = None, atol: float = 0.0) -> bool:
    """Whether `check_close` would pass."""
    return find_difference(got, expected, what="", sizes={}, rtol=rtol, atol=atol) is None


@dataclass(frozen=True)
class _Rules:
    sizes: Mapping[str, int]
    rtol: float | None
    atol: float


@dataclass(frozen=True)
class _Leaf:
    """A pair of arrays (or of other values) at the same place of the two structures."""

    name: str
    got: Any
    expected: Any


def find_difference(
    got: Any, expected: Any, *, what: str, sizes: Mapping[str, int], rtol: float | None, atol: float
) -> CheckFailed | None:
    """The first difference as a `CheckFailed`, or None."""
    leaves: list[_Leaf] = []
    problem = _structure(got, expected, what, leaves)
    if problem is not None:
        return problem
    rules = _Rules(sizes, rtol, atol)
    for leaf in leaves:
        problem = _form(leaf)
        if problem is not None:
            problem.compared = functools.partial(_compared, [leaf], rules)
            return problem
    wrong = [leaf for leaf in leaves if not _equal(leaf, rules)]
    if not wrong:
        return None
    problem = _explain(wrong, leaves, rules)
    problem.compared = functools.partial(_compared, leaves, rules)
    return problem


def _structure(got: Any, expected: Any, name: str, leaves: list[_Leaf], depth: int = 0) -> CheckFailed | None:
    if expected is not None and got is None:
        return CheckFailed(
            f"{name} is None.", "Nothing was returned, or it is not written yet.", "Look at the return line."
        )
    if depth > 50:
        return CheckFailed(f"{name} is nested too deeply.")
    if isinstance(expected, Mapping):
        return _mapping(got, expected, name, leaves, depth)
    if isinstance(expected, list | tuple):
        return _sequence(got, expected, name, leaves, depth)
    if _kind(got) != _kind(expected):
        return CheckFailed(
            f"{name} is {_describe(got)}.",
            f"It should be {_describe(expected)}.",
            "Look at what is returned.",
        )
    leaves.append(_Leaf(name, got, expected))
    return None


def _mapping(got: Any, expected: Mapping, name: str, leaves: list[_Leaf], depth: int) -> CheckFailed | None:
    if not isinstance(got, Mapping):
        return CheckFailed(f"{name} is {_describe(got)}.", "It should be a dictionary.")
    for key, value in expected.items():
        if key not in got:
            return CheckFailed(
                f"{name} has no key {key!r}.",
                f"Its keys are {_listing(map(repr, got))}.",
                "Look at the names.",
            )
        problem = _structure(got[key], value, f"{name}[{key!r}]", leaves, depth + 1)
        if problem is not None:
            return problem
    return None


def _sequence(got: Any, expected: Sequence, name: str, leaves: list[_Leaf], depth: int) -> CheckFailed | None:
    if not isinstance(got, list | tuple):
        return CheckFailed(f"{name} is {_describe(got)}.", f"It should be {_describe(expected)}.")
    if len(got) != len(expected):
        return CheckFailed(f"{name} has {len(got)} items.", f"It should have {len(expected)}.")
    table = _as_table(expected)
    if table is not None and _as_table(got) is not None:
        leaves.append(_Leaf(name, np.asarray(got, dtype=float), table))
        return None
    for i, value in enumerate(expected):
        problem = _structure(got[i], value, f"{name}[{i}]", leaves, depth + 1)
        if problem is not None:
            return problem
    return None


def _as_table(value: Sequence) -> np.ndarray | None:
    """Nested lists of numbers as one array; None when the items are not all plain numbers."""
    if not value:
        return None
    items = value
    while items and all(isinstance(v, list | tuple) for v in items):
        if len({len(v) for v in items}) > 1:
            return None
        items = [x for v in items for x in v]
    if not items or not all(isinstance(v, float | int) and not isinstance(v, bool) for v in items):
        return None
    return np.asarray(value, dtype=float)


def _kind(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "bool"
    if isinstance(value, int | float | complex | np.number):
        return "number"
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return "number" if value.ndim == 0 and value.dtype != torch.bool else "tensor"
    if isinstance(value, np.ndarray):
        return "number" if value.ndim == 0 and value.dtype != bool else "array"
    return type(value).__name__


def _describe(value: Any) -> str:
    names = {
        "tensor": "a torch tensor",
        "array": "a numpy array",
        "number": "a number",
        "bool": "True or False",
        "dict": "a dictionary",
        "str": "a text",
        "NoneType": "None",
    }
    kind = _kind(value)
    if kind in ("tensor", "array"):
        return f"{names[kind]} of shape {tuple(value.shape)}"
    return names.get(kind, f"a {kind}")


def _array(value: Any) -> np.ndarray:
    """The numbers of a leaf as a numpy array (a copy on the CPU for tensors)."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        value = value.detach().resolve_conj().resolve_neg().cpu()
        return (value.float() if value.dtype == torch.bfloat16 else value).numpy()
    return np.asarray(value)


def _dtype(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "float64"
    return str(value.dtype).removeprefix("torch.") if hasattr(value, "dtype") else type(value).__name__


def _form(leaf: _Leaf) -> CheckFailed | None:
    """Shape, kind of numbers, device and nan."""
    if _kind(leaf.expected) not in ("tensor", "array", "number"):
        return None
    got, expected = _array(leaf.got), _array(leaf.expected)
    if got.shape != expected.shape:
        return _shape_problem(leaf, got, expected)
    device, wanted = getattr(leaf.got, "device", None), getattr(leaf.expected, "device", None)
    if (
        device is not None
        and wanted is not None
        and getattr(device, "type", device) != getattr(wanted, "type", wanted)
    ):
        return CheckFailed(
            f"{leaf.name} is on the device {device}.",
            f"The inputs are on {wanted}.",
            "Look for tensors that are created without the device of the inputs.",
        )
    if got.dtype.kind == "c" and expected.dtype.kind != "c":
        return CheckFailed(f"{leaf.name} holds complex numbers.", "They should be real.")
    if expected.dtype.kind in "fc" and got.dtype.kind not in "fc" and _kind(leaf.got) != "number":
        return CheckFailed(f"{leaf.name} holds {got.dtype} values.", "They should be floating-point numbers.")
    if expected.dtype.kind in "iub" and got.dtype.kind not in "iub" and _kind(leaf.got) != "number":
        return CheckFailed(f"{leaf.name} holds {got.dtype} values.", f"They should be {expected.dtype}.")
    if expected.dtype.kind in "fc" and np.isfinite(expected).all() and not np.isfinite(got).all():
        kind = "nan" if np.isnan(got).any() else "inf"
        place = _index(~np.isfinite(got))
        return CheckFailed(
            f"{leaf.name} contains {kind}{place}.",
            "A number overflowed, or a logarithm or a division met zero.",
            "Look for exp, log and / on large or zero values.",
        )
    return None


def _shape_problem(leaf: _Leaf, got: np.ndarray, expected: np.ndarray) -> CheckFailed:
    seen = f"{leaf.name} has shape {got.shape} where {expected.shape} is expected."
    if got.ndim >= 2 and got.shape == expected.shape[::-1]:
        same = _same_numbers(got.T, expected)
        return CheckFailed(
            seen,
            "It is transposed" + (": the values are right, rows and columns are exchanged." if same else "."),
            "Compare the two sides of the product with the table of shapes.",
        )
    if (
        got.ndim == expected.ndim + 1
        and got.shape[1:] == expected.shape
        and _same_numbers(got.sum(0), expected)
    ):
        return CheckFailed(
            seen, "It looks like one value for each example.", "What happens to the first axis at the end?"
        )
    if got.size == expected.size:
        return CheckFailed(
            seen, "The number of values is right, their arrangement is not.", "Print the shapes."
        )
    return CheckFailed(seen, "", "Print the shapes of what goes in and compare with the table of shapes.")


def _same_numbers(got: np.ndarray, expected: np.ndarray) -> bool:
    return bool(np.allclose(got, expected, rtol=1e-4, atol=1e-6 * (1 + _scale(expected))))


def _scale(values: np.ndarray) -> float:
    return float(np.abs(values).max()) if values.size and values.dtype.kind in "iufc" else 0.0


def _tolerance(leaf: _Leaf, rules: _Rules) -> float:
    """The allowed absolute difference: that of the less precise of the two, single precision at most for `got`."""
    rtol = rules.rtol
    if rtol is None:
        mine, due = (RTOL.get(_dtype(v), 1e-8) for v in (leaf.got, leaf.expected))
        rtol = max(due, min(mine, RTOL["float32"]))
    return rules.atol + rtol * _scale(_array(leaf.expected)) + 1e-13


def _equal(leaf: _Leaf, rules: _Rules) -> bool:
    if _kind(leaf.expected) not in ("tensor", "array", "number"):
        return type(leaf.got) is type(leaf.expected) and bool(leaf.got == leaf.expected)
    return bool(np.all(_near(leaf, rules)))


def _near(leaf: _Leaf, rules: _Rules) -> np.ndarray:
    """Where two arrays of the same shape have the same entries, up to the tolerance."""
    got, expected = _array(leaf.got), _array(leaf.expected)
    if expected.dtype.kind not in "fc" and got.dtype.kind not in "fc":
        return got == expected
    with np.errstate(all="ignore"):
        off = np.abs(got.astype(expected.dtype if expected.dtype.kind == "c" else float) - expected)
    return (off <= _tolerance(leaf, rules)) | (got == expected) | (np.isnan(got) & np.isnan(expected))


def _compared(leaves: Sequence[_Leaf], rules: _Rules) -> list[Compared]:
    """The arrays among the leaves, numbers and texts left out."""
    found = []
    for leaf in leaves:
        if _kind(leaf.expected) in ("tensor", "array"):
            got, expected = _array(leaf.got), _array(leaf.expected)
            wrong = ~_near(leaf, rules) if got.shape == expected.shape else None
            found.append(Compared(leaf.name, got, expected, wrong))
    return found


def _explain(wrong: list[_Leaf], leaves: list[_Leaf], rules: _Rules) -> CheckFailed:
    right = [leaf for leaf in leaves if leaf not in wrong]
    names = _listing(leaf.name for leaf in wrong)
    except_for = ""
    if right and any(_kind(leaf.expected) in ("tensor", "array") for leaf in right):
        verb = "are" if len(right) > 1 else "is"
        except_for = f"{_listing(leaf.name for leaf in right)} {verb} right."
    ratio = _common_ratio(wrong, rules)
    if ratio is not None:
        value, name = ratio
        verb = "are" if len(wrong) > 1 else "is"
        seen = f"{names} {verb} exactly {_figure(value)} times the expected"
        return CheckFailed(seen + (f", and {name}." if name else "."), except_for, "Look for this factor.")
    leaf = wrong[0]
    if _kind(leaf.expected) not in ("tensor", "array"):
        return CheckFailed(f"{leaf.name} is not what is expected.", except_for, "Work the case out on paper.")
    difference = np.abs(_array(leaf.got).astype(float) - _array(leaf.expected).astype(float))
    share = float((difference > _tolerance(leaf, rules)).mean())
    seen = f"{names} differ{'s' if len(wrong) == 1 else ''} from the expected"
    where = (
        f"{leaf.name}: {share:.0%} of the entries differ, most of all that at index {_position(difference)}."
    )
    return CheckFailed(f"{seen}.", except_for, where)


def _common_ratio(wrong: list[_Leaf], rules: _Rules) -> tuple[float, str] | None:
    """The factor common to all wrong leaves and its name; a lone number needs a factor that has a name."""
    pairs = [(_array(x.got), _array(x.expected)) for x in wrong]
    if any(e.dtype.kind not in "iuf" or g.dtype.kind not in "iuf" for g, e in pairs):
        return None
    got = np.concatenate([g.ravel() for g, _ in pairs]).astype(float)
    expected = np.concatenate([e.ravel() for _, e in pairs]).astype(float)
    scale = _scale(expected)
    if scale < 1e-100 or not np.isfinite(got).all() or not np.isfinite(expected).all():
        return None
    unit = expected / scale
    ratio = float((got / scale) @ unit) / float(unit @ unit)
    precision = max(max(RTOL.get(_dtype(v), 1e-8) for v in (x.got, x.expected)) for x in wrong)
    if abs(ratio - 1) < 5e-5:
        return None  # a small error, not a factor
    if abs(ratio) < 1e-9 or np.abs(got - ratio * expected).max() > 10 * precision * abs(ratio) * scale:
        return None
    name = _name_of(ratio, rules.sizes, 10 * precision)
    return (ratio, name) if name or got.size > 1 else None


def _name_of(ratio: float, sizes: Mapping[str, int], precision: float) -> str:
    named = {}
    for text, size in sizes.items():
        named[float(size)] = f"{size} is {text}"
        named[1 / size] = f"1/{size} is one over {text}"
    for (a, x), (b, y) in itertools.combinations(sizes.items(), 2):
        named.setdefault(float(x * y), f"{x * y} is {a} times {b}")
        named.setdefault(1 / (x * y), f"1/{x * y} is one over {a} times {b}")
    for (a, x), (b, y) in itertools.permutations(sizes.items(), 2):
        named.setdefault(x / y, f"{x}/{y} is {a} over {b}")
    for value, text in [*named.items(), *CONSTANTS.items()]:
        if value != 1 and math.isclose(ratio, value, rel_tol=max(precision, 1e-9)):
            return text
        if value > 0 and value != 1 and math.isclose(ratio, -value, rel_tol=max(precision, 1e-9)):
            return f"{text}, with the sign turned"
    return ""


def _figure(value: float) -> str:
    text = f"{value:.6g}"
    return text if any(c in text for c in ".e") else f"{text}.0"


def _position(difference: np.ndarray) -> str:
    place = np.unravel_index(int(np.argmax(difference)), difference.shape)
    return str(tuple(int(i) for i in place))


def _index(mask: np.ndarray) -> str:
    if mask.ndim == 0:
        return ""
    return f" (first at index {tuple(int(i) for i in np.argwhere(mask)[0])})"


def _listing(names: Any) -> str:
    items = list(names)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else "none"
