"""Figures of the labs: data, decision maps, learning curves, heat maps. Titles, labels and legends are built in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import AutoLocator, LogLocator, NullLocator

CLASS_COLOURS = ("tab:blue", "tab:red")
# From the first class to the second, pale enough for the points to stand out.
MAP_ENDS = ((134, 180, 220), (239, 148, 137))  # red, green, blue in 0..255
MAP_COLOURS = LinearSegmentedColormap.from_list(
    "classes", [tuple(c / 255 for c in colour) for colour in (MAP_ENDS[0], (255, 255, 255), MAP_ENDS[1])]
)
GRID_EXTENT = (-2.05, 1.95, -2.05, 1.95)  # of the 40 x 40 grid of CirclesData


def new_figure(panels: int, width: float = 4.0, height: float | None = None, per_row: int = 10) -> list[Axes]:
    """A figure of `panels` panels, at most `per_row` side by side, each `width` x `height` inches; its axes."""
    rows, columns = -(-panels // per_row), min(panels, per_row)
    size = (width * columns, (height or width * 0.85) * rows)
    _, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    for spare in axes.flat[panels:]:
        spare.axis("off")
    return list(axes.flat[:panels])


def show() -> None:
    """Put the current figure under the cell and forget it; few ticks make it quick to read, and to draw."""
    for axes in plt.gcf().axes:
        _thin_out(axes.xaxis)
        _thin_out(axes.yaxis)
    plt.show()
    plt.close()


def _thin_out(axis: Axis) -> None:
    """At most five intervals; on a logarithmic axis of more than two decades nothing between their ends."""
    ends, locator = axis.get_view_interval(), axis.get_major_locator()
    if axis.get_scale() == "log" and max(ends) > 100 * min(ends):
        axis.set_minor_locator(NullLocator())
        if isinstance(locator, LogLocator):
            locator.set_params(numticks=6)
    elif isinstance(locator, AutoLocator):
        locator.set_params(nbins=5)


def plot_curves(
    curves: Mapping[str, Sequence[float]],
    title: str = "",
    *,
    xlabel: str = "epoch",
    ylabel: str = "loss",
    log: bool = False,
) -> None:
    """Draw curves by name; those whose name starts with `acc` get axes of their own, as a percentage.

    curves: name -> one number per epoch (or per update: say so in `xlabel`). log: logarithmic axis for the losses.
    """
    accuracies = {name: values for name, values in curves.items() if name.startswith("acc")}
    losses = {name: values for name, values in curves.items() if name not in accuracies}
    groups = [group for group in (losses, accuracies) if group]
    for axes, group in zip(new_figure(len(groups), height=3.0), groups, strict=True):
        draw_curves(axes, group, xlabel=xlabel, ylabel="accuracy" if group is accuracies else ylabel)
        if group is accuracies:
            axes.yaxis.set_major_formatter("{x:.0%}")
        elif log:
            axes.set_yscale("log")
    if title:
        plt.gcf().suptitle(title, fontsize=10)
    show()


def draw_curves(axes: Axes, curves: Mapping[str, Sequence[float]], *, xlabel: str, ylabel: str) -> None:
    """Draw curves by name on `axes`; training full, test and validation dashed."""
    for name, values in curves.items():
        held_out = name.endswith(("test", "val"))
        numbers = [float(value) for value in values]
        axes.plot(
            range(1, len(numbers) + 1), numbers, "--" if held_out else "-", label=name.replace("_", " ")
        )
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)


def plot_heatmaps(
    panels: Mapping[str, Any],
    rows: Sequence[Any],
    columns: Sequence[Any],
    *,
    ylabel: str = "batch size",
    xlabel: str = "learning rate",
    spread: Mapping[str, Any] | None = None,
    title: str = "",
) -> None:
    """Draw one annotated heat map for each entry of `panels`, two side by side.

    panels: name -> array (len(rows), len(columns)). Names that start with `acc` are shown as percentages.
    spread: the same for the standard deviation over the seeds, written below the value.
    """
    for axes, (name, values) in zip(
        new_figure(len(panels), 4.6, 3.6, per_row=2), panels.items(), strict=True
    ):
        table = np.asarray(values, dtype=float)
        about = None if spread is None else np.asarray(spread[name], dtype=float)
        draw_heatmap(axes, table, about, percent=name.startswith("acc"))
        axes.set_xticks(range(len(columns)), [str(column) for column in columns])
        axes.set_yticks(range(len(rows)), [str(row) for row in rows])
        axes.set(xlabel=xlabel, ylabel=ylabel, title=name.replace("_", " "))
    if title:
        plt.gcf().suptitle(title)
    show()


def draw_heatmap(axes: Axes, table: np.ndarray, spread: np.ndarray | None, percent: bool) -> None:
    """Draw `table` as colours, with its numbers (and their spread) written in the cells; bright is better."""
    image = axes.imshow(table, cmap="viridis" if percent else "viridis_r", aspect="auto")
    middle = (np.nanmin(table) + np.nanmax(table)) / 2
    for (i, j), value in np.ndenumerate(table):
        text = f"{value:.1%}" if percent else f"{value:.3f}"
        if spread is not None:
            text += f"\n± {spread[i, j]:.1%}" if percent else f"\n± {spread[i, j]:.3f}"
        bright = (value > middle) == percent
        axes.text(j, i, text, ha="center", va="center", fontsize=8, color="black" if bright else "white")
    axes.figure.colorbar(image, ax=axes, format="{x:.0%}" if percent else None)


def plot_decision(
    predict: Callable[[np.ndarray], Any],
    X: Any,
    y: Any,
    title: str = "",
    *,
    margin: float = 0.5,
    steps: int = 80,
) -> None:
    """Draw what `predict` says on a grid around the points `X (n, 2)` of two classes, and the points.

    predict: array (m, 2) -> probability of class 1 (m,), class numbers (m,), or probabilities (m, 2).
    y: class numbers (n,) or one-hot rows (n, 2).
    """
    X, labels = as_array(X), as_array(y)
    labels = labels.argmax(1) if labels.ndim == 2 else labels
    low, high = X.min(0) - margin, X.max(0) + margin
    across, up = np.meshgrid(np.linspace(low[0], high[0], steps), np.linspace(low[1], high[1], steps))
    values = as_array(predict(np.stack([across.ravel(), up.ravel()], axis=1)))
    axes = new_figure(1, width=5.0)[0]
    draw_map(axes, values, extent=(low[0], high[0], low[1], high[1]), shape=(steps, steps), colorbar=True)
    for k, colour in enumerate(CLASS_COLOURS):
        axes.plot(*X[labels == k].T, "o", color=colour, ms=4, mec="white", mew=0.4, label=f"class {k}")
    axes.legend(loc="upper right", fontsize=7)
    axes.set(xlabel="x1", ylabel="x2", title=title)
    show()


def draw_map(
    axes: Axes,
    values: Any,
    *,
    extent: tuple[float, float, float, float] = GRID_EXTENT,
    shape: tuple[int, int] = (40, 40),
    colorbar: bool = False,
) -> Any:
    """Draw predictions on a grid (x fastest) as colours from 0 (class 0) to 1 (class 1); returns the image."""
    table = probability_of_class_1(values).reshape(shape)
    image = axes.imshow(
        table,
        origin="lower",
        extent=extent,
        cmap=MAP_COLOURS,
        vmin=0,
        vmax=1,
        aspect="auto",
    )
    if colorbar:
        axes.figure.colorbar(image, ax=axes, label="probability of class 1 (red)")
    return image


def draw_circles(axes: Axes, data: Any, size: float = 4.0) -> None:
    """Draw the training points (discs) and the test points (crosses) of CirclesData, coloured by class."""
    for part, marker, edge in (("train", "o", "white"), ("test", "+", None)):
        X, Y = as_array(getattr(data, f"X{part}")), as_array(getattr(data, f"Y{part}"))
        for k, colour in enumerate(CLASS_COLOURS):
            points = X[Y[:, k] == 1].T
            axes.plot(
                *points,
                marker,
                color=colour,
                mec=edge or colour,
                ms=size,
                mew=0.5,
                label=f"class {k}, {part}",
            )
    ticks = (-1, 0, 1)
    axes.set(xlabel="x1", ylabel="x2", xticks=ticks, yticks=ticks, aspect="equal")
    axes.set(xlim=GRID_EXTENT[:2], ylim=GRID_EXTENT[2:])


def probability_of_class_1(values: Any) -> np.ndarray:
    """Column 1 of probabilities (m, 2), or values (m,) as they are; refuses what is not in [0, 1] (logits)."""
    table = as_array(values)
    column = table[:, 1] if table.ndim == 2 else table
    if np.nanmin(column) < -1e-6 or np.nanmax(column) > 1 + 1e-6:
        raise ValueError(
            "a decision map is drawn from probabilities in [0, 1]; these values are not (logits?)"
        )
    return column.astype(float)


def as_array(values: Any) -> np.ndarray:
    """A numpy array of a tensor (also one that requires gradients), an array or a list."""
    return values.detach().numpy() if hasattr(values, "detach") else np.asarray(values)
