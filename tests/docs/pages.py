"""Reading the documentation: its blocks, its commands, and the console sessions that it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
PAGES = [
    REPOSITORY / "README.md",
    REPOSITORY / "CONTRIBUTING.md",
    *sorted((REPOSITORY / "docs").rglob("*.md")),
    *sorted((REPOSITORY / "deploy").rglob("*.md")),
]
FENCE = re.compile(
    r"^ *```(?P<language>\w*)(?: title=\"(?P<title>[^\"]*)\")?\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
PROGRAMS = "make|python3?|py|sh|pip|nbgrader|dask|jupyter|jupyterhub|mkdocs|pytest|git|npm|helm|kubectl|docker|srun|sbatch"
INLINE = re.compile(rf"`((?:(?:{PROGRAMS}|\.venv/bin/python)\s[^`]+)|start\.bat)`")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its title, and its text."""

    language: str
    title: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [
        Block(m["language"], m["title"] or "", textwrap.dedent(m["text"]))
        for m in FENCE.finditer(page.read_text())
    ]


def session(text: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what it is said to print."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [(command, printed) for command, _, printed in (part.partition("\n") for part in parts)]


def commands(page: Path) -> set[str]:
    """Every command that a page shows: the lines of its blocks for a shell, the scripts of its pipelines, and the
    words in `inline code` that begin with a program's name. Of a workflow the commands that it runs.
    """
    if page.suffix == ".yml":
        return {part for line in scripts(yaml.safe_load(page.read_text())) for part in parts(line)}
    found = set()
    for block in blocks(page):
        if block.language == "sh":
            found |= {part for line in block.text.splitlines() for part in parts(line)}
        elif block.language == "console":
            found |= {command for command, _ in session(block.text)}
        elif block.language == "yaml":
            found |= {part for line in scripts(yaml.safe_load(block.text)) for part in parts(line)}
    return found | {" ".join(words.split()) for words in INLINE.findall(FENCE.sub("", page.read_text()))}


def parts(line: str) -> list[str]:
    """The commands of a shell's line, without its comment and the sign that it runs beside others."""
    return [part for part in re.split(r" && | & ?$", re.sub(r"(^|\s+)#.*", "", line).strip()) if part]


def scripts(job: object) -> list[str]:
    """The shell lines of a pipeline, GitLab's `script` and GitHub's `run`, wherever they stand."""
    if isinstance(job, list):
        return [line for item in job for line in scripts(item)]
    if not isinstance(job, dict):
        return []
    own = job.get("script", []) + job.get("run", "").splitlines()
    return own + [line for item in job.values() for line in scripts(item)]


def run(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """A command of a page, typed in a folder with this environment active; both outputs together."""
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COURSE_ROOT", "GRADING", "MAKE"))
    }
    return subprocess.run(
        command,
        shell=True,
        executable="/bin/bash",
        cwd=folder,
        env={**kept, "PATH": path, "OMP_NUM_THREADS": "1", **environment},
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
