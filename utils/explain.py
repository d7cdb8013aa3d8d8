"""What a difference looks like, in words: shape, kind of numbers, nan, a constant factor, a place."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import numpy as np

from utils.structure import CheckFailed, Leaf, as_array, dtype_of, kind_of, listing
from utils.tolerance import RTOL, Rules, same_numbers, scale_of, tolerance

CONSTANTS = {-1.0: "a sign is turned", 2.0: "a factor 2 too much", 0.5: "a factor 2 is missing"}
CONSTANTS |= {100.0: "a percentage instead of a fraction", 0.01: "a fraction instead of a percentage"}


def form_problem(leaf: Leaf) -> CheckFailed | None:
    """Shape, kind of numbers, device and nan."""
    if kind_of(leaf.expected) not in ("tensor", "array", "number"):
        return None
    got, expected = as_array(leaf.got), as_array(leaf.expected)
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
    if expected.dtype.kind in "fc" and got.dtype.kind not in "fc" and kind_of(leaf.got) != "number":
        return CheckFailed(f"{leaf.name} holds {got.dtype} values.", "They should be floating-point numbers.")
    if expected.dtype.kind in "iub" and got.dtype.kind not in "iub" and kind_of(leaf.got) != "number":
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


def _shape_problem(leaf: Leaf, got: np.ndarray, expected: np.ndarray) -> CheckFailed:
    seen = f"{leaf.name} has shape {got.shape} where {expected.shape} is expected."
    if got.ndim >= 2 and got.shape == expected.shape[::-1]:
        same = same_numbers(got.T, expected)
        return CheckFailed(
            seen,
            "It is transposed" + (": the values are right, rows and columns are exchanged." if same else "."),
            "Compare the two sides of the product with the table of shapes.",
        )
    if (
        got.ndim == expected.ndim + 1
        and got.shape[1:] == expected.shape
        and same_numbers(got.sum(0), expected)
    ):
        return CheckFailed(
            seen, "It looks like one value for each example.", "What happens to the first axis at the end?"
        )
    if got.size == expected.size:
        return CheckFailed(
            seen, "The number of values is right, their arrangement is not.", "Print the shapes."
        )
    return CheckFailed(seen, "", "Print the shapes of what goes in and compare with the table of shapes.")


def explain(wrong: list[Leaf], leaves: list[Leaf], rules: Rules) -> CheckFailed:
    """The message for leaves that differ: a factor common to all of them, or where the first differs most."""
    right = [leaf for leaf in leaves if leaf not in wrong]
    names = listing(leaf.name for leaf in wrong)
    except_for = ""
    if right and any(kind_of(leaf.expected) in ("tensor", "array") for leaf in right):
        verb = "are" if len(right) > 1 else "is"
        except_for = f"{listing(leaf.name for leaf in right)} {verb} right."
    ratio = _common_ratio(wrong, rules)
    if ratio is not None:
        value, name = ratio
        verb = "are" if len(wrong) > 1 else "is"
        seen = f"{names} {verb} exactly {_figure(value)} times the expected"
        return CheckFailed(seen + (f", and {name}." if name else "."), except_for, "Look for this factor.")
    leaf = wrong[0]
    if kind_of(leaf.expected) not in ("tensor", "array"):
        return CheckFailed(f"{leaf.name} is not what is expected.", except_for, "Work the case out on paper.")
    difference = np.abs(as_array(leaf.got).astype(float) - as_array(leaf.expected).astype(float))
    share = float((difference > tolerance(leaf, rules)).mean())
    seen = f"{names} differ{'s' if len(wrong) == 1 else ''} from the expected"
    where = (
        f"{leaf.name}: {share:.0%} of the entries differ, most of all that at index {_position(difference)}."
    )
    return CheckFailed(f"{seen}.", except_for, where)


def _common_ratio(wrong: list[Leaf], rules: Rules) -> tuple[float, str] | None:
    """The factor common to all wrong leaves and its name; a lone number needs a factor that has a name."""
    pairs = [(as_array(x.got), as_array(x.expected)) for x in wrong]
    if any(e.dtype.kind not in "iuf" or g.dtype.kind not in "iuf" for g, e in pairs):
        return None
    got = np.concatenate([g.ravel() for g, _ in pairs]).astype(float)
    expected = np.concatenate([e.ravel() for _, e in pairs]).astype(float)
    scale = scale_of(expected)
    if scale < 1e-100 or not np.isfinite(got).all() or not np.isfinite(expected).all():
        return None
    unit = expected / scale
    ratio = float((got / scale) @ unit) / float(unit @ unit)
    precision = max(max(RTOL.get(dtype_of(v), 1e-8) for v in (x.got, x.expected)) for x in wrong)
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
