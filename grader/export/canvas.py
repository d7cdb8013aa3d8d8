"""Canvas' gradebook CSV: the student columns as Canvas has them, the row of possible points, one lab's column.

Canvas knows people by its own ids and a lab by `Title (id)`, so a downloaded gradebook is filled in. Without
one the file names people by their login, and Canvas offers the lab as a new assignment.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from grader.course import Lab
from grader.export.matching import listed, match, named
from grader.export.options import Options, Written
from grader.export.points import has_comma, number, on_their_scale, read_number
from grader.export.scores import Score
from grader.export.tables import neutral, path_of
from grader.export.worksheet import Row, Worksheet, WorksheetError

HEAD = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
POSSIBLE = "    Points Possible"
TEST_STUDENT = "student, test"
NO_GRADE = {"EX", "N/A"}
KEYS = ("ID", "SIS User ID", "SIS Login ID", "Integration ID")


def write_canvas(lab: Lab, scores: Sequence[Score], options: Options) -> Written:
    """exports/<lab>-canvas.csv: what Canvas' gradebook imports; raises WorksheetError."""
    if options.worksheet is None:
        return _from_nothing(lab, scores)
    sheet = Worksheet(options.worksheet)
    section, column = sheet.column("Section"), _lab_column(sheet, lab, options.column)
    if sheet.column("ID") is None or section is None:
        raise WorksheetError(
            f"{sheet.path} has no columns ID and Section; download it from Canvas: Gradebook, Export"
        )
    possible = next((row for row in sheet.rows if "points possible" in row.value(0).lower()), None)
    most = read_number(possible.value(column)) if possible else None
    comma = has_comma(possible.value(column)) if possible else False
    rows = {i: (row.value(0).strip(), _keys(sheet, row)) for i, row in enumerate(sheet.rows)}
    people = {i: row for i, row in rows.items() if any(row[1]) and row[0].lower() != TEST_STUDENT}
    matches = match(people, scores)
    kept = []
    for i, score in matches.found.items():
        if sheet.rows[i].value(column).strip().upper() in NO_GRADE:
            kept.append(rows[i][0])
            continue
        points = on_their_scale(score, most, options.scale, lab.name)
        sheet.fill(sheet.rows[i], column, number(points, comma))
    path = sheet.write(path_of(lab, "-canvas.csv"), [*range(section + 1), column])
    notes = (
        [f"left as they were, because Canvas has them excused or without this lab: {listed(kept)}"]
        if kept
        else []
    )
    return Written([path], [*matches.notes("Canvas"), *notes])


def _keys(sheet: Worksheet, row: Row) -> list[str]:
    """The ids of a row of a student; none for Canvas' rows about points and about hidden columns."""
    if "points possible" in row.value(0).lower():
        return []
    keys = [row.value(sheet.column(name)).strip() for name in KEYS]
    # its files are called lovelaceada_1001_...
    files = re.sub(r"[^\w]|_", "", row.value(0)).lower()
    return [*keys, *named(files, keys[0])] if any(keys) else []


def _lab_column(sheet: Worksheet, lab: Lab, wanted: str | None) -> int:
    """The place of the lab's column: `Title (id)`, whose title is the lab's name, whatever stands between words."""
    titles = [re.sub(r"\s*\(\d+\)$", "", name) for name in sheet.head]
    name = _plain(wanted or lab.name)
    fits = [i for i, title in enumerate(titles) if name in (_plain(title), _plain(sheet.head[i]))]
    if not fits and wanted is None:
        fits = [i for i, title in enumerate(titles) if _plain(title) in (f"lab {name}", f"lab{name}")]
    if len(fits) == 1:
        return fits[0]
    columns = [head for head in sheet.head if re.search(r"\(\d+\)$", head)]
    raise WorksheetError(
        f"{sheet.path} has {'several columns' if fits else 'no column'} for {wanted or lab.name}; name one with "
        f"--column (it has: {', '.join(columns) or 'no assignment'})"
    )


def _plain(title: str) -> str:
    return re.sub(r"[\W_]+", " ", title).strip().lower()


def _from_nothing(lab: Lab, scores: Sequence[Score]) -> Written:
    path = path_of(lab, "-canvas.csv")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*HEAD, neutral(lab.name)])
        most = sum(e.points for notebook in lab.notebooks for e in notebook.exercises if not e.bonus)
        writer.writerow([POSSIBLE, "", "", "", "", number(most)])
        for score in scores:
            name = ", ".join(filter(None, (score.last_name, score.first_name))) or score.student
            writer.writerow([*map(neutral, (name, "", "", score.student, "")), number(score.points)])
    note = (
        "made without a gradebook from Canvas: Canvas will know people by their login only and offer the lab "
        "as a new assignment; export its gradebook and name it with --worksheet to avoid both"
    )
    return Written([path], [note])
