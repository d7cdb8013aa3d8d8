"""From the bytes of a file to JSON values, whatever the bytes are."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from itertools import accumulate
from typing import Any

from grader.intake.model import Ungradable, shown
from grader.intake.salvage import cells_of_damaged, without_merge_marks
from grader.limits import Limits

MAX_CONTAINERS = 300_000
MAX_STRINGS = 2_000_000
MAX_DAMAGED_BYTES = 100_000
MAX_DIGITS = 300
MAX_KEYS_NAMED = 5
NOT_ASCII = bytes(range(128, 256))
STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
NOT_BRACKET = re.compile(r"[^\[\]{}]+")
STEP = {"[": 1, "{": 1, "]": -1, "}": -1}
OTHER_FILES = (
    (b"PK\x03\x04", "a zip archive; unpack it and hand in the notebook inside"),
    (b"\x1f\x8b", "a compressed file; unpack it and hand in the notebook inside"),
    (b"%PDF", "a PDF document; hand in the notebook (.ipynb) itself"),
    (b"\x89PNG", "a picture; hand in the notebook (.ipynb) itself"),
    (b"version https://git-lfs", "a placeholder of Git LFS; fetch the real file with `git lfs pull`"),
)


def decode(raw: bytes, repairs: list[str]) -> str:
    """The text of the file; damage that could be repaired is added to `repairs`. Raises Ungradable."""
    for start, what in OTHER_FILES:
        if raw.startswith(start):
            raise Ungradable(f"The file is {what}.")
    content = raw.lstrip(b"\0") if raw.startswith(b"\0\0\0\0") else raw
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf\xfe\xff"):
        raise Ungradable("The file is empty. Ask the student to hand in the notebook again.")
    encoding = json.detect_encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        text = _decode_damaged(content, encoding, error)
        repairs.append(
            "The file was not saved in UTF-8; it was read as well as possible, check accented letters."
        )
    else:
        if not encoding.startswith("utf-8"):
            repairs.append(f"The file was saved in {encoding.upper()} instead of UTF-8; it was read as that.")
    bare = text.strip("\0\ufeff \t\r\n")
    if "\0" in text[-4:] or content is not raw:
        repairs.append("The file was padded with zero bytes; they were left out.")
    return bare


def _decode_damaged(content: bytes, encoding: str, error: UnicodeDecodeError) -> str:
    """UTF-8 with the bytes that are not UTF-8 read as Latin-1; other encodings up to the damage."""
    if not encoding.startswith("utf-8"):
        return content[: error.start].decode(encoding, "ignore")
    if len(content) - len(content.translate(None, NOT_ASCII)) > MAX_DAMAGED_BYTES:
        return content.decode("latin-1")
    return content.decode(encoding, "read-as-latin-1")


def _read_as_latin_1(error: UnicodeError) -> tuple[str, int]:
    """Error handler of a decoder: the bytes that do not fit are read as Latin-1."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("read-as-latin-1", _read_as_latin_1)


def check_depth(text: str, limits: Limits) -> None:
    """Raises Ungradable when the JSON nests too deep or has too many parts; done before any recursion."""
    brackets = NOT_BRACKET.sub("", STRING.sub("", text))
    if len(brackets) > 2 * MAX_CONTAINERS or text.count('"') > 2 * MAX_STRINGS:
        raise Ungradable("The file has too many parts. Clear all outputs and hand it in again.")
    if max(accumulate(map(STEP.__getitem__, brackets)), default=0) > limits.notebook_depth:
        raise Ungradable(
            f"The file nests more than {limits.notebook_depth} levels deep. Clear all outputs and hand it in again."
        )


def load(text: str, limits: Limits, repairs: list[str]) -> Any:
    """The JSON value, or what can be saved of a damaged file. Raises Ungradable."""
    check_depth(text, limits)
    decoder = _decoder(repairs)
    try:
        value, end = decoder.raw_decode(text)
    except (ValueError, RecursionError) as error:
        return _repaired(text, decoder, error, limits, repairs)
    if text[end:].strip("\0 \t\r\n"):
        repairs.append("The file had other text after its end; it was left out.")
    if isinstance(value, str) and value.lstrip().startswith("{"):
        repairs.append("The notebook was wrapped in a text; it was taken out.")
        return load(value.strip(), limits, repairs)
    return value


def _repaired(
    text: str, decoder: json.JSONDecoder, error: Exception, limits: Limits, repairs: list[str]
) -> Any:
    """What can be saved of a text that is no JSON. Raises Ungradable when that is nothing."""
    merged = without_merge_marks(text)
    if merged is not None:
        repairs.append(
            "The file held an unfinished merge of two versions; of each place the first version was taken."
        )
        return load(merged, limits, repairs)
    cells, parts = cells_of_damaged(text, decoder, limits.notebook_cells)
    if not cells:
        raise Ungradable(_not_a_notebook(text, error))
    whole = f"{len(cells) - parts} whole cells" + (f" and parts of {parts} more" if parts else "")
    repairs.append(f"The file is damaged or cut off ({_place(error)}); {whole} could be read and were used.")
    return {"cells": cells, "nbformat": 4}


def _decoder(repairs: list[str]) -> json.JSONDecoder:
    """A decoder that takes control characters, any number and duplicated keys (the last one counts)."""
    seen: set[str] = set()

    def to_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs) and len(seen) < MAX_KEYS_NAMED:
            for key, number in Counter(key for key, _ in pairs).items():
                if number > 1 and key not in seen and len(seen) < MAX_KEYS_NAMED:
                    seen.add(key)
                    repairs.append(
                        f"The file had the key `{shown(key, 30)}` twice in one place; the last counts."
                    )
        return found

    def to_int(digits: str) -> int | float:
        return int(digits) if len(digits) < MAX_DIGITS else float("inf")

    def to_float(digits: str) -> float:
        return float(digits) if len(digits) < MAX_DIGITS else float("nan")

    return json.JSONDecoder(strict=False, object_pairs_hook=to_dict, parse_int=to_int, parse_float=to_float)


def _place(error: Exception) -> str:
    return f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "nested too deep"


def _not_a_notebook(text: str, error: Exception) -> str:
    """What the file seems to be instead, and what to do."""
    if re.match(r"<(!doctype|html|head|\?xml)", text, re.IGNORECASE):
        return "The file is a web page, not a notebook. Download the notebook itself (.ipynb) and hand it in again."
    if re.search(r"^(def|import|from|class|# ?%%)\b", text, re.MULTILINE) and not text.startswith("{"):
        return "The file is a Python script, not a notebook. Hand in the notebook (.ipynb) itself."
    if text.startswith("{"):
        return f"The notebook is damaged or cut off ({_place(error)}) and no cell could be read. Hand it in again."
    return "The file is not a notebook: it is not JSON. Hand in the notebook (.ipynb) itself."
