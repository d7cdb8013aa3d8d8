"""From values to a JSON tree and raw buffers; the form is that of `grader.boundary.codec`."""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from grader.boundary.forms import DTYPES, MAX_BYTES, MAX_DEPTH, MAX_NODES, MAX_TEXT, Buffer, CodecError, Keep

# Of a subclass the data, by the base's own method, whatever the class says of itself.
PLAIN_FORMS: dict[type, Callable[[Any], Any]] = {
    int: int.__int__,
    float: float.__float__,
    complex: complex.__complex__,
    str: str.__str__,
    bytes: bytes.__bytes__,
    tuple: lambda value: tuple(tuple.__iter__(value)),
    set: lambda value: set(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
}


class Encoder:
    """One encoding: `node` gives the tree of a value and fills the buffers."""

    def __init__(self, buffers: list[Buffer], keep: Keep | None) -> None:
        self.buffers, self.keep = buffers, keep
        self.memo: dict[int, int] = {}
        self.alive: list[Any] = []
        self.count = 0

    def node(self, value: Any, depth: int) -> Any:
        """The node of a value that stands `depth` levels deep; raises CodecError."""
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_NODES:
            raise CodecError("the value is nested too deeply or has too many parts")
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is str:
            text = value[:MAX_TEXT]
            return text if text.isascii() else text.encode("utf-8", "replace").decode()
        if kind is int:
            return value if -(2**53) < value < 2**53 else {"$": "int", "v": _long_int(value)}
        if kind is float:
            return value if math.isfinite(value) else {"$": "float", "v": repr(value)}
        if kind in (tuple, set, frozenset):
            return {"$": kind.__name__, "v": [self.node(v, depth + 1) for v in value]}
        if kind is list:
            return self._list(value, depth)
        if kind is dict:
            return self._dict(value.items(), value, depth)
        return self._other(value, kind, depth)

    def _seen(self, value: Any) -> dict[str, Any] | None:
        """The alias node when this very object was met before; otherwise it is remembered."""
        if id(value) in self.memo:
            return {"$": "same", "v": self.memo[id(value)]}
        self.memo[id(value)] = len(self.memo)
        self.alive.append(value)
        return None

    def _list(self, value: Any, depth: int) -> dict[str, Any]:
        return self._seen(value) or {"$": "list", "v": [self.node(v, depth + 1) for v in value]}

    def _dict(self, items: Any, value: Any, depth: int) -> dict[str, Any]:
        alias = self._seen(value)
        if alias is not None:
            return alias
        pairs = [[self.node(k, depth + 1), self.node(v, depth + 1)] for k, v in items]
        return {"$": "dict", "v": pairs}

    def _other(self, value: Any, kind: type, depth: int) -> Any:
        torch, np = sys.modules.get("torch"), sys.modules.get("numpy")
        if torch is not None and (kind is torch.Tensor or kind is torch.nn.Parameter):
            # what a rule forbids, and watches for, is never needed here
            with torch._C.DisableTorchFunction():
                if _plain_tensor(value, torch):
                    return self._seen(value) or self._tensor(value, torch, depth)
        if np is not None and kind is np.ndarray and value.dtype.name in DTYPES:
            return self._seen(value) or self._array(value, np)
        if np is not None and isinstance(value, np.generic) and value.dtype.name in DTYPES:
            self.buffers.append(value.tobytes())
            return {"$": "scalar", "t": value.dtype.name, "v": len(self.buffers) - 1}
        if kind in (bytes, bytearray):
            self.buffers.append(bytes(value))
            return {"$": "bytes", "v": len(self.buffers) - 1}
        if kind is complex:
            return {"$": "complex", "v": [repr(value.real), repr(value.imag)]}
        if kind is slice:
            return {
                "$": "slice",
                "v": [self.node(v, depth + 1) for v in (value.start, value.stop, value.step)],
            }
        if torch is not None and kind is torch.Size:
            return {"$": "size", "v": [int(v) for v in value]}
        if torch is not None and kind is torch.dtype:
            return {"$": "dtype", "v": _name(value)}
        return self._as_base(value, kind, depth)

    def _as_base(self, value: Any, kind: type, depth: int) -> Any:
        """What is data by its nature, in whatever class: the plain data in it. All else stays here."""
        torch, np = sys.modules.get("torch"), sys.modules.get("numpy")
        if torch is not None and issubclass(kind, torch.Tensor):
            with torch._C.DisableTorchFunction():
                plain = value.as_subclass(torch.Tensor)
                if type(plain) is torch.Tensor and _plain_tensor(plain, torch):
                    self.alive.append(plain)
                    return self._seen(value) or self._tensor(plain, torch, depth)
        if np is not None and issubclass(kind, np.ndarray) and value.dtype.name in DTYPES:
            return self._seen(value) or self._array(np.asarray(value), np)
        for base, plain_form in PLAIN_FORMS.items():
            if issubclass(kind, base):
                return self.node(plain_form(value), depth)
        if issubclass(kind, Mapping):
            items = dict.items(value) if issubclass(kind, dict) else value.items()
            return self._dict(items, value, depth)
        if issubclass(kind, Sequence):
            return self._list(list.__iter__(value) if issubclass(kind, list) else value, depth)
        if self.keep is None:
            raise CodecError(f"a {kind.__module__}.{kind.__qualname__} cannot be sent")
        return self.keep(value)

    def _tensor(self, value: Any, torch: Any, depth: int) -> dict[str, Any]:
        if value.nbytes > MAX_BYTES:
            raise CodecError("the tensor is too large to be sent")
        dtype = value.dtype
        data = value if value.is_cpu else value.detach().cpu()
        data = data.detach().view(torch.int16) if dtype is torch.bfloat16 else data
        self.buffers.append(data.numpy(force=True).tobytes())
        node: dict[str, Any] = {
            "$": "tensor",
            "t": _name(dtype),
            "s": list(value.shape),
            "v": len(self.buffers) - 1,
        }
        if not value.is_cpu:
            node["dev"] = value.device.type
        if value.requires_grad:
            node["rg"] = True
            node["leaf"] = value.is_leaf
            if value.is_leaf and value.grad is not None:
                node["grad"] = self.node(value.grad, depth + 1)
        return node

    def _array(self, value: Any, np: Any) -> dict[str, Any]:
        if value.nbytes > MAX_BYTES:
            raise CodecError("the array is too large to be sent")
        self.buffers.append(np.ascontiguousarray(value).tobytes())
        return {"$": "array", "t": value.dtype.name, "s": list(value.shape), "v": len(self.buffers) - 1}


def _long_int(value: int) -> str:
    if value.bit_length() > 12_000:
        raise CodecError("the integer is too large to be sent")
    return str(value)


def _plain_tensor(value: Any, torch: Any) -> bool:
    return value.layout is torch.strided and _name(value.dtype) in DTYPES


@functools.cache
def _name(dtype: Any) -> str:
    """The name of one of torch's kinds of numbers."""
    return str(dtype).removeprefix("torch.")
