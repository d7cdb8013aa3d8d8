"""A CSV file that a platform gave: cells are filled in, and every other byte stays as it was."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import GraderError


class WorksheetError(GraderError):
    """The downloaded file cannot be used; the message says why and what to do."""


@dataclass
class Row:
    """One record: `raw` holds the fields with their quotes, `end` the line's end."""

    raw: list[str]
    end: str

    def value(self, column: int | None) -> str:
        """The text of a field, without quotes; empty where there is none."""
        if column is None or column >= len(self.raw):
            return ""
        field = self.raw[column]
        return field[1:-1].replace('""', '"') if field.startswith('"') else field

    def fill(self, column: int, text: str, delimiter: str) -> None:
        """Put a text into a field, quoted where the field was or where it must be."""
        quoted = self.raw[column].startswith('"') or any(c in text for c in (delimiter, '"', "\r", "\n"))
        self.raw[column] = '"{}"'.format(text.replace('"', '""')) if quoted else text


class Worksheet:
    """The file as rows; the first one is the head."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            content = path.read_bytes()
            self.mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
            text = content[len(self.mark) :].decode()
        except OSError as error:
            raise WorksheetError(f"{path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise WorksheetError(f"{path} is not UTF-8; give the file as it was downloaded") from error
        first = re.split(r"[\r\n]", text, maxsplit=1)[0]
        self.delimiter = max(",;\t", key=first.count)
        head, *self.rows = self._rows(text) or [Row([], "")]
        self.head_row = head
        self.head = [head.value(i).strip() for i in range(len(head.raw))]

    def column(self, *names: str) -> int | None:
        """The place of the first of these columns that is there."""
        lower = [name.lower() for name in self.head]
        return next((lower.index(name.lower()) for name in names if name.lower() in lower), None)

    def fill(self, row: Row, column: int, text: str) -> None:
        """Put a text into a field of a row."""
        while len(row.raw) <= column:
            row.raw.append("")
        row.fill(column, text, self.delimiter)

    def write(self, path: Path, columns: Sequence[int] | None = None) -> Path:
        """Write the file, or only these of its columns."""
        lines = []
        for row in [self.head_row, *self.rows]:
            fields = row.raw if columns is None else [row.raw[i] for i in columns if i < len(row.raw)]
            lines.append(self.delimiter.join(fields) + row.end)
        path.write_bytes(self.mark + "".join(lines).encode())
        return path

    def _rows(self, text: str) -> list[Row]:
        field = re.compile(rf'("(?:[^"]|"")*"|[^{self.delimiter}\r\n]*)({self.delimiter}|\r\n|\n|\r|\Z)')
        rows: list[Row] = []
        fields: list[str] = []
        at = 0
        while at < len(text):
            found = field.match(text, at)
            if found is None or (found[1].startswith('"') and not re.fullmatch(r'"(?s:.*)"', found[1])):
                line = text.count("\n", 0, at) + 1
                raise WorksheetError(f"{self.path}, line {line}: a quote is not closed; download it again")
            fields.append(found[1])
            at = found.end()
            if found[2] != self.delimiter:
                rows.append(Row(fields, found[2]))
                fields = []
            elif at == len(text):
                fields.append("")
        if fields:
            rows.append(Row(fields, ""))
        return rows
