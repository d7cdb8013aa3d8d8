"""`make bench`: one class, several graders, the same machine and run: wall clock, CPU and memory side by side.

    python -m grader.bench [LAB] [--size N] [--repeat R] [--peer-repeat P] [--every-lab N] [--write FOLDER]

Compared are this grader with one and two workers, stock nbgrader as it comes and when it is told what this grader tells the
notebooks, otter-grader, and the bare computation of the students' cells in one process, which is the limit of what any
grader can reach on one core.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
from collections.abc import Iterator
from pathlib import Path

from grader.bench import budgets, labs
from grader.bench.measure import Usage
from grader.bench.peers import Class, Grader, install_otter, reached, run
from grader.course import Course, course_root
from grader.errors import GraderError

SAME = """All graders get the same answers, all right, on the same machine in the same run, in turn. The visible checks run \
once in each. Only this
grader runs the hidden checks too, intake, the sandbox, named mistakes and feedback data included; the others' times are for
the visible checks alone.

- stock nbgrader: `nbgrader autograde`, its own gradebook, none of this course's configuration.
- with `GRADING=1`, and so all others: this grader sets that word, by which the notebooks shorten their trainings and keep
  their plots still, and one thread for each process. nbgrader sets neither; in this row both were set by hand.
- otter-grader: `otter.api.grade_submission` in one process, without containers; each visible check is an otter test in
  the place of its cell. It keeps no gradebook.
- bare computation: the notebooks' cells by `exec` in one warm process; nothing is checked but what the cells check.
"""
CANNOT = """| what happens | this grader | stock nbgrader | otter-grader without containers |
|---|---|---|---|
| student code runs | in a sandbox | in the instructor's account | in the instructor's account |
| the checks run | in another process, on plain data | in the student's process | in the student's process; their \
result comes back as a pickle |
| hidden checks stay hidden from the code | yes | no | no |
| a cell that does not end | costs its exercise | is interrupted after 30 seconds | never ends |
| several at once | workers, machines | no | no (with containers: yes) |
| unchanged submissions are skipped | by content of submission and checks | by time stamp | no |
| a mistake is named | yes | no | no |
| damaged or renamed cells | repaired and told | an error to mend by hand | an error to mend by hand |
"""
ALONE = """## One notebook at a time

A right answer to each notebook of the course on a warm engine (`python -m grader.bench.budgets`), medians of five: what it takes,
and of its CPU seconds those of its own cells in IPython, figures included. A kernel is ready when it has run a cell; its
memory is what it does not share. A difference below zero shows how much the machine's speed changes meanwhile.

"""


def turns(graders: list[Grader], repeat: int, peer_repeat: int) -> Iterator[Grader]:
    """Whom to measure, in which order: in turn, so that a busy moment of the machine hits all alike.

    Each peer comes `peer_repeat` times, the first peer in the first round, the second in the second, and so on.
    """
    peers = [grader for grader in graders if grader.peer]
    for round_number in range(max(repeat, peer_repeat)):
        for grader in graders:
            if grader.peer:
                turn = (round_number - peers.index(grader)) % max(repeat, peer_repeat)
                if turn < peer_repeat:
                    yield grader
            elif round_number < repeat:
                yield grader


def table(found: dict[str, list[Usage]], notebooks: int, reference: str) -> str:
    """The medians per notebook as a Markdown table, with ratios to the reference."""
    median = {
        title: Usage(*map(statistics.median, zip(*usages, strict=True))) for title, usages in found.items()
    }
    base = median[reference]
    lines = [
        "| grader | runs | seconds per notebook | CPU seconds per notebook | peak memory of all processes (MB) "
        "| throughput against stock |",
        "|---|---|---|---|---|---|",
    ]
    for title, usage in median.items():
        numbers = f"{usage.wall / notebooks:.2f} | {usage.cpu / notebooks:.2f} | {usage.memory:.0f}"
        lines.append(f"| {title} | {len(found[title])} | {numbers} | {base.wall / usage.wall:.1f} x |")
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
    options = parser().parse_args(arguments)
    home = Course(course_root())
    group = Class(home, options.lab, options.size)
    stock = Grader("stock nbgrader", group.stock, peer=True, as_it_comes=True)
    graders = [
        Grader("this grader, 1 worker", group.ours(1)),
        Grader("this grader, 2 workers", group.ours(2)),
        stock,
        Grader("stock nbgrader with GRADING=1", group.stock, peer=True),
        Grader("otter-grader", group.otter, peer=True),
        Grader("bare computation, one process", group.bare),
    ]
    missing = ""
    try:
        install_otter(home)
    except GraderError as error:
        graders = [grader for grader in graders if grader.prepare != group.otter]
        missing = f"otter-grader was not measured, it could not be installed:\n\n    {str(error).splitlines()[-1]}\n\n"
    found = run(turns(graders, options.repeat, options.peer_repeat), group.environment)
    found = {grader.title: found[grader.title] for grader in graders}
    notebooks = options.size * reached(home, options.lab)
    text = f"{notebooks} notebooks of {options.lab} ({options.size} students), {machine()}; medians of the runs.\n\n"
    text += f"{table(found, notebooks, stock.title)}\n\n{missing}{SAME}\nWhat a peer cannot do:\n\n{CANNOT}"
    if options.every_lab:
        text += labs.page(home, options.every_lab)
    alone = "\n".join(budgets.table(home, [lab.name for lab in home.labs]))
    text += f"\n{ALONE}{alone}\n"
    print(f"\n{text}")
    if options.write:
        write(found, notebooks, text, options.write)
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line; the defaults take about twenty minutes on two cores."""
    parser = argparse.ArgumentParser(
        prog="python -m grader.bench", description=(__doc__ or "").split("\n")[0]
    )
    add = parser.add_argument
    add("lab", nargs="?", default="3-backprop")
    add("--size", type=int, default=30, help="students in the class (default %(default)s)")
    add(
        "--repeat",
        type=int,
        default=3,
        help="runs of this grader and the bare computation (default %(default)s)",
    )
    add("--peer-repeat", type=int, default=1, help="runs of each peer, which is slow (default %(default)s)")
    add("--every-lab", type=int, metavar="N", help="also every lab with N students (300: half an hour)")
    add("--write", type=Path, metavar="FOLDER", help="write benchmark.md and images/benchmark.svg there")
    return parser


def write(found: dict[str, list[Usage]], notebooks: int, text: str, folder: Path) -> None:
    """Write the page and its plot, and say where."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    plot(found, notebooks, folder / "images" / "benchmark.svg")
    how = "`python -m grader.bench` measures this again, with `--every-lab N` each lab too."
    page = f"# Benchmark\n\n{how}\n\n![bars](images/benchmark.svg)\n\n{text}"
    (folder / "benchmark.md").write_text(page)
    print(folder / "benchmark.md")


def machine() -> str:
    """The machine in words."""
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({platform.machine()}), Python {platform.python_version()}"
