"""This grader beside stock nbgrader on every lab.

    python -m grader.bench.labs [LAB ...] [--size N]

A lab's name with a plus sign stands for its heavier notebooks.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator

from grader.bench.peers import Class, Grader, reached, run
from grader.course import Course, course_root

HEAVIER = "+"
TEXT = """
## Every lab

This grader on {size} students and two workers, stock nbgrader on {few} of them; one run of each, seconds per notebook with the start
of the command, which each side's students share. Of a lab's own cells (the table below) this grader saves what matplotlib's
rehearsals take, for it draws each figure once, and it tells the notebooks that this is grading: they train less and leave
out pictures of the data. The rest it can only spread over the cores.
The heavier notebooks are those of the same lab with one more cell, which imports torch, seaborn and scikit-learn and computes;
with the lab's own cells that takes half a second.

"""


def page(home: Course, size: int) -> str:
    """All labs and the heavier notebooks of one, measured, as a section of a page."""
    names = [f"3-backprop{HEAVIER}", *(lab.name for lab in home.labs)]
    return TEXT.format(size=size, few=few(size)) + "\n".join(table(home, names, size)) + "\n"


def table(home: Course, names: Iterable[str], size: int) -> Iterator[str]:
    """This grader and stock as it comes, on classes of `size` and `few(size)`: the lines of a Markdown table."""
    yield "| lab | notebooks | this grader, 2 workers | stock nbgrader | throughput against stock |"
    yield "|---|---|---|---|---|"
    for name in names:
        lab, heavy = name.removesuffix(HEAVIER), name.endswith(HEAVIER)
        group, part = Class(home, lab, size, heavy), Class(home, lab, few(size), heavy)
        graders = [Grader("ours", group.ours(2)), Grader("stock", part.stock, as_it_comes=True)]
        found = run(iter(graders), group.environment)
        notebooks = reached(home, lab)
        mine = found["ours"][0].wall / notebooks / size
        theirs = found["stock"][0].wall / notebooks / few(size)
        title = f"{lab}, heavier" if heavy else lab
        yield f"| {title} | {size * notebooks} | {mine:.2f} | {theirs:.2f} | {theirs / mine:.1f} x |"


def few(size: int) -> int:
    """How many students of a class of that size the slow one gets."""
    return max(1, min(6, size // 10))


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m grader.bench.labs", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("labs", nargs="*", metavar="LAB", help="default: all")
    parser.add_argument("--size", type=int, default=300, help="students (default %(default)s)")
    options = parser.parse_args(arguments)
    home = Course(course_root())
    for line in table(home, options.labs or [lab.name for lab in home.labs], options.size):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
