"""Figures: what is on them, what they refuse, and what the live map costs."""

import io
import re
import time

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from utils import CirclesData, LivePlot, plot_curves, plot_decision, plot_heatmaps
from utils import live as live_module
from utils.moments import picture
from utils.plots import MAP_ENDS, new_figure, probability_of_class_1, show

CURVES = {"loss_train": [0.7, 0.5], "acc_train": [0.5, 0.9], "loss_test": [0.7, 0.6], "acc_test": [0.5, 0.8]}


@pytest.fixture(autouse=True)
def figures(monkeypatch):
    """The figures that a cell would show, in order."""
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.gcf()))
    yield shown
    plt.close("all")


def test_losses_and_accuracies_have_axes_of_their_own(figures):
    plot_curves(CURVES, "a title")
    loss, accuracy = figures[0].axes
    assert (loss.get_ylabel(), accuracy.get_ylabel()) == ("loss", "accuracy")
    assert [t.get_text() for t in accuracy.get_legend().get_texts()] == ["acc train", "acc test"]
    assert loss.get_xlabel() == "epoch"
    assert figures[0].get_suptitle() == "a title"


def test_curves_may_be_tensors_that_require_gradients(figures):
    plot_curves({"loss_train": [torch.tensor(0.5, requires_grad=True).detach()]})
    assert len(figures[0].axes) == 1


def test_few_numbers_stand_at_the_axes(figures):
    for axes, scale in zip(new_figure(3, width=6), ("linear", "log", "log"), strict=True):
        axes.set(yscale=scale, xticks=[0, 1, 2, 3, 4, 5, 6, 7])
    linear, short, long = panels = plt.gcf().axes
    linear.plot([0, 3.7])
    short.plot([2, 30])
    long.plot([1, 1e6])
    show()
    assert len(linear.get_yticks()) <= 7  # five intervals, and their ends beyond the axis
    assert len(short.yaxis.get_minorticklocs()) > 5
    assert len(long.yaxis.get_minorticklocs()) == 0
    assert all(axes.get_xticks().tolist() == list(range(8)) for axes in panels)


def test_heat_maps_write_value_and_spread_into_the_cells(figures):
    plot_heatmaps({"acc_val": [[0.5, 0.955]]}, [10], [0.1, 0.3], spread={"acc_val": [[0.01, 0.02]]})
    axes = figures[0].axes[0]
    assert [t.get_text() for t in axes.texts] == ["50.0%\n± 1.0%", "95.5%\n± 2.0%"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("learning rate", "batch size")


def test_a_decision_map_takes_class_numbers_and_probabilities(figures):
    X, y = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]]), np.array([0, 1, 1])
    plot_decision(lambda points: (points[:, 0] > 0.5).astype(int), X, y, "classes")
    plot_decision(lambda points: torch.softmax(torch.from_numpy(points), dim=1), X, np.eye(2)[y])
    assert [figure.axes[0].get_title() for figure in figures] == ["classes", ""]


def test_logits_are_refused():
    with pytest.raises(ValueError, match="logits"):
        probability_of_class_1(torch.tensor([[3.0, -1.0]]))


def test_the_data_are_drawn_with_a_legend(figures):
    data = CirclesData()
    data.plot_data()
    data.plot_data_with_grid(torch.full((1600, 2), 0.5), "half")
    data.plot_loss(CURVES)
    assert [len(figure.axes) for figure in figures] == [1, 2, 2]
    assert figures[0].axes[0].get_legend() is not None


def train(live, n_epochs=30, seconds=0.0):
    with live:
        for epoch in live.epochs(n_epochs):
            time.sleep(seconds)
            p = torch.rand(1600)
            live.update(torch.stack([1 - p, p], dim=1), {name: [epoch] for name in CURVES})


@pytest.fixture
def pages(monkeypatch):
    """What a live plot would show under the cell, in order."""
    shown = []
    monkeypatch.setattr(live_module, "display", lambda page, **_: shown.append(page.data))
    return shown


def test_a_live_plot_ends_with_eight_moments_and_keeps_the_curves(figures, pages):
    live = LivePlot(CirclesData(), title="a < b")
    train(live)
    captions = re.findall(r"<figcaption[^>]*>(epoch \d+)", pages[-1])
    assert (len(captions), captions[0], captions[-1]) == (8, "epoch 1", "epoch 30")
    assert "a &lt; b" in pages[-1]
    assert live.curves["loss_test"] == list(range(30))
    live.plot_curves()
    assert len(figures) == 1


def test_a_moment_shows_both_classes_where_they_are():
    """The second class above, the first below, one point of it at the left end."""
    frame = np.repeat(np.array([0, 255], dtype=np.uint8), 800)
    image = plt.imread(io.BytesIO(picture(frame, [(0.0, 10.0, 0)], scale=4)))[..., :3]
    assert image.shape == (160, 160, 3)
    assert (image[0, 80] * 255).round().tolist() == list(MAP_ENDS[1])
    assert (image[-1, 80] * 255).round().tolist() == list(MAP_ENDS[0])
    assert image[159 - 40, 0].tolist() != image[-1, 80].tolist()


def test_while_grading_a_live_plot_draws_nothing_and_ends_after_a_few_epochs(figures, monkeypatch, capsys):
    monkeypatch.setenv("GRADING", "1")
    monkeypatch.setattr(live_module, "_SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(LivePlot, "_redraw", lambda self: pytest.fail("drawn while grading"))
    live = LivePlot(CirclesData())
    train(live)
    live.plot_curves()
    live.player()
    assert figures == []
    assert live.curves["loss_test"] == [0, 1, 2]
    assert "only 3 of the 30 epochs" in capsys.readouterr().out


def test_a_live_plot_draws_nothing_when_the_training_fails(figures):
    with pytest.raises(NotImplementedError), LivePlot(CirclesData()):
        raise NotImplementedError
    assert figures == []


def test_drawing_takes_no_more_than_its_share_of_the_time(monkeypatch):
    monkeypatch.setattr(live_module, "_SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(LivePlot, "_redraw", lambda self: time.sleep(0.02))
    live = LivePlot(CirclesData())
    start = time.perf_counter()
    train(live, n_epochs=200, seconds=0.002)
    assert live._drawing <= 0.1 * (time.perf_counter() - start) + 0.1


def test_a_training_too_short_for_one_drawing_is_not_held_up(monkeypatch):
    monkeypatch.setattr(live_module, "_SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(live_module, "_FIRST_DRAWING", 60.0)
    monkeypatch.setattr(LivePlot, "_redraw", lambda self: pytest.fail("drawn"))
    train(LivePlot(CirclesData()))


def test_the_player_holds_every_epoch_and_asks_no_other_host(pages):
    live = LivePlot(CirclesData())
    train(live, n_epochs=7)
    live.player()
    assert 'max="6"' in pages[-1]
    assert "http" not in pages[-1]
