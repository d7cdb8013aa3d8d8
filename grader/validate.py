"""`python -m grader validate [LAB ...]`: nbval over the instructor's notebooks and over the released ones.

Every cell must run from top to bottom. Cells tagged `nbval-check-output` must also print what is stored.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat

from grader.course import Course, Lab
from grader.release import released_notebook

CELL_SECONDS = 180


def main(course: Course, labs: Sequence[str]) -> int:
    """The command; exit status 1 when a cell fails."""
    chosen = [course.lab(name) for name in labs] if labs else course.labs
    with tempfile.TemporaryDirectory() as folder:
        released = [path for lab in chosen for path in write_released(lab, Path(folder))]
        sources = [notebook.path for lab in chosen for notebook in lab.notebooks]
        return 1 if [done for done in (run(sources), run(released)) if done != 0] else 0


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
