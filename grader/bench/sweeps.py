"""`python -m grader.bench.sweeps`: a grid of networks, all cells of a batch size at once and one cell after another.

The grid is the one of the circles lab: 4 batch sizes, 4 learning rates, 5 seeds, 150 epochs, with the functions of the
instructor's notebook. Both ways take turns in one process, so that a busy moment of the machine hits both.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.checks.reference import Reference
from grader.course import Course, course_root
from utils import CirclesData, sweep
from utils.sweeps import Sweep

LAB, NOTEBOOK = "3-backprop", "1-by-hand"


def circles_grid() -> Callable[..., Sweep]:
    """The sweep of the circles lab as a function of the number of epochs and of `at_once`."""
    lab = Course(course_root()).lab(LAB)
    names: dict[str, Any] = Reference(lab.notebook(NOTEBOOK)).namespace()
    data = CirclesData()

    def step(params: Any, X: Any, Y: Any, eta: Any) -> Any:
        outputs = names["forward"](params, X)[1]
        return names["sgd"](params, names["backward"](params, outputs, Y), eta)

    def run(n_epochs: int, at_once: bool) -> Sweep:
        with contextlib.redirect_stdout(io.StringIO()):  # its progress bars
            return sweep(
                init=lambda: names["init_params"](2, 10, 2),
                step=step,
                measure=lambda params, X, Y: names["loss_accuracy"](names["forward"](params, X)[0], Y),
                train=(data.Xtrain, data.Ytrain),
                val=(data.Xval, data.Yval),
                n_epochs=n_epochs,
                at_once=at_once,
            )

    return run


def main(arguments: Sequence[str] | None = None) -> int:
    """Time both ways, print medians, their ratio, and how far their numbers are apart."""
    parser = argparse.ArgumentParser(prog="python -m grader.bench.sweeps", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--repeat", type=int, default=3, help="runs of each way; medians are shown (default 3)"
    )
    parser.add_argument("--epochs", type=int, default=150, help="epochs of each network (default 150)")
    options = parser.parse_args(arguments)
    run = circles_grid()
    pairs = [(run(options.epochs, True), run(options.epochs, False)) for _ in range(options.repeat)]
    at_once, in_turn = (statistics.median(pair[k].seconds for pair in pairs) for k in (0, 1))
    fast, plain = pairs[0]
    apart = max(np.abs(fast.values[name] - plain.values[name]).max() for name in ("loss_train", "loss_val"))
    print(f"circles, 16 cells x 5 seeds x {options.epochs} epochs, medians of {options.repeat} runs")
    print(f"one network after another  {in_turn:7.2f} s")
    print(f"all of a batch size at once{at_once:7.2f} s, {in_turn / at_once:.1f} times faster")
    print(f"largest difference between the losses of the two: {apart:.0e}")
    return 0 if fast.at_once else 1


if __name__ == "__main__":
    raise SystemExit(main())
