"""What a result came from: the bytes, what judged them, and under which conditions. It travels in the executed notebook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from grader.keys import environment, submission_hash
from grader.limits import Limits

ORIGIN = "grader_origin"  # in the executed notebook's metadata, beside the result
# Both sides are seeded with this before every check, and Python's hashes are seeded with it; a check's own
# generator is seeded with the CRC-32 of the check's name.
SEED = 0


def origin(raw: bytes, judged_by: Mapping[str, str], limits: Limits, sandbox: str) -> dict[str, Any]:
    """Where a result came from; `judged_by` has the hash of each folder that can change a result."""
    return {
        "submission": {"sha256": submission_hash(raw), "bytes": len(raw)},
        "judged_by": dict(judged_by),
        "environment": environment().split("\n"),
        "sandbox": sandbox,
        "limits": limits.to_dict(),
        "seed": SEED,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def origin_of(notebook: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The origin in an executed notebook; None where there is none."""
    found = (notebook or {}).get("metadata", {}).get(ORIGIN)
    return found if isinstance(found, dict) else None


def submission_of(notebook: Mapping[str, Any] | None) -> str | None:
    """The hash of the bytes that an executed notebook came from; None where nobody noted it."""
    submission = (origin_of(notebook) or {}).get("submission")
    return submission.get("sha256") if isinstance(submission, dict) else None
