"""The figures of a notebook that is graded as PNG, each of them drawn once.

matplotlib rehearses a figure that has a layout or is to be cropped: it fits the axes twice and draws everything without
output before it draws for good. Most of the time of a notebook's own cells goes there. Here the axes are fitted once, the
figure is drawn on a sheet that is too large, and the pixels show where to crop it.
"""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
from IPython.core.formatters import DisplayFormatter
from matplotlib import _constrained_layout as fitting
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.transforms import Bbox
from PIL import Image

SPARE = np.array([[-2.0, -1.0], [2.0, 1.0]])  # inches around the figure, where a legend may stand
PAD = 0.1  # inches that stay around the content
NO_LAYOUT: Any = {"figure.autolayout": False, "figure.constrained_layout.use": False}
FAST = 3  # zlib's level: a third faster than the usual one, a twentieth larger


def drawn_once(formatter: DisplayFormatter) -> None:
    """Let IPython show figures in this way and in no other."""
    for form in formatter.formatters.values():
        form.pop(Figure, None)
    formatter.formatters["image/png"].for_type(Figure, png)


def png(figure: Figure) -> bytes | None:
    """The figure as a PNG file, cropped to what is on it; None when there is nothing."""
    if not figure.axes and not figure.lines:
        return None
    pixels = cropped(draw(figure), round(PAD * figure.dpi))
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png", compress_level=FAST)
    return file.getvalue()


def draw(figure: Figure) -> np.ndarray:
    """The figure with spare room around it: red, green, blue, opacity (height, width, 4) in 0..255."""
    engine = figure.get_layout_engine()
    with contextlib.suppress(ValueError):  # as matplotlib does: better a figure that is not fitted than none
        if isinstance(engine, ConstrainedLayoutEngine) and not getattr(engine, "_compress", False):
            fit(figure, engine)
        elif engine is not None:
            engine.execute(figure)
    sheet: Any = _Sheet()
    box = Bbox(SPARE + [[0, 0], figure.get_size_inches()])
    with rc_context(NO_LAYOUT):
        figure.set_layout_engine(None)
        try:
            figure.savefig(
                sheet, format="raw", dpi=figure.dpi, bbox_inches=box, facecolor=figure.get_facecolor()
            )
        finally:
            figure.set_layout_engine(engine)
    return sheet.pixels


class _Sheet(io.RawIOBase):
    """A file that keeps the array which matplotlib writes."""

    pixels: np.ndarray

    def write(self, pixels: Any) -> int:
        """See io.RawIOBase."""
        self.pixels = np.array(pixels)
        return self.pixels.nbytes


def cropped(pixels: np.ndarray, pad: int) -> np.ndarray:
    """Without the borders in the colour of the first pixel, of which `pad` pixels stay."""
    colours = pixels.view(np.uint32)[:, :, 0]
    content = colours != colours[0, 0]
    rows, columns = (np.flatnonzero(content.any(axis)) for axis in (1, 0))
    if not len(rows):
        return pixels
    above, left = max(rows[0] - pad, 0), max(columns[0] - pad, 0)
    return pixels[above : rows[-1] + pad + 1, left : columns[-1] + pad + 1]


def fit(figure: Figure, engine: ConstrainedLayoutEngine) -> None:
    """One of the two rounds of matplotlib's constrained layout: the axes get the room that their labels leave now."""
    given, (width, height) = engine.get(), figure.get_size_inches()
    grids = fitting.make_layoutgrids(figure, None, rect=given["rect"])
    if not grids["hasgrids"]:
        return
    room = {"w_pad": given["w_pad"] / width, "h_pad": given["h_pad"] / height}
    gaps = {"wspace": given["wspace"], "hspace": given["hspace"]}
    renderer = figure._get_renderer()  # type: ignore[attr-defined]
    fitting.make_layout_margins(grids, figure, renderer, **room, **gaps)
    fitting.make_margin_suptitles(grids, figure, renderer, **room)
    fitting.match_submerged_margins(grids, figure)
    grids[figure].update_variables()
    if fitting.check_no_collapsed_axes(grids, figure):
        fitting.reposition_axes(grids, figure, renderer, **room, **gaps)
