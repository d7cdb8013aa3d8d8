"""From JSON values to cells whose every field has its right type."""

from __future__ import annotations

import re
from typing import Any

from grader.intake.decode import decode, load
from grader.intake.model import Cell, Parsed, Ungradable, shown
from grader.intake.names import plain_characters
from grader.limits import MIB, Limits

TYPES = ("code", "markdown", "raw")
IMAGES = ("image/png", "image/jpeg", "image/gif")
MAX_ATTACHMENTS = 8 * MIB
MAX_HEADING = 6
SURROGATES = re.compile("[\ud800-\udfff]")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
READABLE_FORMATS = (4, None)


def parse_notebook(raw: bytes, limits: Limits) -> Parsed:
    """The cells of a submitted file, of any notebook format that can be understood.

    Raises Ungradable only when not a single cell can be recovered.
    """
    if len(raw) > limits.submission_bytes:
        raise Ungradable(
            f"The file is larger than {limits.submission_bytes / MIB:.0f} MB. Clear all outputs."
        )
    try:
        return _parse(raw, limits)
    except MemoryError:
        raise Ungradable("The file needs too much memory to be read. Clear all outputs.") from None


def _parse(raw: bytes, limits: Limits) -> Parsed:
    repairs: list[str] = []
    value = load(decode(raw, repairs), limits, repairs)
    notebook = _find_notebook(value, repairs)
    _check_format(notebook, repairs)
    cells = _Cells(limits, repairs).read(_raw_cells(notebook))
    if not cells:
        raise Ungradable("The notebook has no cell. Ask the student to hand in the notebook they worked in.")
    return Parsed(cells, repairs)


def _find_notebook(value: Any, repairs: list[str]) -> dict[str, Any]:
    """The notebook's object: the value itself, or what a server's download or a list of cells wraps."""
    if isinstance(value, dict) and isinstance(value.get("content"), dict) and "cells" not in value:
        repairs.append("The notebook was wrapped in a server's answer; it was taken out.")
        value = value["content"]
    if isinstance(value, list) and any(isinstance(v, dict) and "cell_type" in v for v in value):
        repairs.append("The file was a bare list of cells; it was read as a notebook.")
        value = {"cells": value, "nbformat": 4}
    if not isinstance(value, dict) or not ("cells" in value or "worksheets" in value):
        raise Ungradable("The file is not a notebook: it has no cells. Hand in the notebook (.ipynb) itself.")
    return value


def _check_format(notebook: dict[str, Any], repairs: list[str]) -> None:
    """Notes a format or a language other than the course's."""
    version = notebook.get("nbformat")
    if version not in READABLE_FORMATS:
        repairs.append(
            f"The notebook has format {shown(str(version), 12)} instead of 4; it was read as format 4."
        )
    metadata = notebook.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    for part, key in (("kernelspec", "language"), ("language_info", "name")):
        about = metadata.get(part)
        language = about.get(key) if isinstance(about, dict) else None
        if (
            isinstance(language, str)
            and language
            and language.lower() not in ("python", "ipython", "python3")
        ):
            repairs.append(
                f"The notebook asked for the language {shown(language, 20)}; it was run with Python."
            )
            return


def _raw_cells(notebook: dict[str, Any]) -> list[Any]:
    """The cells as they are; formats before 4 keep them in worksheets."""
    cells = notebook.get("cells")
    if isinstance(cells, list):
        return cells
    if isinstance(cells, dict):
        return list(cells.values())
    sheets = notebook.get("worksheets")
    sheets = sheets if isinstance(sheets, list) else []
    found = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    return [cell for cells in found if isinstance(cells, list) for cell in cells]


class _Cells:
    """Reads cells one by one and counts what had to be repaired, so that each kind gives one sentence."""

    def __init__(self, limits: Limits, repairs: list[str]) -> None:
        self.limits = limits
        self.repairs = repairs
        self.counts: dict[str, int] = {}

    def read(self, values: list[Any]) -> list[Cell]:
        """The cells; beyond the limit only those that carry a grade_id, and of those as many again."""
        cells: list[Cell] = []
        most = self.limits.notebook_cells
        for value in values:
            if not isinstance(value, dict):
                self.note("that were no cells were left out")
            elif len(cells) >= most and (len(cells) >= 2 * most or not _cell(value).grade_id):
                self.note(f"beyond the limit of {most} cells were left out")
            else:
                cells.append(self.cell(value))
        for what, number in self.counts.items():
            self.repairs.append(f"Entries of the notebook {what} ({number}).")
        return cells

    def note(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def cell(self, value: dict[str, Any]) -> Cell:
        """One cell from its JSON object."""
        source = self.source(value)
        cell_type = value.get("cell_type")
        if cell_type == "heading":
            level = value.get("level")
            cell_type, marks = "markdown", min(max(level, 1), MAX_HEADING) if isinstance(level, int) else 1
            source = "#" * marks + " " + source
        elif cell_type not in TYPES:
            self.note("without a known cell type were read by what they hold")
            cell_type = "code" if "outputs" in value or "execution_count" in value else "raw"
        if not isinstance(value.get("metadata", {}), dict):
            self.note("had broken metadata, which was left out")
        if cell_type == "code":
            source = self.typed(source)
        plain = _cell(value)
        attachments = _images(value.get("attachments")) if cell_type == "markdown" else {}
        return Cell(str(cell_type), source, plain.metadata, plain.id, attachments)

    def source(self, value: dict[str, Any]) -> str:
        """The cell's text with newlines of one kind; formats before 4 call the text of code `input`."""
        source = value.get("source", value.get("input", ""))
        if isinstance(source, list):
            source = self.joined(source)
        if not isinstance(source, str):
            self.note("had no text where their text must be; they were read as empty")
            source = ""
        if "\r" in source:
            source = source.replace("\r\n", "\n").replace("\r", "\n")
        if "\0" in source:
            self.note("had zero bytes in their text, which were left out")
            source = source.replace("\0", "")
        if not source.isascii() and SURROGATES.search(source):
            self.note("had broken characters in their text, which were replaced")
            source = SURROGATES.sub("\ufffd", source)
        return source

    def typed(self, source: str) -> str:
        """Code without the characters that other programs put in when it is pasted through them."""
        tidied = plain_characters(source)
        if tidied != source:
            self.note(
                "had spaces, quotes or invisible characters in their code that Python cannot read; they were replaced"
            )
        return tidied

    def joined(self, parts: list[Any]) -> str:
        """The lines as one text; lines that lost their line ends get them back."""
        lines = [part for part in parts if isinstance(part, str)]
        if len(lines) < len(parts):
            self.note("had lines that were no text, which were left out")
        if len(lines) > 1 and not any(line.endswith(("\n", "\r")) for line in lines[:-1]):
            self.note("had lines without line ends, which were put back")
            return "\n".join(lines)
        return "".join(lines)


def _cell(value: dict[str, Any]) -> Cell:
    """The fields that need no repair: metadata and id, which Colab moves into the metadata."""
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    cell_id = value.get("id", metadata.get("id"))
    return Cell("raw", "", metadata, cell_id if isinstance(cell_id, str) and cell_id else None)


def _images(value: Any) -> dict[str, dict[str, str]]:
    """The pictures pasted into a text cell, nothing else; none when they are too large together."""
    found: dict[str, dict[str, str]] = {}
    size = 0
    for name, bundle in value.items() if isinstance(value, dict) else ():
        for media, data in bundle.items() if isinstance(bundle, dict) else ():
            if media in IMAGES and isinstance(data, str) and BASE64.fullmatch(data):
                found[shown(name)] = {media: data}
                size += len(data)
    return found if size <= MAX_ATTACHMENTS else {}
