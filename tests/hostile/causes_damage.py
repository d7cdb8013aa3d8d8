"""Damaged notebooks with right answers in them: accidents and tampering that stop a batch or cost marks elsewhere."""

import copy
import json

import nbformat
from hostile_cases import Case, but, damaged
from hostile_course import FULL, NOTHING, named, plain


def _data(notebook) -> dict:
    return json.loads(nbformat.writes(notebook))


def _as_json(change):
    """An edit of the file's plain JSON."""

    def edit(notebook):
        data = _data(notebook)
        made = change(data)
        return made if isinstance(made, bytes) else json.dumps(data if made is None else made).encode()

    return edit


def _text(change):
    """An edit of the file's text, given and returned as bytes."""
    return lambda notebook: change(nbformat.writes(notebook).encode())


def _each_graded(notebook):
    return [cell for cell in notebook.cells if "nbgrader" in cell.metadata]


def _meta(**fields):
    def edit(notebook):
        for cell in _each_graded(notebook):
            cell.metadata.nbgrader.update(fields)

    return edit


def _copied_check(notebook):
    at = notebook.cells.index(named(notebook, "check-softmax"))
    notebook.cells.insert(at + 1, copy.deepcopy(notebook.cells[at]))


def _copied_answer(notebook):
    at = notebook.cells.index(named(notebook, "softmax"))
    notebook.cells.insert(at, copy.deepcopy(notebook.cells[at]))
    notebook.cells[at].source = "def softmax(scores):\n    raise NotImplementedError('not written yet')"


def _no_metadata(notebook):
    for cell in notebook.cells:
        cell.metadata.clear()


def _no_ids(data):
    for cell in data["cells"]:
        cell.pop("id", None)
        cell["metadata"] = {}


def _no_checks(notebook):
    notebook.cells = [c for c in notebook.cells if not c.metadata.get("nbgrader", {}).get("locked")]


def _shuffled(notebook):
    notebook.cells = notebook.cells[:2] + notebook.cells[:1:-1]


def _answers_retyped(notebook):
    for name in ("softmax", "slope"):
        cell = named(notebook, name)
        cell.cell_type = "markdown"
        cell.pop("outputs", None), cell.pop("execution_count", None)


def _checks_edited(notebook):
    for cell in _each_graded(notebook):
        if cell.metadata.nbgrader.get("grade") and cell.cell_type == "code":
            cell.source = "raise SystemExit"


def _swapped_ids(notebook):
    one, two = named(notebook, "softmax"), named(notebook, "loss")
    one.metadata.nbgrader.grade_id, two.metadata.nbgrader.grade_id = "loss", "softmax"
    one.id, two.id = two.id, one.id


def _skip_tags(notebook):
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception", "remove_cell"]


def _one_cell(notebook):
    whole = "\n\n".join(named(notebook, name).source for name in FULL)
    for name in FULL:
        named(notebook, name).source = ""
    named(notebook, "softmax").source = whole


def _new_cells(notebook):
    for name in FULL:
        at = notebook.cells.index(named(notebook, name))
        notebook.cells[at + 1 : at + 1] = [plain(notebook.cells[at].source)]
        notebook.cells[at].source = (
            "def softmax(scores):\n    raise NotImplementedError('not written yet')"
            if name == "softmax"
            else ""
        )


def _unknown_cell(notebook):
    cell = plain("assert True")
    cell.metadata["nbgrader"] = {
        "grade": True,
        "grade_id": "check-extra",
        "points": 50,
        "schema_version": 3,
        "locked": True,
        "solution": False,
        "task": False,
        "more": 1,
    }
    notebook.cells.append(cell)


def _strange_ids(notebook):
    for number, cell in enumerate(_each_graded(notebook)):
        cell.metadata.nbgrader.grade_id = [
            "../../evil",
            "~root",
            "*",
            "a\nb",
            "x" * 5000,
            "$(id)",
            "\0",
            "'; drop table grade; --",
        ][number % 8]


def _kernel(notebook):
    notebook.metadata["kernelspec"] = {"name": "bash", "display_name": "Bash", "language": "bash"}
    notebook.metadata["language_info"] = {"name": "R"}


def _format_3(data):
    cells = data.pop("cells")
    for cell in cells:
        cell.pop("id", None)
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
            cell["language"], cell["prompt_number"] = "python", 1
            cell.pop("execution_count")
    data |= {"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells, "metadata": {}}]}


def _wrong_types(data):
    for number, cell in enumerate(data["cells"]):
        cell["metadata"] = [None, 3, "x", [], {"nbgrader": 7}, {"nbgrader": {"grade_id": 5}}][number % 6]
        cell["outputs"], cell["execution_count"], cell["id"] = "none", "first", number


def _broken_text(data):
    for cell in data["cells"]:
        cell["source"] = [*cell["source"], "\n# \ud800 \udfff \x00 \x07"]


def _duplicate_keys(raw: bytes) -> bytes:
    return raw.replace(b'"cell_type": "code"', b'"cell_type": "raw", "cell_type": "code"')


def _cut_off(raw: bytes) -> bytes:
    return raw[: raw.rindex(b'"q-why-text"')]


def _large(data):
    output = {"output_type": "stream", "name": "stdout", "text": ["x" * 100_000] * 10}
    for cell in data["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [output] if cell["source"] else []


def _crowd(data):
    extra = {"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": [], "execution_count": None}
    data["cells"][1:1] = [extra] * 5000


def _pasted(notebook):
    for name in FULL:
        cell = named(notebook, name)
        cell.source = "\ufeff" + cell.source.replace("    ", "\u00a0\u200b   ").replace('"""', "\u201c" * 3)


def _unfinished_merge(raw: bytes) -> bytes:
    line = next(line for line in raw.splitlines(True) if b"return value / value" in line)
    theirs = line.replace(b"value.sum", b"value.max")
    return raw.replace(line, b"<<<<<<< HEAD\n" + line + b"=======\n" + theirs + b">>>>>>> theirs\n")


def _damaged_outputs(data):
    for cell in data["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["damage"]}]
    return json.dumps(data).replace('["damage"]', '["dam', 1).encode()


def _long_text(notebook):
    notebook.cells.append(plain("\u00e9" * 9_000_000, "markdown"))
    return nbformat.writes(notebook).encode()


def _nested(depth: int) -> bytes:
    return b'{"cells": ' + b"[" * depth + b"]" * depth + b', "nbformat": 4}'


def _answer(name: str, source: str):
    def edit(notebook):
        named(notebook, name).source = source

    return edit


GRADED = ("graded", "repaired")
STOPPERS = [
    damaged("a schema version of the future", _meta(schema_version=99)),
    damaged("a schema version of the past", _meta(schema_version=1)),
    damaged("a check cell copied", _copied_check),
    damaged("a check cell deleted with the others", _no_checks),
    damaged("flags that contradict each other", _meta(grade=True, solution=True, locked=False, task=True)),
    damaged("points changed", _meta(points=1000)),
    damaged("points that are no numbers", _meta(points="nan")),
    damaged("an unknown graded cell", _unknown_cell),
    damaged("names that are paths, patterns and commands", _strange_ids),
    Case("brackets to the sky", lambda notebook: _nested(5_000_000), NOTHING, status=("ungradable",)),
    Case("a text cell of many megabytes", _long_text, FULL, status=GRADED),
    Case("an empty file", lambda notebook: b"", NOTHING, status=("ungradable",)),
    Case("zero bytes", lambda notebook: bytes(100_000), NOTHING, status=("ungradable",)),
    Case("random bytes", lambda notebook: bytes(range(256)) * 400, NOTHING, status=("ungradable",)),
    Case("a zip archive", lambda notebook: b"PK\x03\x04" + bytes(1000), NOTHING, status=("ungradable",)),
    Case(
        "a notebook without cells",
        lambda notebook: b'{"cells": [], "metadata": {}, "nbformat": 4}',
        NOTHING,
        status=("ungradable",),
    ),
    Case(
        "a number of a million digits",
        lambda notebook: b'{"cells": ' + b"9" * 1_000_000 + b"}",
        NOTHING,
        status=("ungradable",),
    ),
    Case("more than the largest file", lambda notebook: b" " * (21 << 20), NOTHING, status=("ungradable",)),
    Case(
        "another lab's notebook",
        lambda notebook: nbformat.writes(
            nbformat.v4.new_notebook(cells=[plain("x = 1"), plain("# Other", "markdown")])
        ).encode(),
        NOTHING,
        status=GRADED,
    ),
]

TREES = [
    Case(f"an answer of {name}", _answer("slope", source), but(slope=0), status=GRADED)
    for name, source in {
        "brackets": "x = " + "[" * 5000 + "]" * 5000,
        "signs": "x = " + "-" * 100_000 + "1",
        "attributes": "x = a" + ".a" * 100_000,
        "additions": "x = 1" + "+1" * 100_000,
        "conditions": "x = " + "1 if 1 else " * 20_000 + "1",
        "lambdas": "x = " + "lambda: " * 20_000 + "1",
        "blocks": "\n".join(" " * n + "if 1:" for n in range(200)) + "\n" + " " * 201 + "x = 1",
        "a megabyte": "# " + "x" * 3_000_000 + "\nslope = 0",
        "nothing that is Python": "def slope(f, x, h:\n  return ]]] ''' \\",
        "format strings": "x = f'" + "{" * 3000 + "1" + "}" * 3000 + "'",
        "magics": "\n".join("%%time" for _ in range(3000)),
    }.items()
]

LOST = [
    damaged("all metadata lost", _no_metadata),
    damaged("all metadata and cell ids lost", _as_json(_no_ids)),
    damaged("cells in another order", _shuffled),
    damaged("answers turned into text cells", _answers_retyped),
    damaged("check cells rewritten", _checks_edited),
    damaged("names of two answers exchanged", _swapped_ids),
    damaged("tags that skip cells", _skip_tags),
    damaged("an older copy of an answer before it", _copied_answer),
    Case("all answers in one cell", _one_cell, FULL, status=GRADED),
    Case("answers in new cells", _new_cells, FULL, status=GRADED),
    damaged("another kernel and language", _kernel),
    damaged("notebook format 3", _as_json(_format_3)),
    damaged("notebook format 7", _as_json(lambda data: data.update(nbformat=7, nbformat_minor=99))),
    damaged("fields of wrong types", _as_json(_wrong_types)),
    damaged("lone surrogates and zero bytes in the text", _as_json(_broken_text)),
    damaged("duplicate keys", _text(_duplicate_keys)),
    damaged("a file that is cut off", _text(_cut_off)),
    damaged("spaces, quotes and marks of a word processor in the code", _pasted),
    damaged("an unfinished merge of two versions", _text(_unfinished_merge)),
    damaged("a cell whose outputs are damaged", _as_json(_damaged_outputs)),
    damaged("a notebook within a text", _text(lambda raw: json.dumps(raw.decode()).encode())),
    damaged("UTF-16", _text(lambda raw: raw.decode().encode("utf-16"))),
    damaged("UTF-32", _text(lambda raw: raw.decode().encode("utf-32"))),
    damaged("zero bytes after the end", _text(lambda raw: raw + bytes(5000))),
    damaged("other text after the end", _text(lambda raw: raw + b"\n<<<<<<< HEAD\n")),
    Case("a byte order mark", _text(lambda raw: b"\xef\xbb\xbf" + raw), FULL, status=GRADED),
    Case(
        "line ends of another system",
        _text(lambda raw: raw.replace(b"\\n", b"\\r\\n").replace(b"\n", b"\r\n")),
        FULL,
        status=GRADED,
    ),
    damaged("a server's answer around it", _as_json(lambda data: {"type": "notebook", "content": data})),
    damaged("a bare list of cells", _as_json(lambda data: data["cells"])),
    Case("a few megabytes of saved outputs", _as_json(_large), FULL, status=GRADED),
    damaged("five thousand cells before the answers", _as_json(_crowd), due=FULL),
]

DAMAGE: dict[str, list[Case]] = {
    "one submission stops the batch": STOPPERS,
    "code that breaks readers of code": TREES,
    "right work without marks": LOST,
}
