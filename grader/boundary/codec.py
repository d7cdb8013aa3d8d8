"""Values as a JSON tree and raw buffers: the only form in which data cross the boundary.

No pickle, no eval. `encode` takes the plain data out of subclasses of the types below, of mappings and of
sequences; what else it does not know becomes a reference to an object that stays on its own side. `decode` checks
types, counts, depth and sizes before it allocates anything, so that a hostile peer can cause nothing but `CodecError`.

A node is null, a bool, a finite number, a text, or an object {"$": kind, ...}:

| kind | fields | value |
|---|---|---|
| list, tuple, set, frozenset, size | v: nodes | the collection |
| dict | v: [key node, value node] pairs | dict, in order |
| int, float, complex | v: text(s) | what JSON cannot hold |
| bytes | v: buffer | bytes |
| array, scalar | t: dtype, s: shape, v: buffer | numpy array or number |
| tensor | t, s, v, rg, leaf, grad | torch tensor, with its gradient when it is a leaf |
| dtype, slice | v | torch dtype, slice |
| same | v: index | a mutable value seen before: aliases stay aliases |
| ref, callback | v: key | an object that stays where it is |
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

DTYPES = {
    "bool": 1, "uint8": 1, "int8": 1, "int16": 2, "int32": 4, "int64": 8, "float16": 2, "bfloat16": 2,
    "float32": 4, "float64": 8, "complex64": 8, "complex128": 16,
}  # fmt: skip
MAX_DEPTH, MAX_NODES, MAX_BYTES, MAX_TEXT, MAX_DIMENSIONS = 40, 200_000, 64 << 20, 1 << 20, 16
COLLECTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "size": tuple,
}
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

Buffer = bytes | bytearray | memoryview
Keep = Callable[[Any], dict[str, Any]]
Resolve = Callable[[dict[str, Any]], Any]


class CodecError(ValueError):
    """A value that cannot be sent, or a message that is not well formed."""


def encode(value: Any, buffers: list[Buffer], keep: Keep | None = None) -> Any:
    """The tree for `value`; array contents are appended to `buffers`. `keep(obj)` gives the node of an object
    that stays; without it such an object raises CodecError.
    """
    return _Encoder(buffers, keep).node(value, 0)


def decode(tree: Any, buffers: list[Buffer], resolve: Resolve | None = None) -> Any:
    """The value of a tree; raises CodecError on anything malformed. `resolve(node)` gives the object for a
    `ref` or `callback` node.
    """
    return _Decoder(buffers, resolve).value(tree, 0)


class _Encoder:
    def __init__(self, buffers: list[Buffer], keep: Keep | None) -> None:
        self.buffers, self.keep = buffers, keep
        self.memo: dict[int, int] = {}
        self.alive: list[Any] = []
        self.count = 0

    def node(self, value: Any, depth: int) -> Any:
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_NODES:
            raise CodecError("the value is nested too deeply or has too many parts")
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is str:
            return value[:MAX_TEXT].encode("utf-8", "replace").decode()
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
        if torch is not None and kind in (torch.Tensor, torch.nn.Parameter) and _plain_tensor(value):
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
            return {"$": "dtype", "v": str(value).removeprefix("torch.")}
        return self._as_base(value, kind, depth)

    def _as_base(self, value: Any, kind: type, depth: int) -> Any:
        """What is data by its nature, in whatever class: the plain data in it. All else stays here."""
        torch, np = sys.modules.get("torch"), sys.modules.get("numpy")
        if torch is not None and issubclass(kind, torch.Tensor):
            with torch._C.DisableTorchFunctionSubclass():
                plain = value.as_subclass(torch.Tensor)
            if type(plain) is torch.Tensor and _plain_tensor(plain):
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
        if value.numel() * value.element_size() > MAX_BYTES:
            raise CodecError("the tensor is too large to be sent")
        data = value.detach().resolve_conj().resolve_neg().cpu().contiguous()
        raw = data.reshape(-1).view(torch.uint8).numpy().tobytes() if data.numel() else b""
        self.buffers.append(raw)
        node: dict[str, Any] = {
            "$": "tensor",
            "t": str(value.dtype).removeprefix("torch."),
            "s": list(value.shape),
        }
        node["v"] = len(self.buffers) - 1
        if value.device.type != "cpu":
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


def _plain_tensor(value: Any) -> bool:
    return str(value.layout) == "torch.strided" and str(value.dtype).removeprefix("torch.") in DTYPES


class _Decoder:
    def __init__(self, buffers: list[Buffer], resolve: Resolve | None) -> None:
        self.buffers, self.resolve = buffers, resolve
        self.memo: list[Any] = []
        self.sizes: list[int] = []  # nodes below each remembered value; 0 while it is not complete
        self.count = self.bytes = 0

    def value(self, node: Any, depth: int) -> Any:
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_NODES:
            raise CodecError("too deep or too many values")
        if node is None or type(node) in (bool, int, float):
            return node
        if type(node) is str:
            return _text(node)
        if type(node) is not dict or type(node.get("$")) is not str:
            raise CodecError("not a node")
        method = getattr(self, f"_{node['$']}", None) if node["$"] in _KINDS else None
        if method is None:
            raise CodecError(f"unknown kind {node['$'][:40]!r}")
        return method(node, node.get("v"), depth)

    def _items(self, v: Any, depth: int) -> list[Any]:
        if type(v) is not list:
            raise CodecError("a collection without items")
        return [self.value(x, depth + 1) for x in v]

    def _remember(self, value: Any, size: int = 1) -> int:
        self.memo.append(value)
        self.sizes.append(size)
        return len(self.memo) - 1

    def _list(self, node: dict, v: Any, depth: int) -> list[Any]:
        out: list[Any] = []
        place, before = self._remember(out, 0), self.count
        out.extend(self._items(v, depth))
        self.sizes[place] = self.count - before + 1
        return out

    def _tuple(self, node: dict, v: Any, depth: int) -> Any:
        try:
            return COLLECTIONS[node["$"]](self._items(v, depth))
        except TypeError:
            raise CodecError("a member that cannot be hashed") from None

    _set = _frozenset = _size = _tuple

    def _dict(self, node: dict, v: Any, depth: int) -> dict[Any, Any]:
        if type(v) is not list or any(type(p) is not list or len(p) != 2 for p in v):
            raise CodecError("a dict without pairs")
        out: dict[Any, Any] = {}
        place, before = self._remember(out, 0), self.count
        for key, item in v:
            name = self.value(key, depth + 1)
            if type(name) not in (str, int, float, bool, tuple, type(None), bytes):
                raise CodecError("a dict key of an unusual type")
            try:
                out[name] = self.value(item, depth + 1)
            except TypeError:
                raise CodecError("a dict key that cannot be hashed") from None
        self.sizes[place] = self.count - before + 1
        return out

    def _same(self, node: dict, v: Any, depth: int) -> Any:
        if type(v) is not int or not 0 <= v < len(self.memo):
            raise CodecError("an alias of nothing")
        if not self.sizes[v]:
            raise CodecError("a value that contains itself")
        self.count += self.sizes[v]  # who walks the value walks this part again
        if self.count > MAX_NODES:
            raise CodecError("too many values")
        return self.memo[v]

    def _int(self, node: dict, v: Any, depth: int) -> int:
        if (
            type(v) is not str
            or len(v) > 4000
            or not v.removeprefix("-").isascii()
            or not v.removeprefix("-").isdigit()
        ):
            raise CodecError("not an integer")
        return int(v)

    def _float(self, node: dict, v: Any, depth: int) -> float:
        if v not in ("nan", "inf", "-inf"):
            raise CodecError("not a float")
        return float(v)

    def _complex(self, node: dict, v: Any, depth: int) -> complex:
        if type(v) is not list or len(v) != 2 or any(type(x) is not str or len(x) > 40 for x in v):
            raise CodecError("not a complex number")
        try:
            return complex(float(v[0]), float(v[1]))
        except ValueError:
            raise CodecError("not a complex number") from None

    def _bytes(self, node: dict, v: Any, depth: int) -> bytes:
        return bytes(self._buffer(v, None))

    def _slice(self, node: dict, v: Any, depth: int) -> slice:
        items = self._items(v, depth)
        if len(items) != 3 or any(type(x) not in (int, type(None)) for x in items):
            raise CodecError("not a slice")
        return slice(*items)

    def _dtype(self, node: dict, v: Any, depth: int) -> Any:
        if type(v) is not str or v not in DTYPES:
            raise CodecError("not a dtype")
        import torch

        return getattr(torch, v)

    def _ref(self, node: dict, v: Any, depth: int) -> Any:
        if self.resolve is None or type(v) is not int:
            raise CodecError("a reference where none can be")
        return self.resolve(node)

    _callback = _ref

    def _buffer(self, index: Any, size: int | None) -> Buffer:
        if type(index) is not int or not 0 <= index < len(self.buffers):
            raise CodecError("no such buffer")
        data = self.buffers[index]
        if size is not None and len(data) != size:
            raise CodecError(f"a buffer of {len(data)} bytes where {size} are needed")
        self.bytes += len(data)
        if self.bytes > MAX_BYTES:
            raise CodecError("too many bytes")
        return data

    def _layout(self, node: dict) -> tuple[tuple[int, ...], str, int]:
        shape, dtype = node.get("s"), node.get("t")
        if (
            type(dtype) is not str
            or dtype not in DTYPES
            or type(shape) is not list
            or len(shape) > MAX_DIMENSIONS
        ):
            raise CodecError("a dtype or a shape that is not allowed")
        if any(type(n) is not int or not 0 <= n <= MAX_BYTES for n in shape):
            raise CodecError("a shape that is not allowed")
        size = math.prod(shape) * DTYPES[dtype]
        if size > MAX_BYTES or math.prod(n for n in shape if n) > MAX_BYTES:
            raise CodecError("an array that is too large")
        return tuple(shape), dtype, size

    def _numpy(self, dtype: str, shape: tuple[int, ...], data: Buffer) -> Any:
        """A writable array of its own; booleans are normalised, since other bytes than 0 and 1 are undefined."""
        import numpy as np

        if dtype == "bfloat16":
            raise CodecError("numpy has no bfloat16")
        flat = np.frombuffer(bytearray(data), dtype="uint8" if dtype == "bool" else dtype)
        return ((flat != 0) if dtype == "bool" else flat).reshape(shape)

    def _array(self, node: dict, v: Any, depth: int) -> Any:
        shape, dtype, size = self._layout(node)
        out = self._numpy(dtype, shape, self._buffer(v, size))
        self._remember(out)
        return out

    def _scalar(self, node: dict, v: Any, depth: int) -> Any:
        _, dtype, size = self._layout({**node, "s": []})
        return self._numpy(dtype, (1,), self._buffer(v, size))[0]

    def _tensor(self, node: dict, v: Any, depth: int) -> Any:
        import torch

        shape, dtype, size = self._layout(node)
        data = self._buffer(v, size)
        if dtype == "bfloat16":
            flat = torch.frombuffer(bytearray(data), dtype=torch.bfloat16) if size else torch.empty(0)
            out = flat.to(torch.bfloat16).reshape(shape)
        else:
            out = torch.from_numpy(self._numpy(dtype, shape, data))
        place = self._remember(out)
        if node.get("rg") is True and (out.is_floating_point() or out.is_complex()):
            out.requires_grad_()
            if "grad" in node:
                self._gradient(out, self.value(node["grad"], depth + 1))
            if node.get("leaf") is False:
                out = out.clone()
        self.memo[place] = out
        return out

    def _gradient(self, tensor: Any, grad: Any) -> None:
        import torch

        if type(grad) is not torch.Tensor or grad.shape != tensor.shape or grad.dtype != tensor.dtype:
            raise CodecError("a gradient that does not fit its tensor")
        tensor.grad = grad.detach()


_KINDS = {*COLLECTIONS, "list", "dict", "same", "int", "float", "complex", "bytes", "slice", "dtype", "ref",
          "callback", "array", "scalar", "tensor"}  # fmt: skip


def _text(value: str) -> str:
    if len(value) > MAX_TEXT:
        raise CodecError("a text that is too long")
    return value.encode("utf-8", "replace").decode()
