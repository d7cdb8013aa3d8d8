"""Names of students as folder names give them, made safe for paths, pages and the gradebook."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
DIGITS = 10
MAPPED = re.compile(rf"-[0-9a-f]{{{DIGITS},}}$")  # the end of an id that was made here


def clean_id(raw: str, digits: int = DIGITS) -> str:
    """A safe id: `raw` itself when it is on the white list, else a readable form with a hash of `raw`.

    `clean_id("Zoë K.")` is "Zoe-K-" and ten digits. A clean id stays as it is.
    """
    return raw if SAFE.fullmatch(raw) else _mapped(raw, digits)


def _mapped(raw: str, digits: int) -> str:
    """The readable form: letters without accents, everything else a hyphen, then the hash."""
    letters = unicodedata.normalize("NFKD", raw[:200]).encode("ascii", "ignore").decode()
    readable = re.sub(r"[^A-Za-z0-9]+", "-", letters).strip("-")[: 63 - digits].rstrip("-") or "student"
    digest = hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{readable}-{digest[:digits]}"


def clean_ids(raws: Iterable[str]) -> dict[str, str]:
    """A clean id for each raw one, all different.

    Where a student's own id looks like the mapped form of another's, the other keeps the form.
    """
    clean: dict[str, str] = {}
    taken: set[str] = set()
    for raw in sorted(set(raws), key=lambda name: (SAFE.fullmatch(name) is not None, name)):
        choice, digits = clean_id(raw), DIGITS
        while choice in taken:
            choice, digits = _mapped(raw, digits), digits + 8
        taken.add(choice)
        clean[raw] = choice
    return clean
