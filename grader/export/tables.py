"""The marks as tables of their own: CSV for spreadsheets, Parquet for analysis."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from grader.course import Lab
from grader.export.options import Options, Written
from grader.export.scores import Score

# What a spreadsheet takes for the beginning of a formula, the wide forms of East Asian keyboards included.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
WAITING = "needs_manual_grade"
Cell = str | float | None


def neutral(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def write_plain(lab: Lab, scores: Sequence[Score], options: Options) -> Written:
    """exports/<lab>-plain.csv: a row for each student with the sums."""
    return Written([_write_csv(path_of(lab, "-plain.csv"), table(lab, scores, exercises=False))])


def write_exercises(lab: Lab, scores: Sequence[Score], options: Options) -> Written:
    """exports/<lab>.csv: the sums, and a column for each exercise (empty while nobody graded it)."""
    return Written([_write_csv(path_of(lab, ".csv"), table(lab, scores))])


def write_parquet(lab: Lab, scores: Sequence[Score], options: Options) -> Written:
    """exports/<lab>.parquet: the same columns with types; texts are as the gradebook has them."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    columns = table(lab, scores)
    texts = {"student", "last_name", "first_name", "email"}
    types = {name: pa.string() if name in texts else pa.float64() for name in columns}
    made = {name: pa.array(values, types[name]) for name, values in columns.items() if name != WAITING}
    made[WAITING] = pa.array([score.waiting for score in scores], pa.bool_())
    path = path_of(lab, ".parquet")
    parquet.write_table(pa.table({name: made[name] for name in columns}), path)
    return Written([path])


def table(lab: Lab, scores: Sequence[Score], exercises: bool = True) -> dict[str, list[Cell]]:
    """The columns by name, in their order."""
    columns: dict[str, list[Cell]] = {
        "student": [score.student for score in scores],
        "last_name": [score.last_name for score in scores],
        "first_name": [score.first_name for score in scores],
        "email": [score.email for score in scores],
        "points": [score.points for score in scores],
        "max_points": [score.max_points for score in scores],
        "late_penalty": [score.late_penalty for score in scores],
        WAITING: ["yes" if score.waiting else "no" for score in scores],
    }
    for notebook in lab.notebooks if exercises else []:
        for exercise in notebook.exercises:
            key = (notebook.name, exercise.name)
            columns["/".join(key)] = [score.exercises[key] for score in scores]
    return columns


def path_of(lab: Lab, ending: str) -> Path:
    """A file of the lab in exports/, which is made."""
    folder = lab.course.root / "exports"
    folder.mkdir(exist_ok=True)
    return folder / f"{lab.name}{ending}"


def _write_csv(path: Path, columns: dict[str, list[Cell]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([neutral(name) for name in columns])
        for row in zip(*columns.values(), strict=True):
            writer.writerow([neutral(cell) if isinstance(cell, str) else cell for cell in row])
    return path
