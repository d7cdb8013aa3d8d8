"""Small helpers around the cells of a notebook: visible checks, cells that wait for an answer, a summary."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

_seen: dict[str, str] = {}


def grading() -> bool:
    """Whether the notebook is being graded (environment variable GRADING=1): plots and bars stay still then."""
    return os.environ.get("GRADING") == "1"


@contextmanager
def check(name: str) -> Iterator[None]:
    """Run a visible check of the exercise `name`.

    Prints that the exercise is right or not written yet; a failed comparison is raised as it is, so that
    the message is the last thing under the cell. Nothing else is swallowed.
    """
    _seen[name] = "to be corrected"
    try:
        yield
    except NotImplementedError as error:
        missing = _function_of(error.__traceback__) or name
        _seen[name] = "not written yet"
        print(f"{name}: not written yet" + (f" (it needs {missing})" if missing != name else ""))
    else:
        _seen[name] = "ok"
        print(f"{name}: ok")


@contextmanager
def if_written() -> Iterator[None]:
    """Run a cell that needs the answers above it; say what is missing instead of stopping "Run all".

    Only NotImplementedError, which an exercise that is not written raises, is swallowed.
    """
    try:
        yield
    except NotImplementedError as error:
        missing = _function_of(error.__traceback__) or "an exercise"
        print(f"This cell waits for `{missing}`, which is not written yet.")


def lab_progress() -> None:
    """Print which exercises of the lab are written and which visible checks pass.

    In the folder of a lab that is every exercise of every notebook, as last saved, with the checks of this session;
    elsewhere it is what has been checked in this session.
    """
    from utils.overview import overview

    if overview(Path.cwd(), _seen):
        return
    if not _seen:
        print("No check has been run yet.")
        return
    width = max(map(len, _seen))
    for name, state in _seen.items():
        print(f"{name:<{width}}  {state}")
    done = sum(state == "ok" for state in _seen.values())
    print(f"{done} of {len(_seen)} visible checks pass.")
    sys.stdout.flush()


def _function_of(traceback: TracebackType | None) -> str | None:
    """The name of the function that raised, when it is a function of the notebook."""
    name = None
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_qualname.rsplit("<locals>.", 1)[-1]  # a method with its class
        traceback = traceback.tb_next
    return name if name and not name.startswith("<") else None
