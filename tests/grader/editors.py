"""Notebooks as Colab and VS Code write them back: what each adds, moves, renames and drops."""

from __future__ import annotations

import copy
import json

USER = {"displayName": "A Student", "userId": "01234567890123456789"}


def as_colab(notebook, *, keeps_metadata=True):
    """Saved by Colab: format 4.0, ids moved into the metadata, run information, its own front matter and keys.

    Without `keeps_metadata` the nbgrader metadata are gone as well, as after copying cells between notebooks there.
    """
    cells = []
    for number, cell in enumerate(plain(notebook)["cells"]):
        metadata = {k: v for k, v in cell["metadata"].items() if keeps_metadata or k != "nbgrader"}
        metadata |= {"id": cell["id"] if keeps_metadata else f"Xy{number:02d}_zQ{number}"}
        saved = {"cell_type": cell["cell_type"], "source": as_lines(cell["source"]), "metadata": metadata}
        if cell["cell_type"] == "code":
            saved |= {"execution_count": number + 1, "outputs": [stream("seen\n")]}
            metadata |= {
                "colab": {"base_uri": "https://localhost:8080/", "height": 35},
                "outputId": f"0c7fdf6b-1111-4d4b-8d0f-{number:012d}",
                "executionInfo": {
                    "status": "ok",
                    "timestamp": 1790000000000,
                    "user_tz": -60,
                    "elapsed": 7,
                    "user": USER,
                },
            }
        cells.append(saved)
    cells.append(
        {
            "cell_type": "code",
            "source": [],
            "metadata": {"id": "abcDEF123"},
            "execution_count": None,
            "outputs": [],
        }
    )
    metadata = {
        "accelerator": "GPU",
        "colab": {"provenance": [], "gpuType": "T4", "toc_visible": True, "include_colab_link": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
        "widgets": {"application/vnd.jupyter.widget-state+json": {}},
    }
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 0, "metadata": metadata, "cells": cells}, indent=2
    ).encode()


def as_vscode(notebook, *, keeps_metadata=True):
    """Saved by VS Code: format 4.2 without ids or 4.5 with its own, the environment as kernel, keys of its own."""
    cells = []
    for number, cell in enumerate(plain(notebook)["cells"]):
        metadata = dict(cell["metadata"]) if keeps_metadata else {}
        saved = {"cell_type": cell["cell_type"]}
        if keeps_metadata:
            saved["id"] = f"{number:08x}"
        saved |= {"metadata": metadata, "source": as_lines(cell["source"].replace("\n", "\r\n"))}
        if cell["cell_type"] == "code":
            metadata["vscode"] = {"languageId": "python"}
            saved |= {"execution_count": 3, "outputs": [stream("seen\r\n")]}
        cells.append(saved)
    metadata = {
        "kernelspec": {"display_name": ".venv (3.12.4)", "language": "python", "name": "python3"},
        "language_info": {
            "codemirror_mode": {"name": "ipython", "version": 3},
            "file_extension": ".py",
            "name": "python",
            "version": "3.12.4",
        },
        "orig_nbformat": 4,
        "vscode": {"interpreter": {"hash": "0" * 64}},
    }
    minor = 5 if keeps_metadata else 2
    return json.dumps(
        {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": minor}, indent=1
    ).encode()


STYLES = {
    "Colab": as_colab,
    "Colab, metadata lost": lambda notebook: as_colab(notebook, keeps_metadata=False),
    "VS Code": as_vscode,
    "VS Code, metadata lost": lambda notebook: as_vscode(notebook, keeps_metadata=False),
}


def plain(notebook):
    return json.loads(json.dumps(copy.deepcopy(notebook)))


def as_lines(text):
    return text.splitlines(keepends=True)


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": [text]}
