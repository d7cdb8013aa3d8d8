"""What the text of a cell says about its identity: the names it defines, its words, its bare content.

Only regular expressions look at students' text here: Python's own parser gives up on the first error
and can be crashed by deep nesting.
"""

from __future__ import annotations

import re

MAX_TEXT = 200_000
MAX_WORDS_TEXT = 3000
DEFINITION = re.compile(r"^ ?(?:async[ \t]+)?(?:def|class)[ \t]+([^\W\d]\w*)", re.MULTILINE)
ASSIGNMENT = re.compile(r"^([^\W\d]\w*(?:[ \t]*,[ \t]*[^\W\d]\w*)*)[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE)
COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
WORD = re.compile(r"\w+")
# No editor shows these apart from a space, nothing and straight quotes; outside texts and comments Python takes none.
PASTED = {
    **dict.fromkeys("\u00a0\u1680\u2002\u2003\u2007\u2009\u200a\u202f\u205f\u3000", " "),
    **dict.fromkeys("\u00ad\u200b\u200e\u200f\u2060\ufeff", ""),
    **dict.fromkeys("\u201c\u201d", '"'),
    **dict.fromkeys("\u2018\u2019", "'"),
}
IN_CODE = re.compile(
    r"(#[^\n]*+|\\.|\"\"\".*?\"\"\"|'''.*?'''"
    r"|\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+')"
    f"|[{''.join(PASTED)}]",
    re.DOTALL,
)


def functions(source: str) -> frozenset[str]:
    """Functions and classes defined at the left margin (one stray space allowed), broken code included."""
    return frozenset(DEFINITION.findall(source[:MAX_TEXT]))


def variables(source: str) -> frozenset[str]:
    """Variables assigned at the left margin."""
    found = ASSIGNMENT.findall(source[:MAX_TEXT])
    return frozenset(name.strip() for names in found for name in names.split(","))


def words(source: str) -> frozenset[str]:
    """The words near the beginning of the text."""
    return frozenset(WORD.findall(source[:MAX_WORDS_TEXT]))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of common words, between 0 and 1."""
    return len(one & other) / (len(one | other) or 1)


def tidy(source: str) -> str:
    """The text without blanks at line ends and around it: what an editor may change by itself."""
    text = source.strip()
    return "\n".join(line.rstrip() for line in text.splitlines()) if len(text) <= MAX_TEXT else text


def bare(source: str, code: bool) -> str:
    """What is left of an answer without white space and, in code, without comment lines."""
    return " ".join((COMMENT.sub("", source) if code else source).split())


def plain_characters(code: str) -> str:
    """Code with typed spaces and quotes for those of word processors and web pages; texts and comments are left alone."""
    if code.isascii() or len(code) > MAX_TEXT or PASTED.keys().isdisjoint(code):
        return code
    return IN_CODE.sub(lambda found: found[1] or PASTED[found[0]], code)
