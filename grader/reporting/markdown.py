"""Markdown cells as safe HTML: what is not known to be harmless is shown as text."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Mapping
from typing import Any

import mistune
from mistune.plugins.formatting import strikethrough
from mistune.plugins.table import table

from grader.clean import clean, shorten
from grader.reporting.formulas import formula
from grader.reporting.highlight import highlight, reachable
from grader.reporting.pictures import png_uri

LONGEST = 30_000  # characters of one cell
_FOLD = re.compile(r"<(/?)(details|summary|br|b|i|em|strong|sub|sup|kbd|code)\s*/?>", re.IGNORECASE)
_BLOCK_MATH = (
    r"^ {0,3}\$\$(?P<math_dollars>(?:(?!\$\$|\n[ \t]*\n)[\s\S]){1,4000})\$\$[ \t]*(?:\n|$)|"
    r"^ {0,3}(?P<math_environment>\\begin\{(?P<math_name>[a-z]{1,12}\*?)\}[\s\S]{1,4000}?\\end\{(?P=math_name)\})"
    r"[ \t]*(?:\n|$)"
)
_INLINE_MATH = r"\$\$(?P<math_display>(?:[^$\\]|\\.){1,4000}?)\$\$|\$(?!\s)(?P<math_text>(?:[^$\\\n]|\\.){1,1000}?)(?<!\s)\$(?!\d)"


class _Renderer(mistune.HTMLRenderer):
    """Mistune's HTML without foreign images, live links, raw HTML or ids."""

    def __init__(self, attachments: Mapping[str, Any], folds: bool) -> None:
        super().__init__(escape=True)
        self.attachments = attachments
        self.folds = folds

    def link(self, text: str, url: str, title: str | None = None) -> str:
        if not re.match(r"(https?://|mailto:)[^\s\x00-\x20]", url, re.IGNORECASE):
            return f"<span>{text}</span>"
        return f'<a href="{html.escape(url)}" rel="noreferrer noopener nofollow">{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        bundle = self.attachments.get(url.removeprefix("attachment:"))
        data = bundle.get("image/png") if isinstance(bundle, Mapping) else None
        uri = png_uri(data) if data else None
        described = re.sub(r"<[^>]*>", "", text)
        if uri is None:
            return f'<span class="left-out">[picture not shown, only PNG pictures are: {described or "no description"}]</span>'
        return f'<img src="{uri}" alt="{described}">'

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        # The page's own headings are levels 1 and 2.
        return f"<h{min(level + 2, 6)}>{text}</h{min(level + 2, 6)}>\n"

    def block_code(self, code: str, info: str | None = None) -> str:
        name = (info or "").split(" ")[0].strip().lower()
        body = highlight(code.rstrip("\n")) if name in ("python", "py") else html.escape(code, quote=False)
        return f"<pre{reachable(code)}><code>{body}</code></pre>\n"

    def inline_html(self, raw: str) -> str:
        return self._harmless(raw)

    def block_html(self, raw: str) -> str:
        return self._harmless(raw)

    def _harmless(self, raw: str) -> str:
        """Folds and plain emphasis without attributes stay, all other tags are shown as text."""
        if not self.folds:
            return html.escape(raw)
        parts, end = [], 0
        for match in _FOLD.finditer(raw):
            parts += [html.escape(raw[end : match.start()]), f"<{match[1]}{match[2].lower()}>"]
            end = match.end()
        return "".join(parts) + html.escape(raw[end:])


def render_markdown(source: str, attachments: Mapping[str, Any] | None = None) -> str:
    """Safe HTML of a markdown cell; attachments as in nbformat: {name: {mimetype: base64}}."""
    if attachments:
        return _render(source, attachments)
    return _cached(source)


@functools.lru_cache(maxsize=1024)
def _cached(source: str) -> str:
    return _render(source, {})


def _render(source: str, attachments: Mapping[str, Any]) -> str:
    source = shorten(clean(source), LONGEST)
    try:
        rendered = str(_parser(attachments, folds=True)(source))
        if "<" in source and not _balanced(rendered):
            rendered = str(_parser(attachments, folds=False)(source))
    except RecursionError:
        rendered = f"<pre>{html.escape(source)}</pre>"
    return rendered


def _parser(attachments: Mapping[str, Any], folds: bool) -> mistune.Markdown:
    parser = mistune.Markdown(_Renderer(attachments, folds), plugins=[table, strikethrough, _math])
    parser.block.max_nested_level = 4
    return parser


def _math(md: mistune.Markdown) -> None:
    md.block.register("block_math", _BLOCK_MATH, _block_math, before="list")
    md.inline.register("inline_math", _INLINE_MATH, _inline_math, before="codespan")
    renderer: Any = md.renderer
    renderer.register("block_math", lambda _, text: formula(text, display=True) + "\n")
    renderer.register("inline_math", lambda _, text: formula(text))


def _block_math(block: Any, match: re.Match[str], state: Any) -> int:
    state.append_token({"type": "block_math", "raw": match["math_dollars"] or match["math_environment"]})
    return match.end()


def _inline_math(inline: Any, match: re.Match[str], state: Any) -> int:
    kind = "block_math" if match["math_display"] else "inline_math"
    state.append_token({"type": kind, "raw": match["math_display"] or match["math_text"]})
    return match.end()


_TAG = re.compile(r"<(/?)([a-z0-9]+)[^>]*?(/?)>")
_VOID = ("br", "hr", "img")


def _balanced(markup: str) -> bool:
    """Whether every element is closed inside the cell, so that no cell can swallow the next."""
    open_tags: list[str] = []
    for closing, name, void in _TAG.findall(markup):
        if void or name in _VOID:
            continue
        if not closing:
            open_tags.append(name)
        elif not open_tags or open_tags.pop() != name:
            return False
    return not open_tags
