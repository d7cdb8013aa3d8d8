"""What is shown of the objects of a notebook that is graded."""

from __future__ import annotations

import sys
from typing import Any

from IPython.core.formatters import DisplayFormatter


class Formatter(DisplayFormatter):
    """Shows figures as PNG, whichever format a notebook asks for by `%config InlineBackend`."""

    def format(self, obj: Any, include: Any = None, exclude: Any = None) -> Any:
        """See DisplayFormatter."""
        matplotlib = sys.modules.get("matplotlib.figure")
        if matplotlib is not None and isinstance(obj, matplotlib.Figure):
            from grader.boundary.figures import drawn_once

            drawn_once(self)
        return super().format(obj, include, exclude)
