"""Formulas for a page that has no network and no script: TeX to MathML."""

from __future__ import annotations

import functools
import html
import re
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

from grader.clean import clean

LONGEST = 4000
_TAGS = re.compile(
    r"math|mrow|mi|mn|mo|mtext|mspace|mfrac|msqrt|mroot|msub|msup|msubsup|munder|mover|munderover|"
    r"mtable|mtr|mtd|mstyle|mpadded|mphantom|menclose"
)
_ATTRIBUTES = re.compile(
    r"display|stretchy|mathvariant|displaystyle|scriptlevel|columnalign|rowspacing|columnspacing|accent|"
    r"accentunder|linethickness|fence|form|separator|lspace|rspace|minsize|maxsize|notation|largeop|"
    r"movablelimits|columnlines|rowlines|symmetric|width"
)
_VALUE = re.compile(r"[-A-Za-z0-9.%# ]{1,40}")
_NUMBERED = re.compile(r"\\(begin|end)\{(align|equation|gather|multline|alignat|flalign|eqnarray)\}")


@functools.lru_cache(maxsize=4096)
def formula(tex: str, display: bool = False) -> str:
    """Safe HTML for a formula: MathML, or the TeX itself where it cannot be read."""
    tex = clean(tex).strip()
    markup = _mathml(tex, display)
    if not markup:
        markup = f'<code class="tex">{html.escape(tex)}</code>'
    if not display:
        return markup
    # A long formula may have to be scrolled, so it is reachable by keyboard.
    reach = ' tabindex="0"' if len(tex) > 60 else ""
    return f'<div class="formula"{reach}>{markup}</div>'


def _mathml(tex: str, display: bool) -> str:
    if not tex or len(tex) > LONGEST:
        return ""
    starred = _NUMBERED.sub(r"\\\1{\2*}", tex)
    try:
        return _markup(convert_to_element(starred, display="block" if display else "inline"))
    except Exception:  # the parser raises many kinds, IndexError and RecursionError among them
        return ""


def _markup(element: Element) -> str:
    """The element as text, with white-listed tags and attributes and everything else escaped.

    The library's own text form must not be used: it leaves what stands in \\text{...} unescaped.
    """
    inner = html.escape(html.unescape(element.text or ""), quote=False)
    inner += "".join(_markup(child) for child in _joined(list(element)))
    if not _TAGS.fullmatch(element.tag):
        return inner
    attributes = "".join(
        f' {name}="{value}"'
        for name, value in element.attrib.items()
        if _ATTRIBUTES.fullmatch(name) and _VALUE.fullmatch(value)
    )
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>"


def _joined(children: list[Element]) -> list[Element]:
    """Children with letters of one upright word put together, and a thin space after `log` in `log p`."""
    joined: list[Element] = []
    for child in children:
        before = joined[-1] if joined else None
        if before is not None and _upright_letter(child) and _upright_letter(before):
            word = Element("mi", {"mathvariant": "normal"})
            word.text = (before.text or "") + (child.text or "")
            joined[-1] = word
            continue
        if before is not None and _is_function(before) and child.tag != "mo":
            joined.append(Element("mspace", {"width": "0.17em"}))
        joined.append(child)
    return joined


def _upright_letter(element: Element) -> bool:
    text = element.text or ""
    return (
        element.tag == "mi" and element.get("mathvariant") == "normal" and text.isascii() and text.isalpha()
    )


def _is_function(element: Element) -> bool:
    """Whether it is a name such as log or tanh, perhaps with an index."""
    name = element[0] if element.tag in ("msub", "msup") and len(element) else element
    text = name.text or ""
    return name.tag == "mi" and "mathvariant" not in name.attrib and len(text) > 1 and text.isalpha()
