"""`python hand_in.py` in the folder of a lab: look at the notebooks, then make the one file to upload."""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import sys
import time
import zipfile
from pathlib import Path

from utils.labfile import LabError, LabFolder, State, examine, read_lab

SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def main(folder: Path, arguments: list[str] | None = None) -> int:
    """Check the lab of the folder and make the file; exit status 0 when it was made, 1 when not."""
    options = _parser().parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):  # not in a notebook
        sys.stdout.reconfigure(errors="replace")  # a folder's name may have letters that the console lacks
    try:
        if options.student is not None and not SAFE.fullmatch(options.student):
            raise LabError(
                f"{options.student!r} is no name for a file: use letters, digits, '-', '_' and '.'."
            )
        hand_in(read_lab(folder), options.student, anyway=options.anyway)
    except LabError as error:
        print(f"Nothing was made. {error}")
        return 1
    return 0


def hand_in(lab: LabFolder, student: str | None = None, *, anyway: bool = False) -> Path:
    """Print what each notebook lacks and make the zip beside the notebooks; gives its path.

    Raises LabError when a notebook cannot be handed in as it is. With `anyway` the file is made of all that is there.
    """
    print(lab.name)
    states = [examine(lab, book) for book in lab.books]
    for state in states:
        describe(state)
    problems = [state for state in states if state.problem]
    there = [state.path for state in states if state.path.is_file()]
    if problems and not anyway:
        raise LabError(
            "Correct what is marked with PROBLEM and run this again (or hand in what is there with --anyway)."
        )
    if not there:
        raise LabError(f"{lab.folder} has none of the notebooks.")
    target = lab.folder / f"{lab.name}-hand-in{f'-{student}' if student else ''}.zip"
    pack(lab.name, there, target)
    print(f"\nMade {target.name} ({-(-target.stat().st_size // 1000)} kB). Upload this file:\n{target}")
    return target


def describe(state: State) -> None:
    """Print what there is to say of one notebook."""
    name, total = state.book.name, len(state.book.tasks)
    if state.problem:
        print(f"  {name}: PROBLEM: {state.problem}")
        return
    at = time.localtime(state.path.stat().st_mtime)
    saved = time.strftime("saved %d %b %H:%M", at) if at.tm_year > 1980 else "as it came from the zip"
    print(f"  {name}: {total - len(state.unwritten)} of {total} exercises written, {saved}")
    if state.later:
        print(f"    NOT handed in, though saved later: {', '.join(state.later)}. Is your work in there?")
    if state.unwritten:
        print(f"    not written yet: {', '.join(state.unwritten)}")
    for exercise, words in state.broken.items():
        print(f"    {exercise}: {words}")
    if state.missing:
        print(f"    cells that are gone (they will be put back for grading): {', '.join(state.missing)}")


def pack(lab: str, notebooks: list[Path], target: Path) -> None:
    """Make the zip: each notebook as `<lab>/<name>.ipynb`; an earlier file is replaced when the new one is whole.

    Raises LabError where it cannot be written.
    """
    packed = io.BytesIO()
    part = target.with_suffix(".part")
    try:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in notebooks:
                archive.writestr(f"{lab}/{path.name}", path.read_bytes())
        part.write_bytes(packed.getvalue())
        part.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise LabError(
            f"{target} cannot be written: {error.strerror or error}. Close it where it is open, or copy the folder "
            "to a place that is yours and run this there."
        ) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hand_in.py", description=__doc__)
    parser.add_argument("student", nargs="?", help="your id or name, to stand in the name of the file")
    parser.add_argument("--anyway", action="store_true", help="make the file in spite of problems")
    return parser
