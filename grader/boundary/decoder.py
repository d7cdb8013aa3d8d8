"""From a JSON tree and raw buffers to values, whatever a hostile peer sent; the form is that of `grader.boundary.codec`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.boundary.forms import (
    COLLECTIONS,
    DTYPES,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_NODES,
    MAX_TEXT,
    Buffer,
    CodecError,
    Resolve,
)


class Decoder:
    """One decoding: `value` gives the value of a tree or raises CodecError."""

    def __init__(self, buffers: list[Buffer], resolve: Resolve | None, device: str | None = None) -> None:
        self.buffers, self.resolve, self.device = buffers, resolve, device
        self.memo: list[Any] = []
        self.sizes: list[int] = []  # nodes below each remembered value; 0 while it is not complete
        self.count = self.bytes = 0

    def value(self, node: Any, depth: int) -> Any:
        """The value of a node that stands `depth` levels deep; raises CodecError."""
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_NODES:
            raise CodecError("too deep or too many values")
        if node is None or type(node) in (bool, int, float):
            return node
        if type(node) is str:
            return _text(node)
        if type(node) is not dict or type(node.get("$")) is not str:
            raise CodecError("not a node")
        method = _METHODS.get(node["$"])
        if method is None:
            raise CodecError(f"unknown kind {node['$'][:40]!r}")
        return method(self, node, node.get("v"), depth)

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
        count = extent = 1
        for n in shape:
            if type(n) is not int or not 0 <= n <= MAX_BYTES:
                raise CodecError("a shape that is not allowed")
            count, extent = count * n, extent * (n or 1)
        size = count * DTYPES[dtype]
        if size > MAX_BYTES or extent > MAX_BYTES:
            raise CodecError("an array that is too large")
        return tuple(shape), dtype, size

    def _numpy(self, dtype: str, shape: tuple[int, ...], data: Buffer) -> Any:
        """A writable array of its own; booleans are normalised, since other bytes than 0 and 1 are undefined."""
        import numpy as np

        if dtype == "bfloat16":
            raise CodecError("numpy has no bfloat16")
        if dtype == "bool":
            return np.asarray(np.ndarray(shape, "uint8", bytearray(data)) != 0)
        return np.ndarray(shape, dtype, bytearray(data))

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

        with torch._C.DisableTorchFunction():  # what a rule forbids, and watches for, is never needed here
            return self._tensor_itself(torch, node, v, depth)

    def _tensor_itself(self, torch: Any, node: dict, v: Any, depth: int) -> Any:
        shape, dtype, size = self._layout(node)
        data = self._buffer(v, size)
        if not size:
            out = torch.empty(shape, dtype=getattr(torch, dtype))
        elif dtype == "bfloat16":
            out = torch.frombuffer(bytearray(data), dtype=torch.bfloat16).reshape(shape)
        else:
            out = torch.from_numpy(self._numpy(dtype, shape, data))
        if self.device is not None:
            out = out.to(self.device)
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


_KINDS = (*COLLECTIONS, "list", "dict", "same", "int", "float", "complex", "bytes", "slice", "dtype", "ref",
          "callback", "array", "scalar", "tensor")  # fmt: skip
_METHODS: dict[str, Callable[..., Any]] = {kind: getattr(Decoder, f"_{kind}") for kind in _KINDS}


def _text(value: str) -> str:
    if len(value) > MAX_TEXT:
        raise CodecError("a text that is too long")
    return value if value.isascii() else value.encode("utf-8", "replace").decode()
