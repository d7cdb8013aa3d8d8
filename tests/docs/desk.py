"""A course in which the commands of the pages are typed: one small lab under the name that the pages use."""

from __future__ import annotations

import contextlib
import glob
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from grader.__main__ import main
from grader.cli.new import begin
from grader.course import Course
from tests.docs.pages import REPOSITORY, run
from tests.grader.test_collect import packed, put
from tests.grader.tiny_course import empty_gradebook

LAB, NOTEBOOK, STUDENT = "3-backprop", "1-by-hand", "ada"
SHARED = ("nbgrader_config.py", "requirements.txt", "course.toml", "Makefile", "pyproject.toml", "mkdocs.yml")
LINKS = ("utils", "data", "docs")
MOODLE = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    'Last modified (submission),Last modified (grade),Feedback comments\nParticipant 1,Ada,ada@example.org,,,"2.00",Yes,-,-,\n'
)
# examples/build_class.py of this course: two students, one of whom has written nothing.
CLASS = """
import nbformat
from grader.release import released_notebook

def build_class(lab, folder):
    (book,) = lab.notebooks
    for student, content in ("ada", book.source), ("bob", released_notebook(book.source)):
        (folder / student / lab.name).mkdir(parents=True)
        nbformat.write(content, folder / student / lab.name / book.path.name)
    return ["ada", "bob"]
"""
# What a page leaves open, and what stands for it here.
BLANKS = {
    "<lab>": LAB,
    "LAB": LAB,
    "NOTEBOOK": f"source/{LAB}/{NOTEBOOK}.ipynb",
    "WORKSHEET=file": "WORKSHEET=grades.csv",
}


def make_course(root: Path) -> Course:
    """A course of one lab with one exercise, its environment this one, a hand-in of a student waiting in uploads/."""
    root.mkdir()
    for name in SHARED:
        shutil.copy(REPOSITORY / name, root / name)
    for name in LINKS:
        (root / name).symlink_to(REPOSITORY / name)
    for name in ("source", "tests", "submitted"):
        (root / name).mkdir()
    (root / "tests" / "conftest.py").write_text('pytest_plugins = ["grader.checks.plugin"]\n')
    shutil.copy(empty_gradebook(), root / "gradebook.db")
    begin(Course(root), LAB, NOTEBOOK)
    answer = (root / "source" / LAB / f"{NOTEBOOK}.ipynb").read_bytes()
    put(
        root / "uploads" / STUDENT / f"{LAB}-hand-in.zip",
        packed(f"{NOTEBOOK}.ipynb", content=answer, folder=LAB),
    )
    (root / "grades.csv").write_text(MOODLE)
    (root / "examples").mkdir()
    (root / "examples" / "build_class.py").write_text(CLASS)
    set_up(root)
    return Course(root)


def set_up(root: Path) -> None:
    """An environment that make takes for the one it made: this one."""
    (root / ".venv").mkdir()
    for path in Path(sys.prefix).iterdir():
        (root / ".venv" / path.name).symlink_to(path)
    for torch in ("pypi", "cpu"):
        made = ["make", "-s", "--eval", "stamp: ; @echo $(STAMP)", "stamp", f"TORCH={torch}"]
        stamp = subprocess.run(made, cwd=root, capture_output=True, text=True, check=True).stdout.strip()
        (root / stamp).unlink(missing_ok=True)
        (root / stamp).touch()


def steps(command: str) -> list[str]:
    """What is typed for a command of a page: its blanks filled in; for make the lines of its recipes, as `make -n`
    names them.
    """
    for blank, word in BLANKS.items():
        command = re.sub(rf"(?<!\w){re.escape(blank)}(?![\w=])", word, command)
    whole = not command.startswith("make ") or command.split()[1] in ("help", "setup")
    lines = [command] if whole else recipes(command)
    return [re.sub(r"^(NO_MKDOCS_2_WARNING=1 )?(\.venv/bin/)?", "", " ".join(line.split())) for line in lines]


def recipes(command: str) -> list[str]:
    """The lines that a make command runs in the repository once the environment stands."""
    words = ["make", "-n", "--no-print-directory", "-o", "setup", *shlex.split(command)[1:]]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return [shlex.join(shlex.split(line)) for line in done.stdout.replace("\\\n", " ").splitlines()]


def type_in(step: str, root: Path) -> tuple[int, str]:
    """Run a step in a course's folder: exit status and what was said. The grader's own commands run in this process,
    which has its libraries imported already.
    """
    if not step.startswith("python -m grader "):
        done = run(step, root)
        return done.returncode, done.stdout
    words = shlex.split(step)[3:]
    with contextlib.chdir(root), open(root / "said.txt", "w+") as said:
        found = [path for word in words for path in (sorted(glob.glob(word)) if "*" in word else [word])]
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = main(found)
    return status, (root / "said.txt").read_text()
