"""The figures of a notebook that is graded as PNG, each of them drawn once.

matplotlib's way of saving rehearses a figure that has a layout: it draws all of it without output, fits the axes twice,
then draws once more. Most of the time of a notebook's own cells goes there. Here the axes are fitted once, and what has been
fitted is drawn.
"""

from __future__ import annotations

import io

from matplotlib import _constrained_layout as fitting
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

FAST = {"compress_level": 3}


def png(figure: Figure) -> bytes | None:
    """The figure as a PNG file; None when there is nothing on it."""
    if not figure.axes and not figure.lines:
        return None
    engine = figure.get_layout_engine()
    if type(engine) is ConstrainedLayoutEngine and not engine._compress:
        fit(figure, engine)
    elif engine is not None:
        engine.execute(figure)
    canvas = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    file = io.BytesIO()
    figure.set_layout_engine("none")
    try:
        canvas.print_png(file, pil_kwargs=FAST)
    finally:
        figure.set_layout_engine(engine)
    return file.getvalue()


def fit(figure: Figure, engine: ConstrainedLayoutEngine) -> None:
    """One of the two rounds of matplotlib's constrained layout: the axes get the room that their labels leave now."""
    grids = fitting.make_layoutgrids(figure, None, rect=engine.get()["rect"])
    if not grids["hasgrids"]:
        return
    given, (width, height) = engine.get(), figure.get_size_inches()
    room = {"w_pad": given["w_pad"] / width, "h_pad": given["h_pad"] / height}
    gaps = {"wspace": given["wspace"], "hspace": given["hspace"]}
    renderer = figure._get_renderer()
    fitting.make_layout_margins(grids, figure, renderer, **room, **gaps)
    fitting.make_margin_suptitles(grids, figure, renderer, **room)
    fitting.match_submerged_margins(grids, figure)
    grids[figure].update_variables()
    if fitting.check_no_collapsed_axes(grids, figure):
        fitting.reposition_axes(grids, figure, renderer, **room, **gaps)
