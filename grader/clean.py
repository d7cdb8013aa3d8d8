"""Text from anywhere, made fit for a page: nothing invisible, nothing that reorders what is read."""

from __future__ import annotations

import re

_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
# Control sequences of terminals: colours and cursor moves, titles and links, single escapes.
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-~]")


def clean(text: str) -> str:
    """The text with line ends unified and control, surrogate and direction characters made visible."""
    return _ODD.sub(_visible, text.replace("\r\n", "\n").replace("\r", "\n"))


def strip_ansi(text: str) -> str:
    """The text without terminal colours and cursor movements."""
    return _ANSI.sub("", text) if "\x1b" in text else text


def as_printed(text: str) -> str:
    """What a terminal would show at the end: a progress bar's last state instead of all of them."""
    text = strip_ansi(text).replace("\r\n", "\n")
    if "\r" not in text:
        return clean(text)
    return clean("\n".join(_last_state(line) for line in text.split("\n")))


def shorten(text: str, limit: int) -> str:
    """At most about `limit` characters: beginning and end, and a line that says what is left out."""
    if len(text) <= limit:
        return text
    head, tail = text[: limit * 2 // 3], text[-limit // 3 :]
    return f"{head}\n[... {len(text) - limit:,} characters left out ...]\n{tail}"


def words(tag: str) -> str:
    """`gradient_not_averaged` as "gradient not averaged"."""
    return re.sub(r"[\s_-]+", " ", tag).strip()


def _last_state(line: str) -> str:
    states = [state for state in line.split("\r") if state]
    return states[-1] if states else ""


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if code < 0xA0 or code >= 0xD800:
        return "\ufffd"
    return f"[U+{code:04X}]"
