"""What Jupyter's server is told for the teacher: as `make lab` does, and the formgrader may stand in JupyterLab's tab."""

from importlib.util import find_spec
from pathlib import Path

c = get_config()  # noqa: F821
c.ServerApp.tornado_settings = {
    "headers": {
        "Content-Security-Policy": "frame-ancestors 'self'"
    },  # the hub's default lets no page be framed
    "static_custom_path": [str(Path(find_spec("grader").origin).parent / "lab" / "custom")],
}
