"""The graders that `make bench` compares, each made ready on the same submissions."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.bench.measure import Usage, measure
from grader.course import CHECK, Course, Lab, Notebook, grade_id, nbgrader_metadata
from grader.demo import make_course
from grader.errors import GraderError
from grader.release import released_notebook

PINS = "requirements-bench.txt"
STOCK = 'c = get_config()\nc.CourseDirectory.course_id = "stock"\n'
BARE = """
import sys
import nbformat
import matplotlib
matplotlib.use("Agg")
import torch
torch.set_num_threads(1)
for path in sys.argv[1:]:
    names = {"__name__": "notebook"}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, path, "exec"), names)
"""
# A cell of a heavier notebook: libraries that take seconds to import, and so much computation that it is half a second with
# the lab's own cells.
HEAVY = """
import seaborn
import sklearn.datasets
import torch

for _ in range(16_000):
    torch.randn(64, 64) @ torch.randn(64, 64)
"""
OTTER = """
import sys
from pathlib import Path
from otter.api import grade_submission
for path in map(Path, sys.argv[1:]):
    results = grade_submission(str(path), f"otter-{path.stem}.zip", quiet=True)
    if results.total < results.possible or not results.possible:
        sys.exit(f"otter-grader gives {results.total} of {results.possible} points for {path}")
"""
# An otter test in its exception-based format: the visible check, run in the notebook's own namespace.
OTTER_TEST = """
from otter.test_files import test_case

OK_FORMAT = False
name = {name!r}
points = {points!r}


@test_case(hidden=True)
def visible_check(env):
    exec({check!r}, env)
"""


@dataclass(frozen=True)
class Grader:
    """One of those compared: `prepare` makes a folder ready and gives the command to time.

    A `peer` is slow and steady: it is measured less often. One `as_it_comes` runs in its user's own environment.
    """

    title: str
    prepare: Callable[[Path], list[str]]
    peer: bool = False
    as_it_comes: bool = False


class Class:
    """Submissions of one lab, all right and all different, for every grader the same answers; with `heavy` the lab's
    notebooks have that cell too.
    """

    def __init__(self, home: Course, lab: str, size: int, heavy: bool = False) -> None:
        self.home = home
        self.lab = lab
        self.size = size
        self.heavy = heavy

    def ours(self, workers: int) -> Callable[[Path], list[str]]:
        """This grader, on a course of its own."""

        def prepare(root: Path) -> list[str]:
            self.course(root)
            command = [sys.executable, "-m", "grader", "--course", str(root), "grade", self.lab]
            return [*command, "--workers", str(workers)]

        return prepare

    def stock(self, root: Path) -> list[str]:
        """nbgrader without any of our configuration: it sees the visible checks only."""
        self.course(root)
        (root / "nbgrader_config.py").write_text(STOCK)
        nbgrader = [sys.executable, "-m", "nbgrader"]
        quietly([*nbgrader, "generate_assignment", self.lab], root, self.environment(root))
        return [*nbgrader, "autograde", self.lab]

    def otter(self, root: Path) -> list[str]:
        """otter-grader's run without containers, all submissions in one process; each visible check is a test."""
        course = self.course(root)
        found = os.pathsep.join([str(root), str(otter_folder(self.home))])
        for book in course.lab(self.lab).notebooks:
            tests = write_otter_tests(book, root / f"otter-{book.name}")
            generate = ["generate", "-t", tests.name, "-o", f"{tests.name}.zip"]
            alone = ["--no-config", "--no-requirements", "--no-environment"]
            command = [sys.executable, "-m", "otter", *generate, *alone]
            quietly(command, root, self.environment(root) | {"PYTHONPATH": found})
        for path in self.submissions(root):
            as_otter_reads_it(path)
        command = [sys.executable, "-c", OTTER, *map(str, self.submissions(root))]
        return ["env", f"PYTHONPATH={found}", *command]

    def bare(self, root: Path) -> list[str]:
        """The students' cells one after another in one process, nothing else."""
        self.course(root)
        return [sys.executable, "-c", BARE, *map(str, self.submissions(root))]

    def submissions(self, root: Path) -> list[Path]:
        """The files handed in to the course in this folder."""
        return sorted((root / "submitted").glob(f"*/{self.lab}/*.ipynb"))

    def environment(self, root: Path, as_it_comes: bool = False) -> dict[str, str]:
        """What the command's process finds: the course's utils, and unless it runs `as_it_comes` the word that this is
        grading, which shortens the notebooks' trainings and keeps their plots still, and one thread.
        """
        programs = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
        found = {**os.environ, "PYTHONWARNINGS": "ignore", "PATH": programs, "PYTHONPATH": str(root)}
        if as_it_comes:
            return found
        return found | dict.fromkeys(
            ("GRADING", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"
        )

    def course(self, root: Path) -> Course:
        """A course in this folder to which every student has handed in the right answers."""
        course = make_course(self.home, root, [self.lab])
        if self.heavy:
            for book in course.lab(self.lab).notebooks:
                add_heavy_cell(book.path)
            course = Course(root)
        lab = course.lab(self.lab)
        draft = right_answers(self.home, lab)
        first = draft.cell(lab.notebooks[0].exercises[0].solution)
        text = first.source
        for number in range(self.size):
            for book in draft.books.values():
                book.metadata["student"] = number
            first.source = f"{text}\n# student {number}"
            draft.save(root / "submitted" / f"s{number:04}" / self.lab)
        return course


def run(
    order: Iterator[Grader], environment: Callable[[Path, bool], dict[str, str]]
) -> dict[str, list[Usage]]:
    """Time the graders in this order; gives what each run cost, by the grader's title."""
    found: dict[str, list[Usage]] = {}
    for grader in order:
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            root = Path(name) / "course"
            root.parent.chmod(0o755)
            command = grader.prepare(root)
            usage = measure(command, root, environment(root, grader.as_it_comes))
        found.setdefault(grader.title, []).append(usage)
        print(
            f"{grader.title:32} {usage.wall:7.1f} s  {usage.cpu:7.1f} s of CPU  {usage.memory:6.0f} MB",
            flush=True,
        )
    return found


def reached(home: Course, lab: str) -> int:
    """How many notebooks of the lab take part."""
    with tempfile.TemporaryDirectory() as folder:
        return len(make_course(home, Path(folder) / "course", [lab]).lab(lab).notebooks)


def add_heavy_cell(path: Path) -> None:
    """Put the heavy cell before the first exercise of an instructor's notebook."""
    import nbformat

    book = nbformat.read(path, as_version=4)
    place = next(i for i, cell in enumerate(book.cells) if nbgrader_metadata(cell).get("solution"))
    book.cells.insert(place, nbformat.v4.new_code_cell(HEAVY.strip(), id="heavy"))
    nbformat.write(book, path)


def right_answers(home: Course, lab: Lab) -> Any:
    """The notebooks of a lab with every exercise solved, as a Draft of examples/draft.py."""
    sys.path.insert(0, str(home.root / "examples"))
    from draft import Draft

    draft = Draft(lab)
    draft.solve()
    return draft


def write_otter_tests(book: Notebook, folder: Path) -> Path:
    """Write a test file for the visible check of each exercise into a new folder; gives the folder."""
    folder.mkdir()
    points = {exercise.name: exercise.points for exercise in book.exercises if not exercise.manual}
    for cell in released_notebook(book.source).cells:
        name = grade_id(cell).removeprefix(CHECK)
        if grade_id(cell).startswith(CHECK) and name in points:
            text = OTTER_TEST.format(name=name, points=points[name], check=cell.source)
            (folder / f"{name}.py").write_text(text)
    return folder


def as_otter_reads_it(path: Path) -> None:
    """Let otter run each visible check at its place in the notebook, once, as the other graders do."""
    import nbformat

    book = nbformat.read(path, as_version=4)
    for cell in book.cells:
        name = grade_id(cell)
        if cell.cell_type == "code" and name.startswith(CHECK):
            cell.source = ""
            cell.metadata["otter"] = {"tests": [name.removeprefix(CHECK)]}
    nbformat.write(book, path)


def otter_folder(home: Course) -> Path:
    """Where otter-grader is installed, beside the course's own packages: it has other pins than they."""
    pins = (home.root / PINS).read_bytes()
    return home.root / ".venv" / f"otter-{hashlib.sha256(pins).hexdigest()[:12]}"


def install_otter(home: Course) -> None:
    """Install otter-grader's pins into their folder when they are not there; raises GraderError with pip's words."""
    folder = otter_folder(home)
    if folder.exists():
        return
    part = folder.with_name(folder.name + ".part")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    quietly([*pip, "--upgrade", "--target", str(part), "-r", PINS], home.root, dict(os.environ))
    part.rename(folder)


def quietly(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Run a command; raises GraderError with its last words when it fails."""
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise GraderError(f"{' '.join(command)} failed:\n{(done.stderr or done.stdout)[-2000:]}")
