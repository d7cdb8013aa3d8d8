"""The student's own notebook in a page: every cell and output as safe HTML within a size budget."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from grader.clean import as_printed, clean, shorten, strip_ansi
from grader.course import grade_id, nbgrader_metadata
from grader.reporting.formulas import formula
from grader.reporting.highlight import highlight, reachable
from grader.reporting.markdown import render_markdown
from grader.reporting.pictures import png_uri

PAGE_BYTES = 3_500_000  # of cells and outputs in one page
MOST_CELLS = 500
MOST_PROSE = (
    300_000  # characters that are rendered as Markdown, which can be made slow; the rest is shown as it is
)
MOST_OUTPUTS = 100  # of one cell
LONGEST_SOURCE = 60_000  # characters
LONGEST_STREAM = 200_000  # with progress bars and colours, before they are taken out
LONGEST_TEXT = 20_000
LONGEST_TRACEBACK = 8_000


@dataclass
class CellView:
    """A cell as the page shows it; `graded` is its grade_id when points or an answer belong to it."""

    number: int
    kind: str
    body: Markup
    id: str = ""
    outputs: list[Markup] = field(default_factory=list)
    prompt: str = ""
    graded: str = ""
    answer: bool = False
    error: str = ""


class Budget:
    """How much of a page is left; what does not fit is replaced by a plain note."""

    def __init__(self, size: int = PAGE_BYTES) -> None:
        self.left, self.prose = size, MOST_PROSE

    def take(self, make: Callable[[], str], raw: int, what: str) -> Markup:
        """The safe markup that `make` gives if it fits, else a note about `what`.

        `raw` is the length of the text that goes in: what is too long already is not even rendered.
        """
        markup = make() if raw <= self.left else ""
        size = len(markup.encode("utf-8", "replace"))
        if max(raw, size) > self.left:
            return note(f"{what} is left out: the page would become too large.")
        self.left -= size
        return Markup(markup)

    def renders(self, source: str) -> bool:
        """Whether this text may be rendered as Markdown, too."""
        self.prose -= len(source)
        return self.prose >= 0


def note(text: str) -> Markup:
    """A remark of the page itself among the student's cells."""
    return Markup('<p class="left-out">{}</p>').format(text)


def cell_views(notebook: Mapping[str, Any], size: int = PAGE_BYTES) -> list[CellView]:
    """The cells of an executed notebook (nbformat 4 as dicts)."""
    budget = Budget(size)
    cells = notebook.get("cells") or []
    views = [_view(number, cell, budget) for number, cell in enumerate(cells[:MOST_CELLS], 1)]
    if len(cells) > MOST_CELLS:
        rest = note(f"{len(cells) - MOST_CELLS} more cells are not shown.")
        views.append(CellView(MOST_CELLS + 1, "raw", rest))
    return views


def _view(number: int, cell: Mapping[str, Any], budget: Budget) -> CellView:
    kind, source = cell.get("cell_type"), text_of(cell.get("source"))
    meta = nbgrader_metadata(cell)
    view = CellView(number, "raw", Markup(""), text_of(cell.get("id")), graded=grade_id(cell))
    view.answer = bool(meta.get("solution"))
    if kind in ("markdown", "code"):
        view.kind = kind
    if source.strip():
        shown_as = "raw" if kind == "markdown" and not budget.renders(source[:LONGEST_SOURCE]) else view.kind
        view.body = budget.take(
            lambda: _body(cell, shown_as, source), min(len(source), LONGEST_SOURCE), "This cell"
        )
    if kind == "code":
        view.prompt = prompt(cell.get("execution_count"))
        view.outputs = list(_outputs(cell.get("outputs"), number, budget))
        view.error = _said(cell.get("outputs"))
    return view


def _body(cell: Mapping[str, Any], kind: str, source: str) -> str:
    if kind == "markdown":
        attachments = cell.get("attachments")
        return render_markdown(source, attachments if isinstance(attachments, Mapping) else None)
    if kind == "code":
        source = shorten(source, LONGEST_SOURCE)
        return f'<pre class="source"{reachable(source)}><code>{highlight(source)}</code></pre>'
    return _pre(shorten(clean(source), LONGEST_TEXT), "stream")


def _said(outputs: Any) -> str:
    """The exception that ended the cell in one short line, empty when there is none."""
    for output in outputs if isinstance(outputs, list) else []:
        if isinstance(output, Mapping) and output.get("output_type") == "error":
            return shorten(_headline(output).split("\n")[0], 200)
    return ""


def _outputs(outputs: Any, number: int, budget: Budget) -> Iterable[Markup]:
    outputs = outputs if isinstance(outputs, list) else []
    merged = _merged([output for output in outputs if isinstance(output, Mapping)])
    for output in merged[:MOST_OUTPUTS]:
        yield budget.take(functools.partial(_output, output, number), 1, "An output")
    if len(merged) > MOST_OUTPUTS:
        yield note(f"{len(merged) - MOST_OUTPUTS} more outputs of this cell are not shown.")


def _merged(outputs: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Neighbouring pieces of the same stream as one, so that progress bars are seen whole."""
    merged: list[Mapping[str, Any]] = []
    pieces: list[str] = []
    for output in outputs:
        stream = output.get("name") if output.get("output_type") == "stream" else None
        if stream and merged and merged[-1].get("name") == stream:
            pieces.append(text_of(output.get("text")))
            continue
        if pieces:
            merged[-1] = {**merged[-1], "text": "".join(pieces)}
        pieces = [text_of(output.get("text"))] if stream else []
        merged.append(output)
    if pieces:
        merged[-1] = {**merged[-1], "text": "".join(pieces)}
    return merged


def _output(output: Mapping[str, Any], number: int) -> str:
    kind = output.get("output_type")
    if kind == "stream":
        text = _printed(output.get("text"))
        name = "stderr" if output.get("name") == "stderr" else "stream"
        return _pre(text, name) if text else ""
    if kind == "error":
        return _error(output)
    data = output.get("data")
    return _rich(data, number) if isinstance(data, Mapping) else ""


def _rich(data: Mapping[str, Any], number: int) -> str:
    """The safest good form: PNG, then formula or markdown, then text; never HTML, SVG or scripts."""
    plain = _printed(data.get("text/plain"))
    if "image/png" in data:
        uri = png_uri(data["image/png"])
        if uri is None:
            return str(note("A picture is not shown: it is damaged or too large."))
        about = html.escape(f"Figure of cell {number}. {shorten(plain, 200)}".strip())
        return f'<img src="{uri}" alt="{about}">'
    if "text/latex" in data and len(text_of(data["text/latex"])) <= LONGEST_TEXT:
        return formula(re.sub(r"^\$+|\$+$", "", text_of(data["text/latex"]).strip()), display=True)
    if "text/markdown" in data:
        return f'<div class="prose">{render_markdown(text_of(data["text/markdown"]))}</div>'
    if plain:
        return _pre(plain, "stream")
    kinds = ", ".join(sorted(str(kind) for kind in data)[:5])
    return str(note(f"An output of type {shorten(clean(kinds), 200)} is not shown.")) if kinds else ""


def _error(output: Mapping[str, Any]) -> str:
    """The exception in one line, its traceback folded below with the failing lines marked."""
    headline = html.escape(shorten(_headline(output), 2000))
    lines = "\n".join(text_of(line) for line in output.get("traceback") or [])
    trace = shorten(clean(strip_ansi(lines)), LONGEST_TRACEBACK)
    marked = "\n".join(_traced(line) for line in trace.split("\n"))
    fold = (
        f'<details><summary>Traceback</summary><pre tabindex="0">{marked}</pre></details>'
        if trace.strip()
        else ""
    )
    return f'<div class="error"><pre class="said">{headline}</pre>{fold}</div>'


def _headline(output: Mapping[str, Any]) -> str:
    said = f"{text_of(output.get('ename'))}: {text_of(output.get('evalue'))}"
    return clean(strip_ansi(said)).removesuffix(": ")


def _traced(line: str) -> str:
    escaped = html.escape(line, quote=False)
    return f"<b>{escaped}</b>" if re.match(r"-+> ?\d", line) else escaped


def _printed(value: Any) -> str:
    return shorten(as_printed(shorten(text_of(value), LONGEST_STREAM)), LONGEST_TEXT)


def _pre(text: str, name: str) -> str:
    return f'<pre class="{name}"{reachable(text)}>{html.escape(text, quote=False)}</pre>'


def prompt(count: Any) -> str:
    """The number of execution as Jupyter shows it."""
    return f"[{count}]" if isinstance(count, int) else "[ ]"


def text_of(value: Any) -> str:
    """A multi-line string of nbformat: a string or a list of strings, anything else as its text."""
    if isinstance(value, list | tuple):
        return "".join(text_of(part) for part in value)
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value)
