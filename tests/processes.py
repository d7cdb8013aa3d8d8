"""Finds processes that student code has left behind."""

from __future__ import annotations

from pathlib import Path


def processes_naming(mark: str) -> list[int]:
    """Processes of this machine with `mark` on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found
