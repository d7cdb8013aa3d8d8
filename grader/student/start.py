"""Make the environment of the labs when it is missing or old, then open JupyterLab: `python start.py`.

The environment is the folder `.venv` beside this file. `--cpu` takes PyTorch's smaller build (Linux without an
NVIDIA card), `--no-open` only makes the environment.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PLACE = FOLDER / ".venv"
PYTHON = PLACE / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PINS = FOLDER / "requirements.txt"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def main(arguments: list[str]) -> int:
    """Prepare, then open JupyterLab unless told not to; gives the exit status."""
    unknown = set(arguments) - {"--cpu", "--no-open"}
    if unknown:
        sys.exit(f"start.py does not know {', '.join(sorted(unknown))}; it knows --cpu and --no-open")
    if sys.version_info < (3, 11):  # noqa: UP036  (students may have any Python)
        sys.exit("Python 3.11 or newer is needed: install it from https://www.python.org/downloads/")
    prepare("--cpu" in arguments)
    if "--no-open" in arguments:
        return 0
    print("JupyterLab opens in the browser; it ends with Ctrl+C in this window.", flush=True)
    return subprocess.run([PYTHON, "-m", "jupyterlab", "--notebook-dir", FOLDER], check=False).returncode


def prepare(cpu: bool) -> None:
    """The environment with the pinned packages; done already when the pins are those of the last time."""
    stamp = PLACE / "set-up"
    pins = hashlib.sha256(PINS.read_bytes()).hexdigest()
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == pins:
        return
    print("Setting up .venv: some minutes and up to 3 GB, only the first time.", flush=True)
    if not PYTHON.exists():
        try:
            venv.create(PLACE, with_pip=True, symlinks=os.name != "nt")
        except (OSError, subprocess.CalledProcessError):
            sys.exit("The environment could not be made. On Debian or Ubuntu: sudo apt install python3-venv")
    if cpu:
        torch = [line for line in PINS.read_text().split() if line.startswith("torch==")]
        install("--index-url", CPU_INDEX, *torch)
    install("-r", str(PINS))
    stamp.write_text(pins)


def install(*what: str) -> None:
    """Install packages into the environment; ends the program with pip's words when that fails."""
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*pip, *what], check=False).returncode:
        sys.exit("The packages could not be installed. With a network connection, run start.py once more.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
