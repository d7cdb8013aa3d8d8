"""A JupyterLab of the course on a free port of this machine, for tests and pictures: it ends with its block."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.errors import GraderError

START_SECONDS = 240.0
END_SECONDS = 30.0


class ServerError(GraderError):
    """JupyterLab did not start; the message has its own last words."""


@dataclass(frozen=True)
class Server:
    """Where it answers, and the token that opens it."""

    address: str
    token: str


@contextmanager
def running(root: Path, home: Path) -> Iterator[Server]:
    """JupyterLab on the course in `root`; what Jupyter keeps for a user goes to `home`. Raises ServerError."""
    server = Server(f"http://127.0.0.1:{_free_port()}", secrets.token_hex(16))
    log = home / "jupyterlab.log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            _command(server), cwd=root, env=_environment(home), stdout=stream, stderr=stream, start_new_session=True
        )  # fmt: skip
    try:
        _wait(server, process, log)
        yield server
    finally:
        _end(process)


def _command(server: Server) -> list[str]:
    command = [sys.executable, "-m", "grader.lab", "--no-browser", "--ip=127.0.0.1"]
    command += [f"--port={server.address.rsplit(':', 1)[1]}", "--ServerApp.port_retries=0"]
    command.append(f"--IdentityProvider.token={server.token}")
    return [*command, "--allow-root"] if os.geteuid() == 0 else command


def _environment(home: Path) -> dict[str, str]:
    places = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    packages = str(Path(__file__).resolve().parents[2])
    return {**os.environ, **places, "HOME": str(home), "IPYTHONDIR": str(home), "PYTHONPATH": packages}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"{server.address}/api/status?token={server.token}", timeout=10).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise ServerError(f"JupyterLab does not answer:\n{log.read_text()[-3000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server with its kernels."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
