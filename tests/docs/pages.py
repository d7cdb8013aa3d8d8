"""Reading the documentation: its blocks, its commands, and the console sessions that it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
FENCE = re.compile(
    r"^```(?P<language>\w*)(?: title=\"(?P<title>[^\"]*)\")?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its title, and its text."""

    language: str
    title: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [Block(m["language"], m["title"] or "", m["text"]) for m in FENCE.finditer(page.read_text())]


def session(text: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what it is said to print."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [(command, printed) for command, _, printed in (part.partition("\n") for part in parts)]


def run(command: str, folder: Path) -> subprocess.CompletedProcess:
    """A command of a page, typed in a folder with this environment active; both outputs together."""
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COURSE_ROOT", "GRADING"))}
    return subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env={**kept, "PATH": path, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )


def fits(printed: str, shown: str) -> bool:
    """Whether the output is the one that the page shows, where ... stands for anything."""
    pattern = ".*".join(re.escape(part) for part in shown.strip().split("..."))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None
