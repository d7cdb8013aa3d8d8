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

from typing import Any

from grader.boundary.decoder import Decoder
from grader.boundary.encoder import Encoder
from grader.boundary.forms import MAX_DEPTH, Buffer, CodecError, Keep, Resolve

__all__ = ["MAX_DEPTH", "Buffer", "CodecError", "decode", "encode"]


def encode(value: Any, buffers: list[Buffer], keep: Keep | None = None) -> Any:
    """The tree for `value`; array contents are appended to `buffers`. `keep(obj)` gives the node of an object
    that stays; without it such an object raises CodecError.
    """
    return Encoder(buffers, keep).node(value, 0)


def decode(
    tree: Any, buffers: list[Buffer], resolve: Resolve | None = None, device: str | None = None
) -> Any:
    """The value of a tree; raises CodecError on anything malformed. `resolve(node)` gives the object for a
    `ref` or `callback` node; tensors are put on `device`, by default the CPU.
    """
    return Decoder(buffers, resolve, device).value(tree, 0)
