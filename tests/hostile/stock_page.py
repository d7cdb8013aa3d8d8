"""docs/hostile.md, made whole from what was tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from hostile_cases import Case

NOT_TRIED = "not tried"
PAGE = """# Hostile and damaged submissions

Written by `python tests/hostile/stock.py --write [WORD ...]`. `tests/hostile` holds {cases} bad submissions, by root cause. Each states the
points that are due; each is graded beside a right notebook of another student, on one warm engine, in a course of one small
notebook ({most} points). For each, nothing outside may be changed, reached or left running, no page may show a hidden check, an
expected value or live markup, and the other student gets all points. More are tried on a real lab in
`tests/hostile/test_hostile_real_lab.py`, links, pipes, devices and odd names in `tests/hostile/test_hostile_files.py`, nbgrader's
formgrader in `tests/hostile/test_hostile_formgrader.py`. All of it runs in `make test`.

| Cause | Submissions | Tried for this page | Wrong marks | Tried in stock nbgrader | Wrong or missing marks there |
|---|---|---|---|---|---|
{causes}

## Beside stock nbgrader

Stock is nbgrader {version} as it comes, with the same checks as hidden tests in its check cells. It takes only submissions that are
harmless in a closed bubblewrap without network. A word after `--write` narrows the page to the submissions that have it in their
cause or name; this page was written with {here} of {cases}, a choice and no sample. Of the {tried} that stock nbgrader had it gives {wrong} a wrong mark or none.

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


def page(rows: Sequence[Row], corpus: Mapping[str, Sequence[Case]], most: float) -> str:
    """The page as Markdown, of what was tried and of the whole corpus, whose notebook has `most` points."""
    causes = []
    for cause, table in corpus.items():
        own = [row for row in rows if row.cause == cause]
        there = [row for row in own if row.tried]
        counts = [
            len(table),
            len(own),
            sum(r.wrong for r in own),
            len(there),
            sum(r.wrong_there for r in there),
        ]
        causes.append(f"| {cause} | {' | '.join(map(str, counts))} |")
    return PAGE.format(
        cases=sum(map(len, corpus.values())),
        here=len(rows),
        most=f"{most:g}",
        causes="\n".join(causes),
        version=version("nbgrader"),
        tried=sum(row.tried for row in rows),
        wrong=sum(row.wrong_there for row in rows),
        rows="\n".join(str(row) for row in rows),
    )
