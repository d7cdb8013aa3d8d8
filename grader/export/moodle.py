"""Moodle's offline grading worksheet, filled in: Moodle takes back only the file that it gave.

Moodle finds its columns by their names in the site's language, so the file's own are kept. It refuses grades
above the maximum and rows that are locked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.course import Lab
from grader.export.matching import listed, match, named
from grader.export.options import Options, Written
from grader.export.points import has_comma, number, on_their_scale, read_number
from grader.export.scores import Score
from grader.export.tables import path_of
from grader.export.worksheet import Row, Worksheet, WorksheetError


def write_moodle(lab: Lab, scores: Sequence[Score], options: Options) -> Written:
    """exports/<lab>-moodle.csv: the downloaded worksheet with the grades in it; raises WorksheetError."""
    if options.worksheet is None:
        raise WorksheetError(
            "Moodle needs its own file: in the assignment choose 'Download grading worksheet' (the assignment's "
            "settings, Feedback types, switch on 'Offline grading worksheet'), and name it with --worksheet"
        )
    sheet = Worksheet(options.worksheet)
    grade, identifier = _columns(sheet, options.column)
    most, locked = sheet.column("Maximum Grade"), sheet.column("Grade can be changed")
    rows = {i: (_shown(sheet, row), _keys(sheet, row, identifier)) for i, row in enumerate(sheet.rows)}
    matches = match({i: row for i, row in rows.items() if any(row[1])}, scores)
    notes = matches.notes("Moodle")
    kept, capped = [], []
    for i, score in matches.found.items():
        row = sheet.rows[i]
        if row.value(locked).strip().lower() == "no":
            kept.append(rows[i][0])
            continue
        limit = read_number(row.value(most))
        points = on_their_scale(score, limit, options.scale, lab.name)
        if limit is not None and points > limit:
            capped.append(f"{score.student} ({number(points)})")
            points = limit
        sheet.fill(row, grade, number(points, any(has_comma(row.value(j)) for j in range(len(row.raw)))))
    if kept:
        notes.append(
            f"left as they were, because Moodle says that their grade cannot be changed: {listed(kept)}"
        )
    if capped:
        notes.append(f"cut to the maximum, because Moodle refuses more: {listed(capped)}")
    return Written([sheet.write(path_of(lab, "-moodle.csv"))], notes)


def _columns(sheet: Worksheet, wanted: str | None) -> tuple[int, int]:
    """The places of the grade and of the identifier."""
    grade = sheet.column(wanted or "Grade")
    if grade is None:
        raise WorksheetError(
            f"{sheet.path} has no column {wanted or 'Grade'!r}; if this is Moodle's grading worksheet in another "
            f"language, name the grade's column with --column (it has: {', '.join(sheet.head)})"
        )
    return grade, sheet.column("Identifier") or 0


def _keys(sheet: Worksheet, row: Row, identifier: int) -> list[str]:
    """What tells who it is: the identifier, its number, the id number, the name, every e-mail address of the row."""
    text = row.value(identifier).strip()
    numbered = re.search(r"\d+$", text)
    keys = [text, numbered[0] if numbered else "", row.value(sheet.column("ID number", "Username"))]
    full_name = sheet.column("Full name")
    keys += named(row.value(1 if full_name is None else full_name), keys[1])
    mail = re.compile("mail|courriel|correo|posta")
    addresses = [i for i, name in enumerate(sheet.head) if mail.search(name.lower())]
    return keys + [row.value(i) for i in addresses]


def _shown(sheet: Worksheet, row: Row) -> str:
    return " ".join(filter(None, (row.value(0).strip(), row.value(sheet.column("Full name")).strip())))
