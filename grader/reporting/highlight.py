"""Python code with colours by class, small and without style attributes."""

from __future__ import annotations

import functools
import html
from typing import Any

from ipython_pygments_lexers import IPython3Lexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String

from grader.clean import clean

LONGEST = 20_000  # characters; a longer cell is shown without colours
LONGEST_LINE = 1000  # the lexer takes quadratic time over some odd lines
_CLASSES = [
    (Comment, "c"),
    (String, "s"),
    (Number, "m"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Decorator, "d"),
    (Name.Builtin, "b"),
    (Name.Exception, "b"),
]
_LEXER = IPython3Lexer(stripnl=False, ensurenl=False)


@functools.lru_cache(maxsize=1024)
def highlight(source: str) -> str:
    """The code as safe HTML for a <code> element."""
    source = clean(source)
    if len(source) > LONGEST or max(map(len, source.split("\n"))) > LONGEST_LINE:
        return html.escape(source, quote=False)
    parts: list[str] = []
    run, run_class = "", ""
    for kind, text in _LEXER.get_tokens(source):
        name = _class_of(kind)
        if name != run_class and not text.isspace():
            parts.append(_span(run, run_class))
            run, run_class = "", name
        run += text
    parts.append(_span(run, run_class))
    return "".join(parts)


def reachable(text: str) -> str:
    """The attribute of a <pre>: what may have to be scrolled is reachable by keyboard."""
    lines = text.split("\n")
    return ' tabindex="0"' if len(lines) > 20 or max(map(len, lines)) > 80 else ""


@functools.cache
def _class_of(kind: Any) -> str:
    return next((name for parent, name in _CLASSES if kind in parent), "")


def _span(text: str, name: str) -> str:
    text = html.escape(text, quote=False)
    return f'<span class="{name}">{text}</span>' if name and text else text
