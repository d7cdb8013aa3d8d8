"""Frames on a stream socket: length of the header (4 bytes, big endian), JSON header, raw buffers.

The header is {"h": message, "n": [length of each buffer]}. All lengths are checked before anything is
allocated, and one deadline holds for a whole frame, so that a slow peer cannot hold the reader.
"""

from __future__ import annotations

import itertools
import json
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

MAX_HEADER = 16 << 20
MAX_BUFFERS = 10_000
_to_json = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode


class WireError(Exception):
    """The peer ended, was too slow, or sent something that is not a frame."""


class WireTimeout(WireError):
    """Nothing complete came before the deadline."""


def send_frame(sock: socket.socket, message: dict[str, Any], buffers: Sequence[Any] = ()) -> None:
    """Send one frame; raises WireError when the peer is gone or does not read."""
    head = _to_json({"h": message, "n": [len(b) for b in buffers]}).encode()
    try:
        sock.sendall(b"".join([struct.pack("!I", len(head)), head, *buffers]))
    except OSError as error:
        raise WireError(f"the other side does not answer ({error})") from None


def receive_frame(
    sock: socket.socket, deadline: float | None = None, max_bytes: int = 64 << 20
) -> tuple[dict[str, Any], list[bytearray]]:
    """The next frame. `deadline` is on time.monotonic()'s clock, in seconds; None waits for ever."""
    (length,) = struct.unpack("!I", _exactly(sock, 4, deadline))
    if length > min(MAX_HEADER, max_bytes):
        raise WireError("a header that is too large")
    try:
        frame = json.loads(_exactly(sock, length, deadline).decode())
        message, sizes = frame["h"], frame["n"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise WireError("a header that cannot be read") from None
    if type(message) is not dict or type(sizes) is not list or len(sizes) > MAX_BUFFERS:
        raise WireError("a header of the wrong form")
    if any(type(n) is not int or n < 0 for n in sizes) or sum(sizes) > max_bytes:
        raise WireError("buffers that are too large")
    return message, _cut(_exactly(sock, sum(sizes), deadline), sizes)


def _cut(data: bytearray, sizes: list[int]) -> list[bytearray]:
    """The buffers that came in one piece."""
    if len(sizes) == 1:
        return [data]
    ends = list(itertools.accumulate(sizes))
    return [data[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def _exactly(sock: socket.socket, count: int, deadline: float | None) -> bytearray:
    data = bytearray(count)
    view, got = memoryview(data), 0
    while got < count:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise WireTimeout("no answer in time")
            sock.settimeout(left)
        try:
            n = sock.recv_into(view[got:], count - got)
        except TimeoutError:
            raise WireTimeout("no answer in time") from None
        except OSError as error:
            raise WireError(f"the connection broke ({error})") from None
        if not n:
            raise WireError("the other side ended")
        got += n
    return data
