"""`make lab`: JupyterLab with nbgrader and this folder's configuration; further arguments go to JupyterLab."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def environment() -> dict[str, str]:
    """The environment in which JupyterLab finds this folder, and nbgrader its own programs."""
    places = [str(HERE), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    programs = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    return {
        **os.environ,
        "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, places)),
        "PATH": os.pathsep.join(programs),
    }


if __name__ == "__main__":
    os.execve(sys.executable, [sys.executable, "-m", "jupyterlab", *sys.argv[1:]], environment())
