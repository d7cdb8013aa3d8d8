"""MkDocs puts the table of coverage.csv into coverage.md as it builds the site, so that the two cannot differ."""

from __future__ import annotations

import csv
from itertools import groupby
from pathlib import Path
from typing import Any

PLACE = "<!-- the table of coverage.csv -->"
KINDS = ("exercise", "question", "figure", "data", "number", "defect")
TITLES = {"utils": "Helpers", "tests": "Checks"}


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    """The page's text with the table in its place; other pages as they are."""
    if PLACE not in markdown:
        return markdown
    with open(Path(config.docs_dir) / "coverage.csv", newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return markdown.replace(PLACE, "\n\n".join([counts(rows), *sections(rows)]))


def counts(rows: list[dict[str, str]]) -> str:
    """How many rows there are of each kind."""
    found = [str(sum(row["kind"] == kind for row in rows)) for kind in KINDS]
    return table(
        ("all", *(f"{kind}s" if kind != "data" else kind for kind in KINDS)), [[str(len(rows)), *found]]
    )


def sections(rows: list[dict[str, str]]) -> list[str]:
    """A heading and a table for each lab, in the order of the course; then what is outside of the notebooks."""

    def lab(row: dict[str, str]) -> str:
        return row["place"].split("/")[0]

    parts = []
    for name, group in groupby(sorted(rows, key=lambda row: (not lab(row)[0].isdigit(), lab(row))), lab):
        lines = [
            [
                row["what"],
                row["kind"],
                f"`{row['place'].partition('/')[2] or row['place']}`",
                f"`{row['home']}`",
                row["seed"],
            ]
            for row in group
        ]
        parts += [f"## {TITLES.get(name, name)}", table(("what", "kind", "where", "name", "from"), lines)]
    return parts


def table(head: tuple[str, ...], rows: list[list[str]]) -> str:
    """A Markdown table; a bar in a cell is no border."""
    lines = [list(head), ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
