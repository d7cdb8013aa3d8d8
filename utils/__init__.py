"""What a notebook of the course imports: data, comparison, plots, progress, sweeps.

`import utils` itself costs nothing: each name loads its module when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from utils.compare import CheckFailed, check_close, expect
    from utils.data import CirclesData, MNISTData
    from utils.gradcheck import check_gradients, numerical_gradients
    from utils.live import LivePlot
    from utils.notebook import check, grading, if_written, lab_progress
    from utils.plots import plot_curves, plot_decision, plot_heatmaps
    from utils.progressbar import progress
    from utils.sweeps import sweep

__all__ = [
    "CheckFailed",
    "CirclesData",
    "LivePlot",
    "MNISTData",
    "check",
    "check_close",
    "check_gradients",
    "expect",
    "grading",
    "if_written",
    "lab_progress",
    "numerical_gradients",
    "plot_curves",
    "plot_decision",
    "plot_heatmaps",
    "progress",
    "sweep",
]

_MODULE_OF = {
    "CheckFailed": "compare",
    "check_close": "compare",
    "expect": "compare",
    "CirclesData": "data",
    "MNISTData": "data",
    "check_gradients": "gradcheck",
    "numerical_gradients": "gradcheck",
    "LivePlot": "live",
    "check": "notebook",
    "grading": "notebook",
    "if_written": "notebook",
    "lab_progress": "notebook",
    "plot_curves": "plots",
    "plot_decision": "plots",
    "plot_heatmaps": "plots",
    "progress": "progressbar",
    "sweep": "sweeps",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"utils has no {name!r}; it has {', '.join(__all__)}")
    value = getattr(importlib.import_module(f"utils.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
