"""Pictures in a page: PNG only, and only what really is PNG."""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from typing import Any

LARGEST = 1_000_000  # bytes of one picture
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_PIXELS = 40_000_000
_KEPT = frozenset((b"IHDR", b"PLTE", b"tRNS", b"pHYs", b"gAMA", b"sRGB", b"IDAT", b"IEND"))


def png_uri(data: Any) -> str | None:
    """A data URI of base64 PNG data, or None when it is anything else or too large."""
    if isinstance(data, list):
        data = "".join(part for part in data if isinstance(part, str))
    if not isinstance(data, str) or len(data) > LARGEST * 3 // 2:
        return None
    try:
        png = plain_png(base64.b64decode("".join(data.split()), validate=True))
    except (binascii.Error, ValueError):
        return None
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def plain_png(data: bytes) -> bytes:
    """The picture with its drawing chunks only; raises ValueError on damage, tricks and huge sizes."""
    if len(data) > LARGEST or not data.startswith(_SIGNATURE):
        raise ValueError("not a PNG of a usual size")
    chunks, kinds, at = [_SIGNATURE], list[bytes](), len(_SIGNATURE)
    while not kinds or kinds[-1] != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at) if at + 12 <= len(data) else (1 << 31, b"")
        if at + 12 + length > len(data):
            raise ValueError("the PNG is cut off")
        chunk = data[at : at + 12 + length]
        if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            raise ValueError("a chunk of the PNG is damaged")
        kinds.append(kind)
        if kind in _KEPT:
            chunks.append(chunk)
        at += 12 + length
    if kinds[0] != b"IHDR" or len(chunks[1]) != 25 or b"IDAT" not in kinds:
        raise ValueError("the PNG has no picture")
    width, height = struct.unpack_from(">II", chunks[1], 8)
    if not 0 < width * height <= _MOST_PIXELS:
        raise ValueError("the PNG is too large to be shown")
    return b"".join(chunks)
