"""Every command that README and documentation show works.

Three kinds, by what can be tried here. Commands of a term (release, collect, grade, ...) are run in a course of one
small lab, in the order of the pages. Other commands of this project are held against the real thing: make targets by a
dry run of make, options by the real command line, files and modules by being there. Commands of other systems (Slurm,
Kubernetes, a package manager) can only be recognised; they stand in OTHERS. docs/author.md has a test of its own, the
README of a student's folder too.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.apps import NbGraderApp

from grader.__main__ import parser
from grader.new import begin
from tests.docs.pages import REPOSITORY, run
from tests.grader.test_collect import packed, put
from tests.grader.tiny_course import build_files

PAGES = [
    REPOSITORY / "README.md",
    REPOSITORY / "CONTRIBUTING.md",
    *sorted((REPOSITORY / "docs").rglob("*.md")),
]
OURS = (
    "make",
    "python",
    "python3",
    ".venv/bin/python",
    "sh",
    "py",
    "pytest",
    "nbgrader",
    "dask",
    "jupyter",
    "mkdocs",
)
OTHERS = (
    "srun",
    "sbatch",
    "kubectl",
    "helm",
    "pip",
    "sudo",
    "apt",
    "apt-get",
    "npm",
    "docker",
    "conda",
    "git",
)
OTHERS += ("source", "export", "jupyterhub", "curl", "cd", "podman", "unzip")
FENCE = re.compile(r"^```(?:sh|bash|console|)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?:(?<=\n\n)|\A)((?:(?: {4}|\t).*\n|\n)+)")
INLINE = re.compile(r"`((?:make|python3? -m|python3? \S+\.py|\.venv/bin/python|nbgrader)\b[^`]*)`")


def shown(page):
    """The commands of a page: from blocks, line by line, and from `inline code`."""
    text = page.read_text()
    without = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line for block in FENCE.findall(text) for line in block.splitlines()]
    lines += [line for block in INDENTED.findall(without) for line in block.splitlines()]
    found = [line.strip().removeprefix("$ ") for line in lines] + INLINE.findall(without)
    return [
        part
        for line in found
        for part in re.split(r" && | & ?$", line.split(" #")[0].strip())
        if is_command(part)
    ]


def is_command(line):
    word = line.split(" ")[0] if line else ""
    return word in OURS + OTHERS and " = " not in line and not line.endswith(":")


COMMANDS = sorted(
    {(page.relative_to(REPOSITORY).as_posix(), command) for page in PAGES for command in shown(page)}
)


def test_commands_are_found_on_the_pages():
    pages = {page for page, _ in COMMANDS}
    assert {
        "README.md",
        "docs/index.md",
        "docs/operator.md",
        "docs/many-machines.md",
        "docs/students.md",
    } <= pages
    assert ("docs/index.md", "make demo") in COMMANDS
    assert len(COMMANDS) > 40


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_a_command_of_this_project_is_one(page, command):
    words = shlex.split(re.sub(r"<[^>]*>|\[[^\]]*\]|\$\(.*\)", "x", command))
    if words[0] == "make":
        demand_make(words[1:])
    elif words[0] in ("python", "python3", ".venv/bin/python", "py"):
        demand_python(words[1:])
    elif words[0] == "sh":
        assert (REPOSITORY / "grader" / "student" / words[1]).is_file()
    elif words[0] == "pytest":
        paths = [word for word in words[1:] if not word.startswith("-")]
        assert all((REPOSITORY / path).exists() or "/x" in path or "8-statistics" in path for path in paths)
    elif words[0] == "nbgrader":
        assert words[1] in NbGraderApp.subcommands
    elif words[0] in ("dask", "jupyter", "mkdocs"):
        demand_options(words)
    else:
        assert words[0] in OTHERS


def demand_make(words):
    """A dry run knows every target; variables are those that the Makefile reads."""
    text = (REPOSITORY / "Makefile").read_text()
    for word in words:
        name = word.partition("=")[0]
        if "=" in word:
            assert f"$({name})" in text, name
    done = subprocess.run(["make", "-n", *words], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def demand_python(words):
    """A module that is there, with options that it has; or a script that is there."""
    if words[0] == "-c":
        compile(words[1], "<page>", "exec")
    elif words[0] == "-m" and words[1] == "grader":
        if len(words) > 2 and words[2] not in ("COMMAND", "--help", "x"):
            parser().parse_args(words[2:] if len(words) > 3 else [*words[2:], *needed(words[2])])
    elif words[0] == "-m":
        assert importlib.util.find_spec(words[1]), words[1]
    else:
        places = (REPOSITORY, REPOSITORY / "grader" / "student")
        assert any((place / words[0]).is_file() for place in places), words[0]


def needed(command):
    """Words that make a command complete which is only named."""
    return {"check": ["x"], "collect": ["x"], "new": ["x", "y"], "strip": ["x"]}.get(command, [])


def demand_options(words):
    """A subcommand of an installed program whose help names the options."""
    text = help_of(words[0], " ".join(word for word in words[1:2] if not word.startswith("-")))
    for option in (word for word in words[1:] if word.startswith("--")):
        assert option.partition("=")[0] in text, option


@functools.cache
def help_of(program, subcommand):
    done = run(f"{Path(sys.executable).parent / program} {subcommand} --help", REPOSITORY)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_a_term_by_the_pages_of_quick_start_and_operator(tmp_path):
    course = build_files(tmp_path / "course")
    begin(course, "8-statistics", "1-mean")
    source = (course.root / "source" / "8-statistics" / "1-mean.ipynb").read_bytes()
    put(
        course.root / "uploads" / "ada" / "8-statistics-hand-in.zip",
        packed("1-mean.ipynb", content=source, folder="8-statistics"),
    )
    shutil_utils(course.root)
    typed = [c for page in ("index.md", "operator.md") for c in shown(REPOSITORY / "docs" / page)]
    term = [re.sub(r"^make (.*)", r"\1", c).split() if c.startswith("make") else [c] for c in typed]
    steps = [s if s.startswith("python") else f"python -m grader {s}" for line in term for s in line]
    known = ("release", "collect", "grade", "feedback", "report", "export")
    steps = [
        s for s in dict.fromkeys(steps) if s.split()[3:4] and s.split()[3] in known and "--scheduler" not in s
    ]
    assert [s.split()[3] for s in steps] == list(known)
    for step in steps:
        done = run(step, course.root)
        assert done.returncode == 0, f"{step}\n{done.stdout}"
    assert (course.root / "feedback" / "ada").is_dir()
    assert list((course.root / "exports").iterdir())


def shutil_utils(root):
    """The real utils in place of the tiny course's."""
    for path in (root / "utils").iterdir():
        path.unlink()
    (root / "utils").rmdir()
    (root / "utils").symlink_to(REPOSITORY / "utils")
