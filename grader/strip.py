"""`python -m grader strip NOTEBOOK ...`: notebooks as they belong into git, without outputs and traces of a run.

Cells tagged `nbval-check-output` keep their outputs, which `validate` compares. Run by a hook before each commit.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grader.errors import GraderError

KEPT = "nbval-check-output"
TRACES = ("collapsed", "scrolled", "execution", "ExecuteTime")
OF_EDITORS = ("celltoolbar", "widgets", "vscode", "colab", "orig_nbformat")
LANGUAGE = {"name": "python"}


def main(paths: Iterable[Path]) -> int:
    """The command; exit status 1 when a file was changed (look at it, then commit again)."""
    changed = [path for path in paths if strip_file(path)]
    for path in changed:
        print(f"{path}: outputs taken out", file=sys.stdout)
    return 1 if changed else 0


def strip_file(path: Path) -> bool:
    """Strip a file; gives whether it changed. Raises GraderError when it is no notebook."""
    try:
        before = path.read_text(encoding="utf-8")
        notebook = nbformat.reads(before, as_version=4)
        nbformat.validate(notebook)
    except (OSError, ValueError, AttributeError, KeyError, nbformat.ValidationError) as error:
        raise GraderError(f"{path} cannot be read as a notebook: {str(error)[:200]}") from None
    after = nbformat.writes(stripped(notebook)) + "\n"
    if after != before:
        path.write_text(after, encoding="utf-8")
    return after != before


def stripped(notebook: NotebookNode) -> NotebookNode:
    """The notebook without what running and editors leave; changed in place."""
    for cell in notebook.cells:
        for key in (*TRACES, *OF_EDITORS):
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            cell.execution_count = None
            if KEPT in cell.metadata.get("tags", []):
                for output in cell.outputs:
                    if "execution_count" in output:
                        output.execution_count = None
            else:
                cell.outputs = []
    for key in OF_EDITORS:
        notebook.metadata.pop(key, None)
    notebook.metadata["language_info"] = dict(LANGUAGE)
    return notebook
