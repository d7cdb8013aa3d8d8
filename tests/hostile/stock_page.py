"""docs/hostile.md, made whole from what was tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from hostile_cases import Case

NOT_TRIED = "not tried"
PAGE = """# Hostile and damaged submissions

Written by `python tests/hostile/stock.py --write`. `tests/hostile` holds {cases} bad submissions, by root cause. Each states the
points that are due; each is graded beside a right notebook of another student, on one warm engine, in a course of one small
notebook ({most} points). For each, nothing outside may be changed, reached or left running, no page may show a hidden check, an
expected value or live markup, and the other student gets all points. More are tried on a real lab in
`tests/hostile/test_hostile_real_lab.py`, links, pipes, devices and odd names in `tests/hostile/test_hostile_files.py`, nbgrader's
formgrader in `tests/hostile/test_hostile_formgrader.py`. All of it runs in `make test`.

| Cause | Submissions | Wrong marks here | Tried in stock nbgrader | Wrong or missing marks there |
|---|---|---|---|---|
{causes}

## Beside stock nbgrader

Stock is nbgrader {version} as it comes, with the same checks as hidden tests in its check cells. It takes only submissions that are
harmless in a closed bubblewrap without network{narrowed}. Of these {tried} submissions it gives {wrong} a wrong mark or
none; this grader gives {ours} of its {cases} a wrong mark.

| Cause | Submission | Due | This grader | Stock nbgrader |
|---|---|---|---|---|
{rows}
"""


@dataclass(frozen=True)
class Row:
    """One submission: the points that this grader gave, and what stock nbgrader gave in words."""

    cause: str
    case: Case
    ours: float
    theirs: str = NOT_TRIED

    @property
    def due(self) -> float:
        """The points that are due."""
        return sum(self.case.due.values())

    @property
    def tried(self) -> bool:
        """Whether stock nbgrader had it."""
        return self.theirs != NOT_TRIED

    @property
    def wrong(self) -> bool:
        """Whether this grader's mark is not the one that is due."""
        return self.ours != self.due

    @property
    def wrong_there(self) -> bool:
        """The same of stock nbgrader; no mark is a wrong one."""
        return self.tried and self.theirs != f"{self.due:g}"

    def __str__(self) -> str:
        return f"| {self.cause} | {self.case.name} | {self.due:g} | {self.ours:g} | {self.theirs} |"


def page(rows: Sequence[Row], most: float, words: Sequence[str]) -> str:
    """The page as Markdown; `words` are those that narrowed what stock nbgrader had."""
    causes = []
    for cause in dict.fromkeys(row.cause for row in rows):
        own = [row for row in rows if row.cause == cause]
        tried = [row for row in own if row.tried]
        counts = (len(own), sum(r.wrong for r in own), len(tried), sum(r.wrong_there for r in tried))
        causes.append(f"| {cause} | {' | '.join(map(str, counts))} |")
    quoted = ", ".join(f"`{word}`" for word in words)
    return PAGE.format(
        cases=len(rows),
        most=f"{most:g}",
        causes="\n".join(causes),
        version=version("nbgrader"),
        narrowed=f", here those with one of {quoted} in their cause or name" if words else "",
        tried=sum(row.tried for row in rows),
        wrong=sum(row.wrong_there for row in rows),
        ours=sum(row.wrong for row in rows),
        rows="\n".join(str(row) for row in rows if row.tried),
    )
