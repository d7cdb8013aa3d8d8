"""A decision map that follows the training, and costs little of its time."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import numpy as np
from IPython.display import HTML, DisplayHandle, display

from utils.moments import moments
from utils.notebook import grading
from utils.plots import (
    GRID_EXTENT,
    MAP_ENDS,
    as_array,
    plot_curves,
    probability_of_class_1,
)

_SHARE = 0.02  # of the time of the training that drawing on the way may take; recording and moments are cheap
# Seconds that the first drawing is expected to take; a later one is expected to take those of the last.
_FIRST_DRAWING = 0.01
_SECONDS_BETWEEN = 0.25
_EPOCHS_WHILE_GRADING = 3
_CURVES = ("loss_train", "acc_train", "loss_test", "acc_test")


class LivePlot:
    """The decision map of a network on CirclesData while it learns.

    with LivePlot(data) as live:
        for epoch in live.epochs(n_epochs):
            ...one epoch...
            live.update(Ygrid, curves)      # Ygrid (1600, 2) probabilities on data.Xgrid
    live.plot_curves()

    At the end eight moments of the training are drawn side by side; `live.player()` steps through all of them.
    While the notebook is graded nothing is drawn, and `epochs` ends after a few.
    """

    def __init__(self, data: Any, title: str = "") -> None:
        self.data = data
        self.title = title
        self.curves: dict[str, list[float]] = {name: [] for name in _CURVES}
        self._frames: list[np.ndarray] = []
        self._drawn_points: list[list[float]] = []
        self._handle: DisplayHandle | None = None
        self._drawing, self._next = 0.0, _FIRST_DRAWING
        self._last = self._start = time.perf_counter()

    def __enter__(self) -> LivePlot:
        self._last = self._start = time.perf_counter()
        return self

    def epochs(self, n_epochs: int) -> range:
        """The numbers of the epochs to train, 0 to n_epochs - 1; while the notebook is graded only the first few."""
        if not grading() or n_epochs <= _EPOCHS_WHILE_GRADING:
            return range(n_epochs)
        print(
            f"While grading only {_EPOCHS_WHILE_GRADING} of the {n_epochs} epochs are run, and nothing is drawn."
        )
        return range(_EPOCHS_WHILE_GRADING)

    def update(self, Ygrid: Any, curves: Mapping[str, Sequence[float]] | None = None) -> None:
        """Record an epoch: its predictions `Ygrid (1600, 2)` on the grid, and its entries of the four curves."""
        self._frames.append((probability_of_class_1(Ygrid) * 255).round().astype(np.uint8))
        for name in _CURVES if curves is not None else ():
            self.curves[name].extend(float(value) for value in curves[name])  # type: ignore[index]
        now = time.perf_counter()
        training = now - self._start - self._drawing
        due = now - self._last >= _SECONDS_BETWEEN and self._drawing + self._next <= _SHARE * training
        if due and not grading():
            self._redraw()
            self._last = time.perf_counter()
            self._next = self._last - now
            self._drawing += self._next

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            self._handle.update(HTML(""))  # the moments below say more
        if error is None and self._frames and not grading():
            self._draw_moments(8)

    def plot_curves(self) -> None:
        """Draw the four curves, loss and accuracy on their own axes."""
        if not grading() and self.curves["loss_train"]:
            plot_curves(self.curves, self.title)

    def player(self) -> None:
        """Show a slider that steps through every recorded epoch (drawn by the browser, 2 kB an epoch)."""
        if grading() or not self._frames:
            return
        captions = [self._caption(i) for i in range(len(self._frames))]
        display(HTML(_player(self._frames, captions, self._points())))

    def _caption(self, i: int) -> str:
        if len(self.curves["acc_test"]) <= i:
            return f"epoch {i + 1}"
        return f"epoch {i + 1}: test {self.curves['acc_test'][i]:.1%}"

    def _redraw(self) -> None:
        """Draw the latest map, in the one picture that the cell shows."""
        caption = self._caption(len(self._frames) - 1)
        page = HTML(moments(self._frames[-1:], [caption], self._points(), self.title, scale=4))
        if self._handle is None:
            self._handle = display(page, display_id=True)
        else:
            self._handle.update(page)

    def _points(self) -> list[list[float]]:
        """Training points as [x, y, class], in cells of the 40 x 40 grid."""
        if not self._drawn_points:
            X, classes = as_array(self.data.Xtrain), as_array(self.data.Ytrain).argmax(axis=1)
            low, width = GRID_EXTENT[0], (GRID_EXTENT[1] - GRID_EXTENT[0]) / 40
            cells = ((X - low) / width).round(2)
            self._drawn_points = [
                [float(x), float(y), int(k)] for (x, y), k in zip(cells, classes, strict=True)
            ]
        return self._drawn_points

    def _draw_moments(self, n: int) -> None:
        """Small multiples: `n` epochs, closer together at the start, where most happens."""
        last = len(self._frames) - 1
        chosen = sorted({round(last * (k / (n - 1)) ** 2) for k in range(n)}) if last else [0]
        frames, captions = [self._frames[i] for i in chosen], [self._caption(i) for i in chosen]
        display(HTML(moments(frames, captions, self._points(), self.title)))


def _player(frames: list[np.ndarray], captions: list[str], points: list[list[float]]) -> str:
    """A page fragment with a canvas, a slider and the frames (uint8, y upwards) in base64; no other host needed."""
    pixels = base64.b64encode(np.stack(frames).tobytes()).decode()
    return (
        _PLAYER.replace("NAME", f"player{time.time_ns()}")
        .replace("LAST", str(len(frames) - 1))
        .replace("CAPTIONS", json.dumps(captions))
        .replace("POINTS", json.dumps(points))
        .replace("ENDS", json.dumps(MAP_ENDS))
        .replace("PIXELS", pixels)
    )


_PLAYER = """<div id="NAME"><canvas width="320" height="320" style="border:1px solid #999"></canvas><br>
<input type="range" min="0" max="LAST" value="LAST" style="width:320px" aria-label="epoch"><div></div></div>
<script>(function () {
  const box = document.getElementById("NAME"), captions = CAPTIONS, points = POINTS;
  const pixels = Uint8Array.from(atob("PIXELS"), c => c.charCodeAt(0));
  const canvas = box.querySelector("canvas").getContext("2d"), slider = box.querySelector("input");
  const small = document.createElement("canvas"), ends = ENDS;
  small.width = small.height = 40;
  canvas.imageSmoothingEnabled = false;
  function draw() {
    const k = +slider.value, map = small.getContext("2d"), picture = map.createImageData(40, 40);
    for (let i = 0; i < 1600; i++) {
      const p = pixels[k * 1600 + i] / 255, at = 4 * ((39 - Math.floor(i / 40)) * 40 + i % 40);
      for (let c = 0; c < 3; c++)
        picture.data[at + c] = 255 + (ends[+(p > 0.5)][c] - 255) * Math.abs(2 * p - 1);
      picture.data[at + 3] = 255;
    }
    map.putImageData(picture, 0, 0);
    canvas.drawImage(small, 0, 0, 320, 320);
    for (const [x, y, label] of points) {
      canvas.beginPath();
      canvas.arc(8 * x, 320 - 8 * y, 2.5, 0, 7);
      canvas.fillStyle = label ? "#d62728" : "#1f77b4";
      canvas.fill();
    }
    box.lastElementChild.textContent = captions[k];
  }
  slider.oninput = draw; draw();
})();</script>"""
