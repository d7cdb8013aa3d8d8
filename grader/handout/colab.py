"""The two cells that open a released notebook in Colab: a link, and a helper that fetches the lab's files."""

from __future__ import annotations

import copy

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from grader.settings import Settings

LINK = "colab-link"
HELPER = "colab-files"
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"

SOURCE = """\
# On Colab this fetches the files of the lab; elsewhere it does nothing.
try:
    import utils  # noqa: F401
except ModuleNotFoundError:
    import io
    import os
    import urllib.request
    import zipfile

    with urllib.request.urlopen("{address}") as answer:
        zipfile.ZipFile(io.BytesIO(answer.read())).extractall()
    os.chdir("{lab}")
    import sys

    sys.path.insert(0, os.getcwd())
"""


def with_colab(released: NotebookNode, lab: str, notebook: str, places: Settings) -> NotebookNode:
    """The notebook with the two cells in front when the course says where it is published, else as it is."""
    if not places.notebooks:
        return released
    page = f"{places.notebooks.rstrip('/')}/{lab}/{notebook}.ipynb"
    source = SOURCE.format(address=f"{places.files.rstrip('/')}/{lab}.zip", lab=lab).rstrip()
    cells = [
        new_markdown_cell(f"[![Open in Colab]({BADGE})]({page})", id=LINK),
        new_code_cell(source, id=HELPER),
    ]
    extended = copy.copy(released)
    extended.cells = [*cells, *released.cells]
    return extended
