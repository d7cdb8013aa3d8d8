"""docs/checks.md: what was proved of each exercise's checks, one row each, written by `python -m grader prove --write`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from grader.checks.gate import Proof
from grader.checks.margins import LEAST_DISTANCE, MOST_NOISE, Margin
from grader.checks.survivors import Tried, load_reasons
from grader.course import Course, CourseError, Notebook

HEADS = (
    "notebook", "exercise", "checks", "wrong answers", "caught", "mutants", "killed", "live", "right variants",
    "noise", "nearest", "chance",
)  # fmt: skip
INTRODUCTION = f"""# What the hidden checks were proved against

Written by `python -m grader prove --write`; a lab's name narrows it, the other rows stay. Do not edit by hand.

- **wrong answers, caught**: named wrong answers of the bank, and how many fail; each does under its own name.
- **mutants, killed, live**: mechanical mutants of the solution; those that live have a reason, below.
- **right variants**: odd but right answers of the bank; all pass.
- **noise**: the largest error of a right answer, in units of its tolerance: variants of the bank, the solution in
  float32 and float64, with its inputs moved by one rounding, with two threads, on the GPU where there is one. At most
  {MOST_NOISE:.2g}.
- **nearest**: the wrong answer that is nearest to passing some check by its values alone, in units of the tolerance. One
  below {LEAST_DISTANCE:g} must fail another check clearly.
- **chance** of a false fail over the seeds of an answer's own draws, the largest of all checks; 0 where nothing is drawn or
  every draw is right. Data and lent functions are the same in every run, so a second grading gives the same marks.

`python -m grader margins` prints noise, distance, chance and tolerance of each check; `python -m grader mutate` the
mutants that live without a reason.
"""


@dataclass(frozen=True)
class Row:
    """The proof of one exercise."""

    notebook: str
    exercise: str
    checks: int
    wrong: int
    caught: int
    mutants: int
    killed: int
    live: int
    right: int
    noise: str
    nearest: str
    chance: str


COUNTS = tuple(f.name for f in fields(Row) if f.type == "int")


def record_file(course: Course) -> Path:
    """Where the table stands."""
    return course.root / "docs" / "checks.md"


def make_row(notebook: Notebook, proof: Proof, tried: Tried, margins: Sequence[Margin]) -> Row:
    """What the three ways of proving found for one exercise."""
    noise = max((m.noise for m in margins), default=0.0)
    nearest = min((m.distance for m in margins if m.distance is not None), default=None)
    chance = max((m.chance or 0.0 for m in margins), default=0.0)
    return Row(
        f"{notebook.lab.name}/{notebook.name}",
        proof.exercise,
        proof.checks,
        proof.wrong,
        proof.killed,
        tried.mutants,
        tried.killed,
        len(tried.excused) + len(tried.survivors),
        proof.right,
        f"{noise:.2f}" if noise >= 0.005 else "0",
        "-" if nearest is None else f"{nearest:.1e}",
        f"{chance:.0e}" if chance > 1e-12 else "0",
    )


def read_rows(course: Course) -> list[Row]:
    """The rows of the table; empty when there is none. Raises CourseError for a row that is not one."""
    path = record_file(course)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    start = _line(HEADS)
    found = []
    for line in lines[lines.index(start) + 2 :] if start in lines else []:
        if not line.startswith("|"):
            break
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        try:
            named: dict[str, Any] = {f.name: c for f, c in zip(fields(Row), cells, strict=True)}
            found.append(Row(**{**named, **{name: int(named[name]) for name in COUNTS}}))
        except ValueError:
            raise CourseError(f"{path}: no row of the table: {line}; write it again") from None
    return found


def write_rows(course: Course, rows: Sequence[Row], proved: Sequence[Notebook]) -> Path:
    """Put new rows in the place of those of the notebooks proved; rows of notebooks that are gone go."""
    names = {f"{n.lab.name}/{n.name}" for n in proved}
    kept = {(r.notebook, r.exercise): r for r in read_rows(course) if r.notebook not in names}
    kept |= {(r.notebook, r.exercise): r for r in rows}
    order = [
        (f"{lab.name}/{n.name}", e.name)
        for lab in course.labs
        for n in lab.notebooks
        for e in n.exercises
        if not e.manual
    ]
    path = record_file(course)
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(_page(course, [kept[key] for key in order if key in kept])), encoding="utf-8")
    return path


def _page(course: Course, rows: Sequence[Row]) -> Iterator[str]:
    yield INTRODUCTION
    yield _line(HEADS)
    yield _line(["---", "---", *["---:"] * (len(HEADS) - 2)])
    yield from (_line(map(str, astuple(row))) for row in rows)
    sums = [sum(getattr(row, name) for row in rows) for name in COUNTS]
    yield (
        f"\nTogether {len(rows)} exercises: "
        + ", ".join(f"{n} {head}" for n, head in zip(sums, HEADS[2:9], strict=True))
        + ".\n"
    )
    yield "## Mutants that live, and why\n"
    yield _line(["exercise", "line", "becomes", "reason"])
    yield _line(["---"] * 4)
    for lab in course.labs:
        for notebook in lab.notebooks:
            for (exercise, line, becomes), reason in load_reasons(notebook).items():
                yield _line([f"{lab.name}/{notebook.name}, {exercise}", _code(line), _code(becomes), reason])
    yield ""


def _line(cells: Iterator[str] | Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"
