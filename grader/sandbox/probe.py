"""An entry for the self-test and the tests: runs the source text it is given inside the sandbox."""

from __future__ import annotations

import importlib
import socket
from collections.abc import Callable
from typing import Any


def around(serve: Callable[[], None], arguments: dict[str, Any]) -> None:
    """Import what `arguments["imports"]` names, run `arguments["before"]`, then serve."""
    for name in arguments.get("imports", ()):
        importlib.import_module(name)
    exec(arguments.get("before", ""), {})
    serve()


def main(sockets: list[socket.socket], arguments: dict[str, Any]) -> None:
    """Run `arguments["source"]`; it sees `sockets` and `arguments`."""
    exec(arguments["source"], {"sockets": sockets, "arguments": arguments})
