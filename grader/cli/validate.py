"""`python -m grader validate [LAB ...]`: nbval over the instructor's notebooks and over the released ones.

Every cell must run from top to bottom. Cells tagged `nbval-check-output`, whose numbers are part of the lesson, must
also print what is stored in the instructor's notebook. After such a cell was changed on purpose,
`python -m grader.cli.validate [LAB ...]` stores what it prints now: look at the difference before you commit it.
"""

from __future__ import annotations

import copy
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from grader.course import Course, Lab, Notebook, course_root
from grader.release import released_notebook
from grader.strip import KEPT, stripped

CELL_SECONDS = 180


def main(course: Course, labs: Sequence[str]) -> int:
    """The command; exit status 1 when a cell fails."""
    chosen = [course.lab(name) for name in labs] if labs else course.labs
    with tempfile.TemporaryDirectory() as folder:
        released = [path for lab in chosen for path in write_released(lab, Path(folder))]
        sources = [path for lab in chosen for path in write_sources(lab, Path(folder))]
        failed = [done for done in (run(sources), run(released)) if done != 0]
    if failed:
        print("Outputs that differ on purpose are stored by: python -m grader.cli.validate [LAB ...]")
    return 1 if failed else 0


def write_sources(lab: Lab, folder: Path) -> list[Path]:
    """The instructor's notebooks as files in folder/<lab>/; the tagged cells are marked as run, as nbval wants it."""
    target = folder / lab.name
    target.mkdir()
    paths = []
    for notebook in lab.notebooks:
        source = copy.deepcopy(notebook.source)
        for cell in source.cells:
            if KEPT in cell.metadata.get("tags", []):
                cell.execution_count = 1
        paths.append(target / notebook.path.name)
        nbformat.write(source, paths[-1])
    return paths


def write_released(lab: Lab, folder: Path) -> list[Path]:
    """The lab's notebooks as students get them, as files in folder/<lab>-released/."""
    target = folder / f"{lab.name}-released"
    target.mkdir()
    paths = []
    for notebook in lab.notebooks:
        paths.append(target / notebook.path.name)
        nbformat.write(released_notebook(notebook.source, str(notebook.path)), paths[-1])
    return paths


def run(notebooks: Sequence[Path]) -> int:
    """nbval on the notebooks, each in a fresh kernel of this environment; pytest's exit status."""
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--nbval-lax",
        "--nbval-current-env",
        "-p",
        "no:cacheprovider",
    ]
    words += ["-p", "no:xdist", f"--nbval-cell-timeout={CELL_SECONDS}", "-c", "/dev/null", "--rootdir", "/"]
    return subprocess.run([*words, *map(str, notebooks)], check=False).returncode


def store(course: Course, labs: Sequence[str]) -> list[Path]:
    """Run the instructor's notebooks and store what their tagged cells print; gives the files that changed.

    Raises nbclient's CellExecutionError when a cell fails; the notebook then stays as it is.
    """
    chosen = [course.lab(name) for name in labs] if labs else course.labs
    return [notebook.path for lab in chosen for notebook in lab.notebooks if _store(notebook)]


def _store(notebook: Notebook) -> bool:
    before = notebook.path.read_text(encoding="utf-8")
    source = nbformat.reads(before, as_version=4)
    tagged = [number for number, cell in enumerate(source.cells) if KEPT in cell.metadata.get("tags", [])]
    if not tagged:
        return False
    done = copy.deepcopy(source)
    client = NotebookClient(
        done, timeout=CELL_SECONDS, resources={"metadata": {"path": notebook.path.parent}}
    )
    client.execute(env={**os.environ, "GRADING": "1"})
    for number in tagged:
        source.cells[number].outputs = done.cells[number].outputs
    after = nbformat.writes(stripped(source)) + "\n"
    if after != before:
        notebook.path.write_text(after, encoding="utf-8")
    return after != before


if __name__ == "__main__":
    for changed in store(Course(course_root()), sys.argv[1:]):
        print(f"{changed}: outputs stored")
