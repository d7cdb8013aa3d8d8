"""The hub of deploy/jupyterhub on free ports of this machine, and what tells whether it can run here."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil

from grader.reporting.screenshot import find_chromium

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "jupyterhub"
CONFIG = DEPLOY / "jupyterhub_config.py"
START_SECONDS = 240.0
END_SECONDS = 60.0
PROXY = os.environ.get("CLASS_PROXY", "configurable-http-proxy")
PLACES = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
STUDENT_PASSWORD = "a password of students"
TEACHER_PASSWORD = "a password of teachers, which is a long one"


def missing() -> str:
    """What the test in a browser needs and this machine lacks; empty where nothing is missing."""
    needed = {
        "jupyterhub (pip install -r deploy/jupyterhub/requirements.txt)": find_spec("jupyterhub"),
        "configurable-http-proxy (npm install --global --prefix .venv configurable-http-proxy)": shutil.which(
            PROXY, path=PLACES
        ),
        "chromium": find_chromium(),
    }
    return ", ".join(name for name, found in needed.items() if not found)


@dataclass(frozen=True)
class Hub:
    """Where it answers, its folder of state and its process."""

    address: str
    state: Path
    process: psutil.Process

    def listening(self) -> set[str]:
        """The addresses at which the hub, its proxy, its servers and their kernels accept connections."""
        found = set()
        for process in [self.process, *self.process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                found |= {
                    c.laddr.ip for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN
                }
        return found


def environment(course: Path, state: Path) -> dict[str, str]:
    """What an operator sets before the hub starts, with free ports."""
    with socket.socket() as first, socket.socket() as second, socket.socket() as third:
        for probe in (first, second, third):
            probe.bind(("127.0.0.1", 0))
        ports = [str(probe.getsockname()[1]) for probe in (first, second, third)]
    return {
        "CLASS_COURSE": str(course),
        "CLASS_STATE": str(state),
        "CLASS_STUDENTS": "ann,bob",
        "CLASS_STUDENT_PASSWORD": STUDENT_PASSWORD,
        "CLASS_TEACHER_PASSWORD": TEACHER_PASSWORD,
        "CLASS_PROXY": PROXY,
        **dict(zip(("CLASS_PORT", "CLASS_HUB_PORT", "CLASS_PROXY_PORT"), ports, strict=True)),
    }


@contextmanager
def running(course: Path, state: Path) -> Iterator[Hub]:
    """The hub of a course; with the block ends every process it started."""
    settings = environment(course, state)
    log = state.with_suffix(".log")
    command = [sys.executable, "-m", "jupyterhub", "-f", str(CONFIG)]
    with log.open("w") as stream:
        process = psutil.Popen(
            command, cwd=state.parent, env=os.environ | settings, stdout=stream, stderr=subprocess.STDOUT
        )
    hub = Hub(f"http://127.0.0.1:{settings['CLASS_PORT']}", state, process)
    try:
        _wait(hub, log)
        yield hub
    finally:
        _end(process)


def _wait(hub: Hub, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and hub.process.poll() is None:
        with suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"{hub.address}/hub/health", timeout=10).close()
            return
        time.sleep(0.2)
    raise AssertionError(f"the hub does not answer:\n{log.read_text()[-3000:]}")


def _end(process: psutil.Popen) -> None:
    """The hub ends its servers and its proxy; whoever stays is killed."""
    everyone = [process]
    with suppress(psutil.NoSuchProcess):
        everyone += process.children(recursive=True)
        process.terminate()
    with suppress(psutil.TimeoutExpired, subprocess.TimeoutExpired):
        process.wait(END_SECONDS)
    for left in everyone:
        with suppress(psutil.NoSuchProcess):
            left.kill()
    psutil.wait_procs(everyone, END_SECONDS)
