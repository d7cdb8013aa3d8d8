"""What a plain answer does not need, for a teacher to look at: nothing here is a proof, and nothing costs points."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from grader.checks.rules import HIDDEN_WAYS, Rules, violation
from grader.clean import shorten
from grader.course import Notebook, grade_id
from grader.reporting.outputs import text_of
from grader.results import Exercise, Graded, Result

TAMPERING = re.compile(
    r"The (points|grading flags) of .* had been changed|The tag `|is not graded in this lab|"
    r"^(The c|C)heck cell of .* had been changed"
)
RULE = "The rule of this exercise is: "
UNREADABLE = "The check could not read it ("
REACHING = Rules(
    "",
    forbidden=(
        "ctypes", "faulthandler", "gc", "http", "inspect", "mmap", "multiprocessing", "nbgrader", "os._exit",
        "os.abort", "os.environ", "os.exec", "os.fork", "os.kill", "os.popen", "os.spawn", "os.system", "pty",
        "requests", "signal", "socket", "subprocess", "sys._current_frames", "sys._getframe", "sys.modules", "urllib",
    ),
)  # fmt: skip
# What code that reaches out must name somewhere: most notebooks do not, and need no closer look.
HINT = re.compile(
    rf"(?<!\.)\b({'|'.join({name.split('.')[0] for name in REACHING.forbidden} | {*HIDDEN_WAYS})})\b"
)
FORGED = re.compile(r"max_points|misconception|nbgrader|gradebook|hidden_?tests?|/proc/|/etc/", re.IGNORECASE)
MOST = 10  # of one notebook


def suspicions(notebook: Notebook, graded: Graded) -> list[str]:
    """The reasons to look at a graded notebook, each one sentence."""
    found = [*recorded(graded.result), *_reaching(notebook, graded.notebook or {})]
    return list(dict.fromkeys(found))[:MOST]


def recorded(result: Result) -> Iterator[str]:
    """What grading itself noted: changed metadata and checks, broken rules, answers that are no values."""
    yield from (repair for repair in result.repairs if TAMPERING.search(repair))
    for exercise in result.exercises:
        yield from (f"`{exercise.name}`: {said}" for said in _in_checks(exercise))


def _in_checks(exercise: Exercise) -> Iterator[str]:
    for check in exercise.checks:
        lines = check.message.split("\n")
        if len(lines) > 1 and lines[1].startswith(RULE):
            yield f"{lines[0]} {lines[1]}"
        if any(UNREADABLE in line and "no report" not in line for line in lines):
            yield "what it returned could not be read as a value."


def _reaching(notebook: Notebook, content: Mapping[str, Any]) -> Iterator[str]:
    """Code of the student that leaves the notebook, and what looks like the words of a result."""
    instructors = {cell.source for cell in notebook.source.cells}
    cells = [cell for cell in content.get("cells") or [] if isinstance(cell, Mapping)]
    code = [cell for cell in cells if cell.get("cell_type") == "code"]
    sources = [text_of(cell.get("source")) for cell in code]
    own = [(cell, source) for cell, source in zip(code, sources, strict=True) if source not in instructors]
    reaches = any(HINT.search(source) for _, source in own)
    for cell, source in own:
        where = f"`{shorten(grade_id(cell) or text_of(cell.get('id')) or 'a cell', 60)}`"
        used = violation(REACHING, source, sources) if reaches else None
        if used:
            yield f"{where}: {used.splitlines()[0].replace('Line', 'line')}"
        if word := FORGED.search(source):
            yield f"{where}: it names `{word[0]}`."
        elif word := FORGED.search(_printed(cell)):
            yield f"{where}: its output names `{word[0]}`."


def _printed(cell: Mapping[str, Any]) -> str:
    outputs = cell.get("outputs")
    outputs = outputs if isinstance(outputs, list) else []
    return "\n".join(
        text_of(output.get("text")) for output in outputs if isinstance(output, Mapping) and "text" in output
    )
