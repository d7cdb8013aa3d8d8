"""An answer as passages: short runs of tokens within one statement, which survive renaming and reordering.

Each statement is read in two ways. Its *shape* leaves out comments and parentheses and numbers the variables, so
that renamed copies are alike; its *wording* keeps names and comments, so that a natural solution with somebody's
own words stands out.
"""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

LENGTH = 5  # tokens of a passage
SHORTEST = 3  # a statement with fewer tokens says nothing
LONGEST_ANSWER = 100_000  # characters
MOST_RESTARTS = 50
SILENT = frozenset("(),;")
LAYOUT = frozenset(
    [tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.ENCODING]
)
Token = tokenize.TokenInfo
Passage = tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """A statement or sentence in lines `first` to `last` (from 0), and its passages in both readings."""

    first: int
    last: int
    shape: frozenset[Passage]
    wording: frozenset[Passage]


def statements(source: str, is_code: bool) -> list[Statement]:
    """The statements of a code answer, the sentences of a text; what cannot be read is left out."""
    source = source[:LONGEST_ANSWER]
    return list(_code(source) if is_code else _text(source))


def _text(source: str) -> Iterator[Statement]:
    for number, line in enumerate(source.split("\n")):
        for sentence in re.split(r"[.!?;:]", line):
            found = passages("text", re.findall(r"\w+", sentence.lower()))
            if found:
                yield Statement(number, number, found, found)


def _code(source: str) -> Iterator[Statement]:
    lines = [list(line) for line in _logical_lines(source)]
    bound = _bound(lines)
    for line in lines:
        comments = [token for token in line if token.type == tokenize.COMMENT]
        code = [token for token in line if token.type != tokenize.COMMENT]
        if all(token.type == tokenize.STRING for token in code):  # a docstring says what, not how
            comments, code = [*comments, *code], []
        words = [word for token in comments for word in re.findall(r"\w+", token.string.lower())]
        wording = passages("name", [token.string for token in code]) | passages("comment", words)
        shape = passages("shape", _shape(code, bound))
        if shape or wording:
            yield Statement(line[0].start[0] - 1, line[-1].end[0] - 1, shape, wording)


def passages(kind: str, tokens: Sequence[str]) -> frozenset[Passage]:
    """All runs of LENGTH tokens; a shorter statement is one passage, a very short one none."""
    if len(tokens) < SHORTEST:
        return frozenset()
    count = max(1, len(tokens) - LENGTH + 1)
    return frozenset((kind, *tokens[i : i + LENGTH]) for i in range(count))


def _shape(code: Sequence[Token], bound: set[str]) -> list[str]:
    """The tokens with numbers for variables, in the order in which the statement names them."""
    numbers: dict[str, str] = {}
    shape = []
    for i, token in enumerate(code):
        if token.string in SILENT:
            continue
        if token.type != tokenize.NAME or keyword.iskeyword(token.string) or _says_something(code, i, bound):
            shape.append(token.string)
        else:
            shape.append(numbers.setdefault(token.string, f"v{len(numbers)}"))
    return shape


def _says_something(code: Sequence[Token], i: int, bound: set[str]) -> bool:
    """Whether a name cannot be replaced freely: an attribute, a function from elsewhere, an argument's name."""
    before = code[i - 1].string if i else ""
    after = code[i + 1].string if i + 1 < len(code) else ""
    argument = after == "=" and before in ("(", ",")
    return before == "." or argument or (after == "(" and code[i].string not in bound)


def _bound(lines: Iterable[Sequence[Token]]) -> set[str]:
    """Names that the answer itself defines, as functions or as variables."""
    found = set()
    for line in lines:
        for one, other in pairwise(line):
            if one.string in ("def", "class", "lambda"):
                found.add(other.string)
            elif one.type == tokenize.NAME and other.string == "=" and one is line[0]:
                found.add(one.string)
    return found


def _logical_lines(source: str) -> Iterator[list[Token]]:
    """The tokens of each statement and of each comment; a line that is no Python ends itself only."""
    lines = source.split("\n")
    at = 0
    for _ in range(MOST_RESTARTS):
        start = at
        try:
            for line in _tokens("\n".join(lines[start:]) + "\n", start):
                at = line[-1].end[0]
                yield line
            return
        except (tokenize.TokenError, SyntaxError):
            at += 1
            if at >= len(lines):
                return


def _tokens(source: str, skipped: int) -> Iterator[list[Token]]:
    line: list[Token] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in LAYOUT:
            start, end = ((row + skipped, column) for row, column in (token.start, token.end))
            line.append(Token(token.type, token.string, start, end, ""))
        ends = token.type in (tokenize.NEWLINE, tokenize.ENDMARKER)
        alone = token.type == tokenize.NL and all(one.type == tokenize.COMMENT for one in line)
        if line and (ends or alone):
            yield line
            line = []
