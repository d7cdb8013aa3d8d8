"""`make bench`: one class, several graders, the same machine and run: wall clock, CPU and memory side by side.

    python -m grader.bench [LAB] [--size N] [--repeat R] [--write FOLDER]

Compared are this grader with one and two workers, stock nbgrader, and the bare computation of the students' cells in
one process, which is the limit of what any grader can reach. The visible checks are the same cells for all; only this
grader also runs the hidden ones, in a sandbox.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.course import Course, Lab, course_root
from grader.demo import make_course
from grader.measure import Usage, measure

STOCK = 'c = get_config()\nc.CourseDirectory.course_id = "stock"\n'
BARE = """
import sys, types
from pathlib import Path
import nbformat
import matplotlib
matplotlib.use("Agg")
import torch
torch.set_num_threads(1)
for path in map(Path, sys.argv[1:]):
    names = {"__name__": "notebook"}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, str(path), "exec"), names)
"""
NOT_MEASURED = (
    "otter-grader is not measured: its notebooks have a format of their own, and outside containers it runs a"
    " submission in the instructor's account, without a sandbox."
)


@dataclass(frozen=True)
class Grader:
    """One of those compared: `prepare` makes a folder ready and gives the command to time."""

    title: str
    prepare: Callable[[Path], list[str]]


class Class:
    """Submissions of one lab, all right and all different, for every grader the same files."""

    def __init__(self, home: Course, lab: str, size: int) -> None:
        self.home = home
        self.lab = lab
        self.size = size

    def ours(self, workers: int) -> Callable[[Path], list[str]]:
        """This grader, on a course of its own."""

        def prepare(root: Path) -> list[str]:
            self.hand_in(make_course(self.home, root, [self.lab]))
            return [
                sys.executable,
                "-m",
                "grader",
                "--course",
                str(root),
                "grade",
                self.lab,
                "--workers",
                str(workers),
            ]

        return prepare

    def stock(self, root: Path) -> list[str]:
        """nbgrader without any of our configuration: it sees the visible checks only."""
        self.hand_in(make_course(self.home, root, [self.lab]))
        (root / "nbgrader_config.py").write_text(STOCK)
        nbgrader = [sys.executable, "-m", "nbgrader"]
        subprocess.run(
            [*nbgrader, "generate_assignment", self.lab],
            cwd=root,
            check=True,
            capture_output=True,
            env=self.environment(root),
        )
        return [*nbgrader, "autograde", self.lab]

    def bare(self, root: Path) -> list[str]:
        """The students' cells one after another in one process, nothing else."""
        self.hand_in(make_course(self.home, root, [self.lab]))
        notebooks = sorted((root / "submitted").glob(f"*/{self.lab}/*.ipynb"))
        return [sys.executable, "-c", BARE, *map(str, notebooks)]

    def environment(self, root: Path) -> dict[str, str]:
        """What the command's process finds: the course's utils, no plots that move, one thread."""
        programs = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
        threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        return {
            **os.environ,
            **threads,
            "PATH": programs,
            "PYTHONPATH": str(root),
            "GRADING": "1",
            "PYTHONWARNINGS": "ignore",
        }

    def hand_in(self, course: Course) -> None:
        """Let every student hand in the right answers."""
        sys.path.insert(0, str(self.home.root / "examples"))
        from draft import Draft

        lab: Lab = course.lab(self.lab)
        draft = Draft(lab)
        draft.solve()
        first = draft.cell(lab.notebooks[0].exercises[0].solution)
        text = first.source
        for number in range(self.size):
            for book in draft.books.values():
                book.metadata["student"] = number
            first.source = f"{text}\n# student {number}"
            draft.save(course.root / "submitted" / f"s{number:04}" / self.lab)


def run(
    graders: list[Grader], environment: Callable[[Path], dict[str, str]], repeat: int
) -> dict[str, list[Usage]]:
    """Time every grader `repeat` times, in turn, so that a busy moment of the machine hits all alike."""
    found: dict[str, list[Usage]] = {grader.title: [] for grader in graders}
    for _ in range(repeat):
        for grader in graders:
            with tempfile.TemporaryDirectory(prefix="bench-") as name:
                root = Path(name) / "course"
                root.parent.chmod(0o755)
                command = grader.prepare(root)
                usage = measure(command, root, environment(root))
            found[grader.title].append(usage)
            print(
                f"{grader.title:32} {usage.wall:7.1f} s  {usage.cpu:7.1f} s of CPU  {usage.memory:6.0f} MB",
                flush=True,
            )
    return found


def table(found: dict[str, list[Usage]], notebooks: int, reference: str) -> str:
    """The medians per notebook as a Markdown table, with ratios to the reference."""
    median = {
        title: Usage(*map(statistics.median, zip(*usages, strict=True))) for title, usages in found.items()
    }
    base = median[reference]
    lines = [
        "| grader | seconds per notebook | CPU seconds per notebook | peak memory (MB) | throughput against stock |",
        "|---|---|---|---|---|",
    ]
    for title, usage in median.items():
        numbers = f"{usage.wall / notebooks:.2f} | {usage.cpu / notebooks:.2f} | {usage.memory:.0f}"
        lines.append(f"| {title} | {numbers} | {base.wall / usage.wall:.1f} x |")
    return "\n".join(lines)


def plot(found: dict[str, list[Usage]], notebooks: int, path: Path) -> None:
    """Bars of wall clock and CPU per notebook."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 0.6 * len(found) + 1.2), layout="constrained")
    for offset, name in ((-0.2, "wall"), (0.2, "cpu")):
        values = [
            statistics.median(getattr(u, name) for u in usages) / notebooks for usages in found.values()
        ]
        places = [position + offset for position in range(len(found))]
        label = {"wall": "wall clock", "cpu": "CPU, all processes"}[name]
        axes.bar_label(axes.barh(places, values, height=0.38, label=label), fmt="%.2f", padding=3)
    axes.set_yticks(range(len(found)), list(found))
    axes.invert_yaxis()
    axes.set(xlabel="seconds per notebook", title="Grading a class")
    axes.margins(x=0.12)
    axes.legend()
    figure.savefig(path)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison, print it, and write it when a folder is named."""
    parser = argparse.ArgumentParser(prog="python -m grader.bench", description=__doc__.split("\n")[0])
    parser.add_argument("lab", nargs="?", default="3-backprop")
    parser.add_argument("--size", type=int, default=10, help="students in the class (default 10)")
    parser.add_argument(
        "--repeat", type=int, default=3, help="runs of each grader; medians are shown (default 3)"
    )
    parser.add_argument(
        "--write", type=Path, metavar="FOLDER", help="write benchmark.md and benchmark.svg there"
    )
    options = parser.parse_args(arguments)
    group = Class(Course(course_root()), options.lab, options.size)
    stock = Grader("stock nbgrader", group.stock)
    graders = [
        Grader("this grader, 1 worker", group.ours(1)),
        Grader("this grader, 2 workers", group.ours(2)),
        stock,
        Grader("bare computation, one process", group.bare),
    ]
    found = run(graders, group.environment, options.repeat)
    notebooks = options.size * reached(group.home, options.lab)
    text = f"{notebooks} notebooks of {options.lab}, {os.cpu_count()} cores, medians of {options.repeat} runs.\n\n"
    text += f"{table(found, notebooks, stock.title)}\n\n{NOT_MEASURED}\n"
    print(f"\n{text}")
    if options.write:
        options.write.mkdir(parents=True, exist_ok=True)
        (options.write / "benchmark.md").write_text(text)
        plot(found, notebooks, options.write / "benchmark.svg")
    return 0


def reached(home: Course, lab: str) -> int:
    """How many notebooks of the lab take part."""
    with tempfile.TemporaryDirectory() as folder:
        return len(make_course(home, Path(folder) / "course", [lab]).lab(lab).notebooks)


if __name__ == "__main__":
    sys.exit(main())
