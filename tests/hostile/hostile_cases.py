"""What a case of the corpus is, and how a hostile notebook is made from a right one."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import nbformat
from hostile_course import FULL, NOTHING, WRONG, named, plain, submission
from nbformat import NotebookNode

Raw = bytes
Edit = Callable[[NotebookNode], "NotebookNode | bytes | None"]

# Stands at the head of every hostile cell: outside the sandbox nothing of it runs.
GUARD = (
    "import os as _os; assert (_os.getuid(), _os.uname().nodename) == (1000, 'sandbox') "
    "and _os.getpid() < 1000, 'not in the sandbox'"
)


@dataclass(frozen=True)
class Case:
    """One bad submission. `due` are the points of each exercise; `edit` changes a notebook whose answers are all
    right, or all wrong when `wrong`; `stock` tells that stock nbgrader may run it in a closed sandbox.
    """

    name: str
    edit: Edit
    due: Mapping[str, float]
    wrong: bool = False
    status: tuple[str, ...] = ("graded", "repaired")
    stock: bool = False
    contains: str = ""

    def raw(self, fill: Callable[[str], str]) -> Raw:
        """The file that is handed in; `fill` puts the addresses of the traps in."""
        notebook = submission(WRONG if self.wrong else None)
        made = self.edit(notebook)
        made = notebook if made is None else made
        if isinstance(made, bytes):
            return made
        return fill(nbformat.writes(made)).encode()


def forged(name: str, *sources: str, stock: bool = True, **answers: str) -> Case:
    """Wrong answers and cells that try to make points of them: due is nothing."""
    return Case(name, _with(sources, answers), NOTHING, wrong=True, stock=stock)


def costs(
    name: str, *sources: str, due: Mapping[str, float] = FULL, stock: bool = False, **answers: str
) -> Case:
    """Right answers and cells that do harm: due is what they do not touch."""
    return Case(name, _with(sources, answers), due, stock=stock)


def damaged(name: str, edit: Edit, due: Mapping[str, float] = FULL, status: str = "repaired") -> Case:
    """Right answers in a damaged notebook."""
    return Case(name, edit, due, status=(status,), stock=True)


def but(**points: float) -> dict[str, float]:
    """Full points but for these exercises."""
    return {**FULL, **points}


def hostile(source: str) -> str:
    """The source with the guard at its head."""
    return GUARD + "\n" + textwrap.dedent(source).strip("\n")


def _with(sources: tuple[str, ...], answers: dict[str, str]) -> Edit:
    """Hostile cells after the setup, and answers in their places."""

    def edit(notebook: NotebookNode) -> None:
        for name, source in answers.items():
            named(notebook, name).source = hostile(source)
        at = next(i for i, cell in enumerate(notebook.cells) if cell.get("id") == "setup") + 1
        notebook.cells[at:at] = [plain(hostile(source)) for source in sources]

    return edit
