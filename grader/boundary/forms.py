"""What may cross the boundary: kinds of numbers, limits, and the error for everything else."""

from __future__ import annotations

from collections.abc import Callable
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

Buffer = bytes | bytearray | memoryview
Keep = Callable[[Any], dict[str, Any]]
Resolve = Callable[[dict[str, Any]], Any]


class CodecError(ValueError):
    """A value that cannot be sent, or a message that is not well formed."""
