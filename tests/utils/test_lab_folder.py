"""In a lab's folder: what the hand-in and the overview of the lab say of notebooks, and the file that is made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from utils.handin import main
from utils.labfile import LabError, examine, read_lab
from utils.overview import overview

STUB = 'def {0}(x):\n    """Returns {0}."""\n    raise NotImplementedError("not written yet")'
WRITTEN = "def {0}(x):\n    return x"
WORDS = "*Your answer here.*"


def released(*names):
    """A notebook's cells: a text, an exercise and its check for each name, and a question."""
    cells = [cell("markdown", "intro", "# Some title", None)]
    for name in names:
        cells += [
            cell("code", name, STUB.format(name)),
            cell("code", f"check-{name}", f"with check('{name}'):\n    {name}(1)"),
        ]
    return [*cells, cell("markdown", f"q-{names[0]}", WORDS)]


def cell(kind, name, source, grade_id=""):
    metadata = {} if grade_id is None else {"nbgrader": {"grade_id": grade_id or name}}
    made = {"cell_type": kind, "id": f"id-{name}", "metadata": metadata, "source": source}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def book(cells):
    named = [(c["id"], c["metadata"].get("nbgrader", {}).get("grade_id", ""), c["source"]) for c in cells]
    tasks = [c for c in cells if "raise Not" in c["source"] or c["source"] == WORDS]
    exercises = [
        {"name": c["id"][3:], "points": 1.0, "stub": c["source"], "code": c["cell_type"] == "code"}
        for c in tasks
    ]
    return {"cells": named, "exercises": exercises}


def save(path, cells):
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


@pytest.fixture
def folder(tmp_path):
    """A lab of two notebooks, all of the first written."""
    first, second = released("forward", "backward"), released("train")
    books = {"1-first": book(first), "2-second": book(second)}
    (tmp_path / "lab.json").write_text(json.dumps({"lab": "3-lab", "max_bytes": 1 << 20, "notebooks": books}))
    for name in ("forward", "backward", "q-forward"):
        at(first, name)["source"] = WRITTEN.format(name) if name[0] != "q" else "Because."
    save(tmp_path / "1-first.ipynb", first)
    save(tmp_path / "2-second.ipynb", second)
    return tmp_path


def at(cells, name):
    return next(c for c in cells if c["id"] == f"id-{name}")


def cells_of(path):
    return json.loads(path.read_text())["cells"]


def test_the_file_to_upload_holds_the_notebooks_as_they_are(folder, capsys):
    assert main(folder, ["ada"]) == 0
    made = folder / "3-lab-hand-in-ada.zip"
    assert capsys.readouterr().out.endswith(f"Upload this file:\n{made}\n")
    with zipfile.ZipFile(made) as archive:
        assert archive.namelist() == ["3-lab/1-first.ipynb", "3-lab/2-second.ipynb"]
        assert archive.read("3-lab/1-first.ipynb") == (folder / "1-first.ipynb").read_bytes()


def test_what_is_not_written_yet_is_told_and_stops_nothing(folder, capsys):
    assert main(folder, []) == 0
    said = capsys.readouterr().out
    assert "1-first: 3 of 3 exercises written" in said
    assert "2-second: 0 of 2 exercises written" in said
    assert "not written yet: train, q-train" in said


def test_comments_and_blanks_are_no_answer_and_one_in_another_cell_is(folder):
    cells = cells_of(folder / "1-first.ipynb")
    at(cells, "forward")["source"] = STUB.format("forward").replace("raise", "# later\n\n    raise")
    at(cells, "backward")["source"] = STUB.format("backward")
    cells.append(cell("code", "mine", WRITTEN.format("backward"), None))
    save(folder / "1-first.ipynb", cells)
    lab = read_lab(folder)
    assert examine(lab, lab.books[0]).unwritten == ["forward"]


def test_an_answer_that_is_not_python_is_told_with_its_line(folder, capsys):
    cells = cells_of(folder / "1-first.ipynb")
    at(cells, "forward")["source"] = "%time\ndef forward(x):\n    retrun x +"
    save(folder / "1-first.ipynb", cells)
    assert main(folder, []) == 0
    assert "forward: line 3 is not Python" in capsys.readouterr().out


def test_cells_that_are_gone_are_named(folder, capsys):
    save(
        folder / "1-first.ipynb",
        [c for c in cells_of(folder / "1-first.ipynb") if c["id"] != "id-check-forward"],
    )
    assert main(folder, []) == 0
    assert "cells that are gone (they will be put back for grading): check-forward" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda d: (d / "1-first.ipynb").write_text("{"), "does not open as a notebook"),
        (lambda d: (d / "1-first.ipynb").write_bytes(b"\xff\x00"), "does not open as a notebook"),
        (lambda d: (d / "1-first.ipynb").write_text("[1]"), "is not a notebook"),
        (lambda d: (d / "1-first.ipynb").write_text("[" * 100_000), "does not open as a notebook"),
        (lambda d: (d / "1-first.ipynb").write_text(" " * (2 << 20)), "larger than 1 MB: clear all outputs"),
        (
            lambda d: (d / "1-first.ipynb").rename(d / "1-first (1).ipynb"),
            "Is it 1-first (1).ipynb? Rename it",
        ),
        (lambda d: (d / "1-first.ipynb").unlink(), "1-first.ipynb is not in this folder"),
        (lambda d: save(d / "1-first.ipynb", released("train")), "is not this notebook, but 2-second"),
        (lambda d: save(d / "1-first.ipynb", [cell("code", "x", "print(1)", None)]), "is not this notebook."),
    ],
)
def test_a_file_that_is_not_the_notebook_is_a_problem_and_no_file_is_made(folder, capsys, damage, words):
    damage(folder)
    assert main(folder, []) == 1
    said = capsys.readouterr().out
    assert "1-first: PROBLEM: " in said
    assert words in said
    assert "Nothing was made." in said
    assert list(folder.glob("*.zip")) == []


def test_with_anyway_the_file_is_made_of_what_is_there(folder, capsys):
    (folder / "1-first.ipynb").write_text("{")
    (folder / "2-second.ipynb").unlink()
    assert main(folder, ["--anyway"]) == 0
    with zipfile.ZipFile(folder / "3-lab-hand-in.zip") as archive:
        assert archive.namelist() == ["3-lab/1-first.ipynb"]


@pytest.mark.parametrize("name", ["../ada", "a b", ""])
def test_a_name_that_is_no_part_of_a_file_name_is_refused(folder, capsys, name):
    assert main(folder, [name]) == 1
    assert "is no name for a file" in capsys.readouterr().out


def test_a_folder_without_the_lab_is_told(tmp_path):
    with pytest.raises(LabError, match="unpacked from the lab's zip"):
        read_lab(tmp_path)
    (tmp_path / "lab.json").write_text("{}")
    with pytest.raises(LabError, match="is damaged"):
        read_lab(tmp_path)


def test_the_hand_in_needs_no_package_at_all(folder):
    """-I -S: no site-packages, nothing of the environment."""
    home = Path(__file__).resolve().parents[2]
    code = f"import sys, pathlib; sys.path.insert(0, {str(home)!r}); from utils.handin import main; sys.exit(main(pathlib.Path('.'), []))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_overview_lists_all_exercises_of_all_notebooks(folder, capsys):
    cells = cells_of(folder / "1-first.ipynb")
    for name, text in (("forward", "forward: ok\n"), ("backward", "")):
        checked = at(cells, f"check-{name}")
        checked["execution_count"] = 3
        output = {"output_type": "stream", "name": "stdout", "text": [text]}
        checked["outputs"] = [output if text else {"output_type": "error", "ename": "CheckFailed"}]
    save(folder / "1-first.ipynb", cells)
    assert overview(folder, {})
    assert capsys.readouterr().out.splitlines() == [
        "1-first",
        "  forward    ok",
        "  backward   to be corrected",
        "  q-forward  written",
        "2-second",
        "  train    not written yet",
        "  q-train  not written yet",
        "3 of 5 exercises are written; visible checks that pass: 1. (As last saved.)",
    ]


def test_a_check_of_this_session_counts_before_a_saved_one(folder, capsys):
    overview(folder, {"forward": "ok", "backward": "to be corrected"})
    said = capsys.readouterr().out
    assert "forward    ok" in said
    assert "backward   to be corrected" in said


def test_where_no_lab_lies_there_is_no_overview(tmp_path, capsys):
    assert not overview(tmp_path, {"a": "ok"})
    assert capsys.readouterr().out == ""


def test_lab_progress_shows_the_lab_of_the_working_folder(folder):
    home = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", "from utils import lab_progress; lab_progress()"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("1-first\n  forward    written, not checked yet\n")


def test_a_notebook_under_another_name_is_found_by_what_it_holds(folder, capsys):
    (folder / "1-first.ipynb").rename(folder / "meine Lösung.ipynb")
    assert main(folder, []) == 1
    assert "Is it meine Lösung.ipynb? Rename it to 1-first.ipynb." in capsys.readouterr().out


def test_a_copy_that_was_saved_later_is_pointed_at(folder, capsys):
    copy = folder / "1-first-Copy1.ipynb"
    copy.write_bytes((folder / "1-first.ipynb").read_bytes())
    os.utime(copy, (2_000_000_000, 2_000_000_000))
    assert main(folder, []) == 0
    assert "NOT handed in, though saved later: 1-first-Copy1.ipynb" in capsys.readouterr().out
    os.utime(copy, (1, 1))
    main(folder, [])
    assert "NOT handed in" not in capsys.readouterr().out


def test_for_a_damaged_notebook_jupyterlab_may_have_kept_an_earlier_state(folder, capsys):
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "1-first-checkpoint.ipynb").write_text("{}")
    (folder / "1-first.ipynb").write_text("{")
    assert main(folder, []) == 1
    assert os.path.join(".ipynb_checkpoints", "1-first-checkpoint.ipynb") in capsys.readouterr().out


def test_where_the_file_cannot_be_written_nothing_is_left_and_the_reason_is_told(folder, capsys):
    (folder / "3-lab-hand-in.zip").mkdir()
    assert main(folder, []) == 1
    assert "cannot be written" in capsys.readouterr().out
    assert not list(folder.glob("*.part"))
