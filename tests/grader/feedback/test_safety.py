"""Whatever a notebook holds, its page is harmless and of a bounded size."""

from __future__ import annotations

import base64
import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from grader.clean import as_printed, clean, shorten
from grader.reporting.formulas import formula
from grader.reporting.highlight import highlight
from grader.reporting.markdown import render_markdown
from grader.reporting.outputs import cell_views
from grader.reporting.pages import LARGEST_PAGE, PageLink, render_lab, render_notebook, render_student
from grader.reporting.pictures import png_uri
from grader.results import DIFFERENCES, Check, Exercise, Graded, Result
from grader.reporting.rows import Totals
from grader.marking.sheets import ManualGrade, Sheet

TAGS = set(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "a",
        "header",
        "nav",
        "ol",
        "ul",
        "li",
        "main",
        "section",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "strong",
        "em",
        "b",
        "i",
        "del",
        "span",
        "small",
        "div",
        "bdi",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "dl",
        "dt",
        "dd",
        "details",
        "summary",
        "pre",
        "code",
        "img",
        "footer",
        "br",
        "hr",
        "blockquote",
        "sub",
        "sup",
        "kbd",
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "mtext",
        "mspace",
        "mfrac",
        "msqrt",
        "mroot",
        "msub",
        "msup",
        "msubsup",
        "munder",
        "mover",
        "munderover",
        "mtable",
        "mtr",
        "mtd",
        "mstyle",
        "mpadded",
        "mphantom",
        "menclose",
        "figure",
        "figcaption",
        "svg",
        "rect",
        "path",
    ]
)
ATTRIBUTES = set(
    [
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "href",
        "id",
        "role",
        "scope",
        "tabindex",
        "style",
        "aria-label",
        "aria-labelledby",
        "aria-hidden",
        "aria-current",
        "dir",
        "src",
        "alt",
        "rel",
        "start",
        "display",
        "stretchy",
        "mathvariant",
        "displaystyle",
        "scriptlevel",
        "columnalign",
        "rowspacing",
        "columnspacing",
        "accent",
        "accentunder",
        "linethickness",
        "fence",
        "form",
        "separator",
        "lspace",
        "rspace",
        "minsize",
        "maxsize",
        "notation",
        "largeop",
        "movablelimits",
        "columnlines",
        "rowlines",
        "symmetric",
        "width",
        "height",
        "viewbox",
        "x",
        "y",
        "d",
    ]
)
VOID = {"meta", "img", "br", "hr", "rect", "path"}
LINK = re.compile(r"#[\w-]+|(\.\./)?[\w.%/-]+\.html(#[\w-]+)?|https?://\S+|mailto:\S+", re.ASCII)
STYLE = re.compile(r"width:\d+(\.\d+)?%|text-align:(left|right|center)")


class Inspector(HTMLParser):
    """Fails on anything that a page of ours never holds; elements must be closed in order."""

    def __init__(self, page):
        super().__init__()
        self.open = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS, tag
        for name, value in attrs:
            assert name in ATTRIBUTES, (tag, name)
            if name == "href":
                assert LINK.fullmatch(value), value
            if name == "src":
                assert value.startswith("data:image/png;base64,")
            if name == "style":
                assert STYLE.fullmatch(value), value
        assert tag != "style" or "head" in self.open
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl):
        assert decl == "DOCTYPE html"

    def handle_pi(self, data):
        raise AssertionError(f"a processing instruction: {data}")


NASTY = [
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>",
    "' onmouseover='alert(1)",
    "</details></div></main>",
    "<details><summary>",
    "<details onclick=x>",
    "<!-- <b>",
    "<![CDATA[",
    "<?php",
    "[x](javascript:alert(1))",
    "[x](https://a.b/\"onclick=1)",
    "![x](http://evil/x.png)",
    "![x](data:image/svg+xml;base64,AAAA)",
    "<https://evil.example/>",
    "$\\text{<script>}$",
    "$$\\href{javascript:alert(1)}{x}$$",
    "$\\style{background:url(http://evil)}{x}$",
    "$\\class{skip}{x}$",
    "\\begin{align}<b>&\\end{align}",
    "{{ 7*7 }}{% raw %}",
    "\u202egnp.exe\u2066",
    "\x00\x1b[31m\x1b]0;title\x07\x08",
    "\ud800",
    "&lt;script&gt; &#60;script&#62; &",
    "| a | b |\n|---|:-:|\n| <b> | `</td>` |",
    "```python\n</code></pre><script>\n```",
    "> <details>\n\n- </li>",
]  # fmt: skip
HOSTILE = st.one_of(
    st.sampled_from(NASTY),
    st.lists(st.sampled_from(NASTY), max_size=4).map("\n\n".join),
    st.text(st.characters(), max_size=40),
    st.text("<>&\"'/=$\\{}`*_[]()!|\n -:abscript", max_size=60),
)
MIMES = [
    "text/plain",
    "text/html",
    "image/svg+xml",
    "image/png",
    "text/latex",
    "text/markdown",
    "application/javascript",
]
OUTPUTS = st.one_of(
    st.builds(lambda name, text: {"output_type": "stream", "name": name, "text": text}, HOSTILE, HOSTILE),
    st.builds(
        lambda ename, evalue, trace: {"output_type": "error", "ename": ename, "evalue": evalue, "traceback": trace},
        HOSTILE, HOSTILE, st.lists(HOSTILE, max_size=3),
    ),
    st.builds(
        lambda data: {"output_type": "display_data", "data": data, "metadata": {}},
        st.dictionaries(st.sampled_from(MIMES), HOSTILE, max_size=4),
    ),
)  # fmt: skip
CELLS = st.one_of(
    st.builds(new_markdown_cell, HOSTILE),
    st.builds(new_raw_cell, HOSTILE),
    st.builds(lambda source, outputs: {"cell_type": "code", "source": source, "outputs": outputs, "metadata": {}},
              HOSTILE, st.lists(OUTPUTS, max_size=3)),
)  # fmt: skip
CHECKS = st.builds(
    Check, HOSTILE, st.sampled_from(["passed", "failed", "not_run"]), HOSTILE, st.none() | HOSTILE
)
SHAPES = st.lists(st.integers(-1, 10**9), max_size=4) | HOSTILE
PICTURES = st.lists(
    st.builds(
        lambda name, got, expected, rows: {"name": name, "got": got, "expected": expected, "rows": rows},
        HOSTILE, SHAPES, SHAPES, st.lists(st.text("0123", min_size=1, max_size=4) | HOSTILE, max_size=3),
    ),
    max_size=3,
)  # fmt: skip
SLOW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@SLOW
@given(data=st.data())
def test_hostile_text_in_any_field_stays_text(lab, data):
    def draw(strategy):
        return data.draw(strategy)

    result = Result(
        "3-backprop", "1-by-hand", draw(st.sampled_from(["graded", "repaired", "ungradable"])), draw(HOSTILE)
    )
    result.repairs = draw(st.lists(HOSTILE, max_size=3))
    names = st.sampled_from(["forward", "backward"]) | HOSTILE
    result.exercises = [
        Exercise(name, 1.0, 2.0, "failed", draw(st.lists(CHECKS, max_size=4)))
        for name in draw(st.lists(names, max_size=3, unique=True))
    ]
    sheet = Sheet(
        {"forward": ManualGrade(1.0, draw(HOSTILE)), "q-large-batch": ManualGrade(1.0, draw(HOSTILE))}
    )
    differences = {e.name: {check.name: draw(PICTURES) for check in e.checks} for e in result.exercises}
    notebook = {
        "cells": draw(st.lists(CELLS, max_size=4)),
        "metadata": {DIFFERENCES: draw(st.just(differences) | HOSTILE)},
    }
    student = draw(HOSTILE)
    Inspector(render_notebook(lab, Graded(result, notebook), student, sheet))
    Inspector(render_lab(lab, [result], student, {"1-by-hand": sheet}))
    Inspector(render_student(student, [PageLink(draw(HOSTILE), "x.html", Totals(), remark=draw(HOSTILE))]))


@pytest.mark.parametrize("source", NASTY)
def test_nasty_markdown_is_harmless_in_front_of_other_cells(source):
    Inspector(render_markdown(source))
    Inspector(render_markdown(f"* {source}\n\n> {source}\n\n| a |\n|---|\n| {source} |"))


def test_folds_of_the_instructor_stay_and_unclosed_ones_become_text():
    assert "<details><summary>Help</summary>" in render_markdown(
        "<details><summary>Help</summary>\n\n*x*\n\n</details>"
    )
    assert "&lt;details&gt;" in render_markdown("<details><summary>Help</summary>\n\n*x*")
    assert "<details>" not in render_markdown("<details></b></details>")


def test_links_are_limited_to_the_web_and_mail():
    assert 'href="https://pytorch.org/docs"' in render_markdown("[docs](https://pytorch.org/docs)")
    assert 'href="mailto:a@b.org"' in render_markdown("[mail](mailto:a@b.org)")
    for url in (
        "javascript:x",
        "JaVaScRiPt:x",
        "data:text/html,x",
        "file:///etc/passwd",
        "//evil",
        "x.html",
        "#top",
    ):
        assert "href" not in render_markdown(f"[x]({url})")


def test_pictures_of_markdown_come_from_png_attachments_only(picture):
    attached = {"a.png": {"image/png": picture()}, "b.svg": {"image/svg+xml": "<svg/>"}}
    assert '<img src="data:image/png' in render_markdown("![a plot](attachment:a.png)", attached)
    for source in (
        "![x](attachment:b.svg)",
        "![x](attachment:none)",
        "![x](http://e/x.png)",
        "![x](data:image/png;base64,A)",
    ):
        assert "<img" not in render_markdown(source, attached)
        assert "picture not shown, only PNG pictures are: x" in render_markdown(source, attached)


def test_only_real_pngs_are_shown(picture):
    good = picture()
    raw = base64.b64decode(good)
    assert png_uri(good) == f"data:image/png;base64,{good}"
    assert png_uri(good[:40] + "\n" + good[40:]) == f"data:image/png;base64,{good}"
    for bad in ("", "AAAA", "<svg>", good[:60], None, 3, {"a": 1}, ["A", 1]):
        assert png_uri(bad) is None
    damaged = bytearray(raw)
    damaged[40] ^= 1
    assert png_uri(base64.b64encode(bytes(damaged)).decode()) is None
    huge = bytearray(raw)
    huge[16:20] = b"\x7f\xff\xff\xff"
    assert png_uri(base64.b64encode(bytes(huge)).decode()) is None


def test_text_hidden_in_a_picture_is_dropped(picture):
    raw = base64.b64decode(picture())
    assert png_uri(base64.b64encode(raw + b"<script>alert(1)</script>").decode()).endswith(picture())


def test_a_formula_that_cannot_be_read_is_shown_as_its_source():
    assert formula("<b>\\begin{nothing}") == '<code class="tex">&lt;b&gt;\\begin{nothing}</code>'
    assert "<script" not in formula("\\text{<script>}")
    assert formula("{" * 5000).startswith("<code")


def test_terminal_controls_are_removed_and_reordering_characters_made_visible():
    assert as_printed("\x1b[1;31mred\x1b[0m\x1b]8;;http://x\x07link") == "redlink"
    assert as_printed("10%\r50%\r100%\ndone\r\n") == "100%\ndone\n"
    assert clean("a\u202eb\x00\ud800") == "a[U+202E]b\u2400\ufffd"
    assert "\u05e9\u05dc\u05d5\u05dd" in clean("\u05e9\u05dc\u05d5\u05dd")


def test_shortened_text_says_how_much_is_left_out():
    short = shorten("a" * 1000, 300)
    assert "[... 700 characters left out ...]" in short
    assert len(short) < 400


def test_a_page_stays_below_5_megabytes_whatever_the_outputs(lab, graded, notebook_of):
    flood = notebook_of(
        [{"output_type": "stream", "name": f"s{n % 2}", "text": "<&\"'>" * 300_000} for n in range(300)]
    )
    flood.cells += [new_code_cell("x = '<'\n" * 20_000) for _ in range(300)]
    flood.cells += [new_markdown_cell("<&>" * 100_000) for _ in range(300)]
    checks = [Check("<" * 9000, "failed", f"{n}{'&' * 90_000}\n" * 3, "m" * 9000) for n in range(200)]
    graded.result.exercises = [Exercise(f"e{n}", 0, 1, "failed", checks) for n in range(50)]
    graded.result.repairs = ["<" * 100_000] * 1000
    start = time.perf_counter()
    page = render_notebook(lab, Graded(graded.result, flood), "ada" * 100_000)
    assert len(page.encode()) < LARGEST_PAGE
    assert "is left out: the page would become too large." in page
    assert time.perf_counter() - start < 10


def test_a_flood_of_pictures_is_cut_with_a_note(notebook_of, picture):
    output = {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture(2000, 1, 7)}}
    cell = cell_views(notebook_of([output] * 1000))[0]
    assert "900 more outputs of this cell are not shown" in cell.outputs[-1]


@pytest.mark.parametrize(
    "piece", ["[", "*a", "`", "> ", "$a", "$$a", "<a ", "|a", "![", "- ", "_a ", "~~a", "&#", "1.\n", "<!--"]
)
def test_odd_markdown_takes_bounded_time(piece):
    start = time.perf_counter()
    render_markdown(piece * (30_000 // len(piece)))
    assert time.perf_counter() - start < 3


@pytest.mark.parametrize("piece", ["(", "'", 'f"{', "\\", '"""', "0", "!", "a?", "%\n", '"\\', "@", "\\\n"])
def test_odd_code_takes_bounded_time(piece):
    start = time.perf_counter()
    highlight(piece * (20_000 // len(piece)))
    assert time.perf_counter() - start < 3


def test_code_keeps_every_character():
    source = "%matplotlib inline\n\ndef f(x):  # <b>\n\treturn 'a' & x\n\n"
    shown = re.sub(r"</?span[^>]*>", "", highlight(source))
    assert shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == source


def test_damaged_notebooks_are_shown_as_far_as_they_go():
    cells = [
        {"cell_type": "code", "source": ["a = 1\n", "b"], "outputs": "no list", "metadata": {}},
        {
            "cell_type": "code",
            "source": None,
            "outputs": [3, {"output_type": "display_data", "data": []}, {}],
        },
        {"cell_type": 7, "source": 8, "metadata": None},
    ]
    for notebook in ({"cells": cells[:2]}, {"cells": []}, {}, new_notebook()):
        assert len(cell_views(notebook)) == len(notebook.get("cells") or [])
