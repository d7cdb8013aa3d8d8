"""Figures of a notebook that is graded: all of them is there, each is drawn once, and the figure stays as it was."""

import io
import os
import subprocess
import sys

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from PIL import Image

from grader.boundary.figures import fit, png

RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture(autouse=True)
def _no_figure_is_left():
    yield
    plt.close("all")


def pixels(figure):
    """Red, green, blue of what a notebook would show: (height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(png(figure))).convert("RGB"))


def places(image, colour):
    """(lowest row, highest row, first column, last column) of a colour; fails where there is none."""
    rows, columns = np.nonzero((image == colour).all(axis=2))
    assert len(rows), colour
    return rows.min(), rows.max(), columns.min(), columns.max()


@pytest.mark.parametrize("layout", [None, "constrained", "compressed", "tight"])
def test_what_stands_outside_of_a_figure_is_not_cut_off(layout):
    figure, axes = plt.subplots(figsize=(2, 1.5), layout=layout)
    axes.set_xlabel("a label\nof three\nlines", color="red", fontsize=14)
    axes.text(1.5, 0.5, "████", color="blue", transform=axes.transAxes, in_layout=False)
    image = pixels(figure)
    below, beside = places(image, RED)[1], places(image, BLUE)[3]
    assert below < image.shape[0] - 5
    assert beside < image.shape[1] - 5


def test_a_figure_is_cropped_to_what_is_on_it():
    figure = plt.figure(figsize=(8, 8), facecolor="0.9")
    figure.add_axes((0.4, 0.4, 0.1, 0.1), facecolor="red").axis("on")
    height, width, _ = pixels(figure).shape
    assert 80 < height < 200
    assert 80 < width < 200


def test_a_figure_without_anything_is_no_picture_and_one_in_a_single_colour_is_whole():
    assert png(plt.figure()) is None
    figure = plt.figure(figsize=(2, 1))
    figure.add_axes((0.1, 0.1, 0.5, 0.5)).axis("off")
    assert pixels(figure).shape[0] >= 100


@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
def test_everything_is_drawn_once(layout, monkeypatch):
    figure, axes = plt.subplots(layout=layout)
    (line,) = axes.plot([0, 1])
    drawn, draw = [], Line2D.draw
    monkeypatch.setattr(Line2D, "draw", lambda self, renderer: (drawn.append(self), draw(self, renderer)))
    png(figure)
    assert drawn.count(line) == 1


def test_the_layout_of_a_figure_stays_its_own():
    figure, axes = plt.subplots(layout="constrained")
    axes.plot([0, 1])
    engine, size = figure.get_layout_engine(), figure.get_size_inches().tolist()
    png(figure)
    assert figure.get_layout_engine() is engine
    assert figure.get_size_inches().tolist() == size


@pytest.mark.parametrize("setting", ["figure.autolayout", "figure.constrained_layout.use"])
@pytest.mark.parametrize("layout", [None, "none", "constrained", "tight"])
def test_a_layout_for_all_figures_disturbs_none(setting, layout):
    with matplotlib.rc_context({setting: True}):
        figure, axes = plt.subplots(layout=layout)
        figure.colorbar(axes.imshow([[0, 1]]))
        engine = figure.get_layout_engine()
        assert pixels(figure).size
        assert figure.get_layout_engine() is engine


def test_figures_in_figures_and_mosaics_are_drawn():
    figure = plt.figure(layout="constrained")
    left, right = figure.subfigures(1, 2)
    left.subplots(2, 1)[0].set_title("left", color="red")
    right.subplot_mosaic("ab;cc")["c"].set_xlabel("right", color="blue")
    image = pixels(figure)
    assert places(image, RED)[3] < places(image, BLUE)[2]


def test_labels_do_not_overlap_after_one_round_of_fitting():
    """Where the axes come to lie, a fiftieth of the figure beside matplotlib's own two rounds at most."""
    made = []
    for layout in (lambda figure, engine: fit(figure, engine), lambda figure, engine: engine.execute(figure)):
        figure, axes = plt.subplots(2, 3, figsize=(9, 6), layout="constrained")
        for k, one in enumerate(axes.flat):
            one.plot([0, 10**k])
            one.set(title=f"panel {k}", xlabel="epoch", ylabel="loss")
        image = axes[0, 0].imshow([[0, 1]], aspect="auto")
        figure.colorbar(image, ax=axes[:, 2], label="a scale")
        figure.suptitle("six panels")
        engine = figure.get_layout_engine()
        assert type(engine) is ConstrainedLayoutEngine
        layout(figure, engine)
        made.append(np.array([one.get_position().extents for one in figure.axes]))
    assert np.abs(made[0] - made[1]).max() < 0.02
    assert np.abs(made[0] - np.array([plt.subplots()[1].get_position().extents])).max() > 0.05


def test_a_figure_that_cannot_be_drawn_says_so():
    figure, axes = plt.subplots()
    axes.set_title(r"$\nosuchcommand$")
    with pytest.raises(ValueError, match="nosuchcommand"):
        png(figure)
    axes.set_title("right")
    assert png(figure)


def test_a_format_that_a_notebook_asks_for_changes_nothing():
    code = """
import matplotlib_inline.backend_inline
from grader.boundary import figures
from grader.boundary.shell import make_shell, run_cell
shell, png, drawn = make_shell(), figures.png, []
figures.png = lambda figure: drawn.append(figure) or png(figure)
for first in ("", "%matplotlib inline", "%config InlineBackend.figure_formats = {'svg', 'retina'}"):
    outputs, drawn[:] = [], []
    cell = first + chr(10) + "import matplotlib.pyplot as plt; plt.plot([0, 1]); plt.show()"
    assert run_cell(shell, cell, 30, 1 << 20, outputs.append)
    print(len(drawn), [sorted(output["data"]) for output in outputs])
"""
    inline = {**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=inline, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == 3 * ["1 [['image/png', 'text/plain']]"]
