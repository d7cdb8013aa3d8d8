"""What grading one notebook gives: the JSON contract of `python -m grader check`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

Status = Literal["graded", "repaired", "ungradable"]
ExerciseOutcome = Literal["passed", "partial", "failed", "not_written", "not_run"]
CheckOutcome = Literal["passed", "failed", "not_run"]
# In the metadata of the executed notebook, beside the result: by exercise and check.
DIFFERENCES = "grader_differences"
# Likewise, by exercise: what the student is told beside the marks, and costs nothing.
REMARKS = "grader_remarks"
# Likewise, a list of plain `Divergence`s: for the teacher only.
DIVERGENCES = "grader_divergences"


@dataclass
class Check:
    """One hidden check: `message` has up to three lines (seen, looks like, where to look)."""

    name: str
    outcome: CheckOutcome
    message: str = ""
    misconception: str | None = None


@dataclass
class Exercise:
    """One graded exercise; its points are the share of its checks that passed."""

    name: str
    points: float
    max_points: float
    outcome: ExerciseOutcome
    checks: list[Check] = field(default_factory=list)


@dataclass
class Seconds:
    """Wall-clock seconds of the notebook's own run, of the hidden checks, and of everything."""

    run: float = 0.0
    check: float = 0.0
    total: float = 0.0


@dataclass
class Result:
    """The outcome of one submitted notebook."""

    lab: str
    notebook: str
    status: Status
    reason: str | None = None
    repairs: list[str] = field(default_factory=list)
    exercises: list[Exercise] = field(default_factory=list)
    seconds: Seconds = field(default_factory=Seconds)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of the contract."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Result:
        """Read back what `to_dict` gave; raises KeyError or TypeError on anything else."""
        exercises = [
            Exercise(**{**e, "checks": [Check(**c) for c in e["checks"]]}) for e in data["exercises"]
        ]
        return cls(**{**data, "exercises": exercises, "seconds": Seconds(**data["seconds"])})


@dataclass
class Divergence:
    """A check that came out differently on another device: its outcome for the marks (`first`), its outcome there
    (`second`), and the words of the one that did not pass. Without an exercise: why nothing could be checked there.
    """

    exercise: str = ""
    check: str = ""
    first: str = ""
    second: str = ""
    message: str = ""

    def words(self) -> str:
        """It in one line."""
        said = " ".join(self.message.split())
        if not self.exercise:
            return f"the checks could not be run on the GPU: {said}"
        outcomes = f"{self.first} on the CPU, {self.second} on the GPU".replace("_", " ")
        return f"`{self.exercise}`, {self.check}: {outcomes}. {said}".strip()


def divergences(notebook: dict[str, Any] | None) -> list[Divergence]:
    """Those in an executed notebook; what is no divergence in it is left out."""
    found = ((notebook or {}).get("metadata") or {}).get(DIVERGENCES)
    names = {name.name for name in fields(Divergence)}
    entries = [e for e in found if isinstance(e, dict) and set(e) == names] if isinstance(found, list) else []
    return [Divergence(**e) for e in entries if all(isinstance(value, str) for value in e.values())]


def remarks(notebook: dict[str, Any] | None) -> dict[str, list[str]]:
    """What an executed notebook tells its student beside the marks, by exercise."""
    found = ((notebook or {}).get("metadata") or {}).get(REMARKS)
    listed = found.items() if isinstance(found, dict) else ()
    return {
        name: [t for t in texts if isinstance(t, str)] for name, texts in listed if isinstance(texts, list)
    }


@dataclass
class Graded:
    """A result, the executed notebook (nbformat 4 as plain dict; None when ungradable) and seconds by stage."""

    result: Result
    notebook: dict[str, Any] | None
    timings: dict[str, float] = field(default_factory=dict)
