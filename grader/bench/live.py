"""`python -m grader.bench.live`: what watching a training costs, of the time that the training itself takes.

The trainings are those of the labs' cells, with the instructor's functions: the circles by hand with a live map of
decisions, and the digits with a progress bar. Each runs in a Jupyter kernel as a student's cell does. CPU seconds are
taken around each part of one run, so that a busy machine changes little.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import nbclient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from grader.course import CHECK, SETUP, Course, Notebook, course_root, grade_id, nbgrader_metadata

CIRCLES = """
def run():
    params, live = init_params(2, 10, 2), LivePlot(data)
    live.__enter__()
    for number in live.epochs(N_EPOCHS):
        with clock("training"):
            params, curves = train(
                params, data.Xtrain, data.Ytrain, data.Xtest, data.Ytest, 0.3, 10, 1, seed=number
            )
            grid = forward(params, data.Xgrid)[0]
        with clock("live map"):
            live.update(grid, curves)
    with clock("live map"):
        live.__exit__(None, None, None)  # draws eight moments
    with clock("figure of curves at the end"):
        live.plot_curves()
    with clock("player at the end"):
        live.player()
"""
DIGITS = """
def run():
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_val", "acc_val")}
    setting, bar = init_model(784, 100, 10, eta=0.1), progress(range(N_EPOCHS), "epochs")
    while True:
        with clock("progress bar"):
            if next(bar, None) is None:
                break
        with clock("training"):
            train_epoch(*setting, data.Xtrain, data.Ytrain, batch_size=100)
            for part in ("train", "val"):
                L, acc = evaluate(*setting[:2], getattr(data, f"X{part}"), getattr(data, f"Y{part}"))
                curves[f"loss_{part}"].append(L)
                curves[f"acc_{part}"].append(acc)
    with clock("figure of curves at the end"):
        plot_curves(curves, "digits")
"""
CLOCK = """
import contextlib, json, time
torch.set_num_threads(1)
spent = {}
@contextlib.contextmanager
def clock(what):
    since = time.process_time()
    yield
    spent[what] = spent.get(what, 0.0) + time.process_time() - since
"""
TURN = "spent.clear(); torch.manual_seed(0); run(); print('SPENT', json.dumps(spent))"
ON_THE_WAY = ("live map", "progress bar")


@dataclass(frozen=True)
class Training:
    """A training of a lab: where its functions are, the cell that defines `run`, and its epochs."""

    lab: str
    notebook: str
    source: str
    n_epochs: int


TRAININGS = (
    Training("3-backprop", "1-by-hand", CIRCLES, 150),
    Training("5-mnist", "1-from-circles-to-digits", DIGITS, 30),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the CPU seconds of each training and of what watches it; exit status 1 when that is 10 % or more."""
    parser = argparse.ArgumentParser(prog="python -m grader.bench.live", description=__doc__.split("\n")[0])
    parser.add_argument("--repeat", type=int, default=5, help="runs; medians are shown (default 5)")
    options = parser.parse_args(arguments)
    course, worst = Course(course_root()), 0.0
    for training in TRAININGS:
        runs = list(_runs(course.lab(training.lab).notebook(training.notebook), training, options.repeat))
        medians = {what: statistics.median(run[what] for run in runs) for what in runs[0]}
        own = medians.pop("training")
        print(f"{training.lab}/{training.notebook}, {training.n_epochs} epochs: {own:.2f} s of CPU")
        for what, seconds in medians.items():
            print(f"  {what:<28}{seconds:6.3f} s  {seconds / own:6.1%} of the training")
            if what in ON_THE_WAY:
                worst = max(worst, seconds / own)
    return int(worst >= 0.1)


def _runs(notebook: Notebook, training: Training, repeat: int) -> Iterator[dict[str, float]]:
    """For each run the CPU seconds of each of its parts."""
    own = [c.source for c in notebook.source.cells if _is_definition(c)]
    cells = [*own, CLOCK, f"N_EPOCHS = {training.n_epochs}\n{training.source}", *[TURN] * (repeat + 1)]
    book = new_notebook(cells=[new_code_cell(source) for source in cells])
    nbclient.NotebookClient(book, timeout=600, kernel_name="python3").execute()
    for cell in book.cells[-repeat:]:  # the first run warms up
        said = "".join(output.get("text", "") for output in cell.outputs)
        yield json.loads(said.partition("SPENT ")[2].splitlines()[0])


def _is_definition(cell: NotebookNode) -> bool:
    """Whether a cell prepares or answers; checks, experiments and figures are left out."""
    name = grade_id(cell)
    if cell.cell_type != "code" or name.startswith(CHECK):
        return False
    answer = bool(nbgrader_metadata(cell).get("solution"))
    return answer or name.startswith(SETUP) or "MNISTData(" in cell.source


if __name__ == "__main__":
    raise SystemExit(main())
