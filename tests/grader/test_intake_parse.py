"""Any bytes give cells or one clear reason, within bounded time."""

import contextlib
import json
import subprocess
import sys
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.intake import Ungradable, parse_notebook
from grader.limits import Limits

LIMITS = Limits()
MIB = 1 << 20


def notebook(*cells, **head):
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)} | head


def code(source="x = 1", **more):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": 1} | more


def parsed(value):
    return parse_notebook(json.dumps(value).encode(), LIMITS)


def reason(raw):
    with pytest.raises(Ungradable) as caught:
        parse_notebook(raw, LIMITS)
    return caught.value.reason


def test_a_plain_notebook_needs_no_repair():
    result = parsed(
        notebook(
            code(["a = 1\n", "b = 2"], id="a"), {"cell_type": "markdown", "source": "# é", "metadata": {}}
        )
    )
    assert result.repairs == []
    assert [(c.cell_type, c.source, c.id) for c in result.cells] == [
        ("code", "a = 1\nb = 2", "a"),
        ("markdown", "# é", None),
    ]


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
def test_other_encodings_are_read(encoding):
    raw = json.dumps(notebook(code("s = 'é ∂'")), ensure_ascii=False).encode(encoding)
    result = parse_notebook(raw, LIMITS)
    assert result.cells[0].source == "s = 'é ∂'"
    assert len(result.repairs) == (encoding != "utf-8-sig")


def test_latin_1_is_read_and_told():
    result = parse_notebook(
        json.dumps(notebook(code("s = 'é'")), ensure_ascii=False).encode("latin-1"), LIMITS
    )
    assert result.cells[0].source == "s = 'é'"
    assert "UTF-8" in result.repairs[0]


def test_a_single_bad_byte_leaves_the_rest_as_it_is():
    raw = json.dumps(notebook(code("s = '∂ @'")), ensure_ascii=False).encode().replace(b"@", b"\xe9")
    assert parse_notebook(raw, LIMITS).cells[0].source == "s = '∂ é'"


@pytest.mark.parametrize("padding", [(b"", b"\0" * 4096), (b"\0" * 512, b""), (b"", b"\0\0\n")])
def test_zero_bytes_around_the_notebook_are_left_out(padding):
    result = parse_notebook(padding[0] + json.dumps(notebook(code())).encode() + padding[1], LIMITS)
    assert result.cells[0].source == "x = 1"
    assert len(result.repairs) == 1


def test_lone_surrogates_and_zero_bytes_within_a_cell_are_replaced():
    result = parsed(notebook(code("a = '\ud800'\0")))
    assert result.cells[0].source == "a = '\ufffd'"
    assert len(result.repairs) == 2
    result.cells[0].source.encode()


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\0" * 5000, "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"PK\x03\x04rest", "zip"),
        (b"\x1f\x8brest", "compressed"),
        (b"%PDF-1.7", "PDF"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "LFS"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"import torch\n\ndef forward(x):\n    return x\n", "Python script"),
        (b"hello", "not JSON"),
        (b"null", "no cells"),
        (b"[]", "no cells"),
        (b"42", "no cells"),
        (b'{"a": 1}', "no cells"),
        (b'{"cells": []}', "no cell"),
        (b'{"cells": null}', "no cell"),
        (b'{"cells": [1, null, []]}', "no cell"),
        (b'{"cells": [{"cell_type": "co', "cut off"),
        (b'{"worksheets": [{"cells": 5}, 7]}', "no cell"),
    ],
)
def test_what_is_no_notebook_is_named(raw, word):
    assert word in reason(raw)


@pytest.mark.parametrize("nbformat", [3, 5, 99, "4", None, [4], 4.7, {}])
def test_other_formats_are_read_as_far_as_they_have_cells(nbformat):
    result = parsed(notebook(code(), nbformat=nbformat))
    assert result.cells[0].source == "x = 1"
    assert len(result.repairs) == (nbformat is not None)


def test_minor_versions_and_extra_keys_are_no_repair():
    assert parsed(notebook(code(new_key=1), nbformat_minor=42, more={})).repairs == []


def test_format_3_is_upgraded():
    sheet = {
        "cells": [
            {"cell_type": "heading", "level": 2, "source": "Part"},
            {"cell_type": "code", "input": ["x = 1\n", "y"], "language": "python", "outputs": []},
            {"cell_type": "markdown", "source": "words"},
        ]
    }
    result = parsed({"nbformat": 3, "metadata": {}, "worksheets": [sheet]})
    assert [(c.cell_type, c.source) for c in result.cells] == [
        ("markdown", "## Part"),
        ("code", "x = 1\ny"),
        ("markdown", "words"),
    ]


def test_a_servers_wrapping_and_a_bare_list_are_read():
    assert parsed({"type": "notebook", "content": notebook(code())}).cells[0].source == "x = 1"
    assert parsed([code()]).cells[0].source == "x = 1"
    assert parsed(notebook() | {"cells": {"0": code()}}).cells[0].source == "x = 1"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (None, ""),
        (5, ""),
        ({"a": 1}, ""),
        (["a", None, 3], "a"),
        (["a = 1", "b = 2"], "a = 1\nb = 2"),
        ("a\r\nb\rc", "a\nb\nc"),
        ([], ""),
    ],
)
def test_text_of_a_wrong_kind_is_made_text(source, text):
    assert parsed(notebook(code(source))).cells[0].source == text


def test_cells_of_a_wrong_kind_are_left_out_or_read_by_what_they_hold():
    bad = code("y = 2", cell_type=["x"], metadata=[1], id=7)
    result = parsed(notebook(3, None, code(), bad, {"source": "z"}, {}))
    assert [(c.cell_type, c.source) for c in result.cells] == [
        ("code", "x = 1"),
        ("code", "y = 2"),
        ("raw", "z"),
        ("raw", ""),
    ]
    assert result.cells[1].metadata == {}
    assert result.cells[1].id is None
    assert len(result.repairs) == 3


def test_a_notebook_that_is_cut_off_gives_its_whole_cells():
    raw = json.dumps(notebook(code("a = '{[\"'"), code("b"), code("c"))).encode()
    result = parse_notebook(raw[:-60], LIMITS)
    assert [c.source for c in result.cells] == ["a = '{[\"'", "b"]
    assert "2 whole cells" in result.repairs[0]


def test_of_an_unfinished_merge_the_first_version_counts():
    raw = json.dumps(notebook(code("a"), code("b"), code("c")), indent=1)
    place = raw.index('"b"')
    raw = raw[:place] + '\n<<<<<<< HEAD\n"b"\n=======\n"B"\n>>>>>>> other\n' + raw[place + 3 :]
    result = parse_notebook(raw.encode(), LIMITS)
    assert [c.source for c in result.cells] == ["a", "b", "c"]
    assert "unfinished merge" in result.repairs[0]


def test_marks_of_a_merge_that_make_no_sense_end():
    raw = json.dumps(notebook(code("a")), indent=1) + "\n<<<<<<< HEAD" * 1000 + "\n=======" * 1000
    assert parse_notebook(raw.encode(), LIMITS).cells[0].source == "a"


@pytest.mark.parametrize("order", [("source", "outputs"), ("outputs", "source")])
def test_a_cell_with_damaged_outputs_keeps_its_text(order):
    fields = {
        "source": ["def f():\n", "    return 1"],
        "outputs": [{"data": {"image/png": "iVBO"}, "metadata": {"x": 1}}],
    }
    cell = {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "f"}}} | {k: fields[k] for k in order}
    raw = json.dumps({"cells": [code("a"), cell, code("b")], "nbformat": 4})
    result = parse_notebook(raw.replace('"iVBO"', '"iVB').encode(), LIMITS)
    assert [c.source for c in result.cells] == ["a", "def f():\n    return 1", "b"]
    assert result.cells[1].grade_id == "f"
    assert "parts of 1 more" in result.repairs[0]


def test_a_notebook_within_a_text_is_read():
    assert parse_notebook(json.dumps(json.dumps(notebook(code("a")))).encode(), LIMITS).cells[0].source == "a"


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("def f():\n\u00a0\u00a0return 1", "def f():\n  return 1"),
        ("\ufeffx = \u201ca\u201d\u200b", 'x = "a"'),
        ("x = 'a\u00a0b'  # c\u00a0d", "x = 'a\u00a0b'  # c\u00a0d"),
        ('"""\u201cas it is\u201d"""', '"""\u201cas it is\u201d"""'),
    ],
)
def test_characters_that_python_cannot_read_are_replaced_outside_texts(typed, plain):
    result = parse_notebook(json.dumps(notebook(code(typed))).encode(), LIMITS)
    assert result.cells[0].source == plain
    assert len(result.repairs) == (typed != plain)


def test_duplicated_keys_are_told():
    raw = json.dumps(notebook(code())).replace('"source": "x = 1"', '"source": "y", "source": "x = 1"')
    result = parse_notebook(raw.encode(), LIMITS)
    assert result.cells[0].source == "x = 1"
    assert result.repairs == ["The file had the key `source` twice in one place; the last counts."]


def test_numbers_of_any_size_are_read():
    raw = json.dumps(notebook(code(metadata={"n": 0}))).replace(
        '"n": 0', f'"a": {"9" * 10_000}, "b": NaN, "c": -Infinity, "d": 1e999'
    )
    assert parse_notebook(raw.encode(), LIMITS).cells[0].source == "x = 1"


def test_beyond_the_limit_only_cells_with_a_grade_id_are_kept():
    known = code("kept", metadata={"nbgrader": {"grade_id": "a"}})
    result = parsed(notebook(*[code()] * 10_000, known))
    assert len(result.cells) == LIMITS.notebook_cells + 1
    assert result.cells[-1].source == "kept"
    assert "8000" in result.repairs[0]


def test_an_id_that_colab_moved_is_found():
    assert parsed(notebook(code(metadata={"id": "forward"}))).cells[0].id == "forward"


def test_pictures_in_text_are_kept_and_nothing_else():
    attachments = {
        "a.png": {"image/png": "aGk="},
        "b": {"text/html": "<script>"},
        "c": {"image/png": "<"},
        "d": 5,
    }
    cell = {"cell_type": "markdown", "source": "", "metadata": {}, "attachments": attachments}
    assert parsed(notebook(cell)).cells[0].attachments == {"a.png": {"image/png": "aGk="}}


BIG = {
    "brackets": b"[" * 200_000,
    "closed brackets": b"[" * 200_000 + b"]" * 200_000,
    "objects": b'{"cells":' * 200_000,
    "brackets within a cell": json.dumps(notebook(code()))
    .encode()
    .replace(b'"outputs": []', b'"outputs": ' + b"[" * 200_000 + b"]" * 200_000),
    "many parts": b"[" + b"[]," * 6_000_000 + b"[]]",
    "many keys": b'{"a":1,' + b'"a":1,' * 3_000_000 + b'"cells":[]}',
    "one quotation mark": b'"' * (19 * MIB + 1),
    "escaped quotation marks": b'"' + b'\\"' * (9 * MIB),
    "bytes that are no UTF-8": b'{"a": "' + b"\xff" * (19 * MIB) + b'"}',
    "bad bytes here and there": b'{"a": "' + b"\xffa" * (9 * MIB) + b'"}',
    "a long number": b'{"cells": ' + b"9" * (19 * MIB) + b"}",
    "a long fraction": b'{"cells": 0.' + b"1" * (19 * MIB) + b"}",
    "beginnings of cells": b'{"id": ' * 2_000_000,
    "blanks": b"{" + b" " * (19 * MIB),
    "braces and blanks": b"{  " * 6_000_000,
    "zeros": b"\0" * (20 * MIB),
    "damaged UTF-16": b"\xff\xfe" + b"\0\xd8" * (9 * MIB),
    "one long line": json.dumps(notebook(code("a" * (19 * MIB)))).encode(),
    "long list of lines": json.dumps(notebook(code(["a\n"] * 2_500_000))).encode(),
    "cells": json.dumps(notebook(*[{"cell_type": "code"}] * 700_000)).encode(),
    "large output": json.dumps(notebook(code(outputs=[{"data": {"image/png": "a" * (19 * MIB)}}]))).encode(),
}


@pytest.mark.parametrize("name", BIG)
def test_large_files_made_to_be_slow_are_not(name):
    start = time.process_time()
    with contextlib.suppress(Ungradable):
        parse_notebook(BIG[name], LIMITS)
    assert time.process_time() - start < 4


SCARCE = """
import resource, sys
from pathlib import Path
from grader.intake import Ungradable, parse_notebook
from grader.limits import Limits

raw = sys.stdin.buffer.read()
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (30 << 20), used + (30 << 20)))
try:
    parse_notebook(raw, Limits())
except Ungradable as refusal:
    print(refusal.reason)
"""


def test_a_file_for_which_memory_does_not_suffice_is_refused():
    # in a fresh interpreter: what the heap of a long one keeps free may suffice
    lines = "[" + ",".join(['"a\\n"'] * 3_000_000) + "]"
    raw = json.dumps(notebook(code("LINES"))).replace('"LINES"', lines).encode()
    done = subprocess.run([sys.executable, "-c", SCARCE], input=raw, capture_output=True, check=True)
    assert b"memory" in done.stdout


def test_nesting_is_refused_before_it_is_followed():
    assert "levels deep" in reason(BIG["closed brackets"])


def test_too_large_a_file_is_refused():
    assert "20 MB" in reason(b"0" * (20 * MIB + 1))


WHOLE = json.dumps(notebook(code("a = 1"), code("b = 2"))).encode()


def cells_or_reason(raw):
    """Cells, or a reason that is a sentence."""
    try:
        return parse_notebook(raw, LIMITS).cells
    except Ungradable as refusal:
        return refusal.reason.endswith(".")


@settings(max_examples=150, deadline=2000)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda s: s.encode("utf-8", "surrogatepass")))
@example(b"\xff\xfe")
@example(b"\x00\x00\xfe\xff")
@example(b"\xef\xbb\xbf{")
@example(b"\0{")
def test_any_bytes_give_cells_or_a_reason(raw):
    assert cells_or_reason(raw)


@settings(max_examples=200, deadline=2000)
@given(st.integers(0, len(WHOLE)), st.integers(0, 30), st.binary(max_size=20))
def test_any_damage_to_a_notebook_gives_cells_or_a_reason(start, length, new):
    assert cells_or_reason(WHOLE[:start] + new + WHOLE[start + length :])
