"""What a writer is told beside the marks, and what it tells back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")


@dataclass(frozen=True)
class Options:
    """`worksheet` is a file downloaded from the platform and `column` its column to fill; `scale` converts points
    when the platform has another maximum; the last two say who sees what in Gradescope (see VISIBILITIES).
    """

    worksheet: Path | None = None
    column: str | None = None
    scale: bool = False
    visibility: str = "visible"
    check_visibility: str = "after_published"


@dataclass
class Written:
    """Files, and notes for the person who uses them."""

    paths: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
