"""Make the environment of the labs when it is missing or old, then open JupyterLab: `python start.py`.

The environment is the folder `.venv` beside this file. `--cpu` takes PyTorch's smaller build (Linux without an
NVIDIA card), `--no-open` only makes the environment, `--fits` only tells whether this Python can make it.
"""

import hashlib
import os
import platform
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PLACE = FOLDER / ".venv"
PYTHON = PLACE / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PINS = FOLDER / "requirements.txt"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
OLDEST, NEWEST = (3, 11), (3, 14)  # between these the pinned packages exist ready to use
NEEDED = "Python 3.11 to 3.14 is needed (on Windows the 64-bit one): https://www.python.org/downloads/"
LONGEST_FOLDER = 60  # on Windows: a path has 259 characters, and packages take almost 200 of them
OPTIONS = {"--cpu", "--no-open", "--fits"}


def main(arguments: list) -> int:  # runs on any Python from 3.6, to say which one is needed
    """Prepare, then open JupyterLab unless told not to; gives the exit status."""
    unknown = set(arguments) - OPTIONS
    if unknown:
        sys.exit(
            f"start.py does not know {', '.join(sorted(unknown))}; it knows {', '.join(sorted(OPTIONS))}"
        )
    if not fits():
        sys.exit(f"{NEEDED}\nThis is Python {platform.python_version()}, {sysconfig.get_platform()}.")
    if "--fits" in arguments:
        return 0
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        sys.exit(
            "PyTorch is no longer made for Macs with an Intel processor: work on another machine or on Colab."
        )
    prepare("--cpu" in arguments)
    return 0 if "--no-open" in arguments else jupyterlab()


def fits() -> bool:
    """Whether the packages are made for this Python; on Windows there are none for 32 bits and for ARM."""
    return OLDEST <= sys.version_info[:2] <= NEWEST and sysconfig.get_platform() not in ("win32", "win-arm64")


def prepare(cpu: bool) -> None:
    """The environment with the pinned packages; done already when the pins are those of the last time."""
    stamp = PLACE / "set-up"
    pins = hashlib.sha256(PINS.read_bytes()).hexdigest()
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == pins:
        return
    if len(str(FOLDER)) > LONGEST_FOLDER and not long_paths():
        sys.exit(
            f"The path of this folder is too long for Windows:\n{FOLDER}\nMove it to a short one, such as C:\\labs."
        )
    print("Setting up .venv: some minutes and up to 6 GB, only the first time.", flush=True)
    if not whole():
        create()
    if cpu:
        torch = [line for line in PINS.read_text().split() if line.startswith("torch==")]
        install("--index-url", CPU_INDEX, *torch)
    install("-r", str(PINS))
    stamp.write_text(pins)


def whole() -> bool:
    """Whether an environment is there that can install; one whose making was interrupted cannot."""
    pip = [str(PYTHON), "-m", "pip", "--version"]
    return (
        PYTHON.exists()
        and subprocess.run(pip, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
        == 0
    )


def create() -> None:
    """Make the environment anew, without packages; ends the program with what to do when that fails."""
    try:
        venv.create(PLACE, with_pip=True, clear=True, symlinks=os.name != "nt")
    except subprocess.CalledProcessError:
        sys.exit("The environment could not be made. On Debian or Ubuntu: sudo apt install python3-venv")
    except OSError as error:
        sys.exit(
            f"{PLACE} could not be made: {error.strerror or error}. Move the folder to a place that is yours."
        )


def install(*what: str) -> None:
    """Install packages into the environment; ends the program with pip's words when that fails."""
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--only-binary", ":all:"]
    if subprocess.run([*pip, *what], check=False).returncode:
        sys.exit("The packages could not be installed; pip says why above. Look at the network and at the room on "
                 "the disk (6 GB), then run this once more.")  # fmt: skip


def long_paths() -> bool:
    """Whether this system takes paths of more than 259 characters; Windows does when it was told to."""
    if sys.platform != "win32":
        return True
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control\FileSystem") as key:
            return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
    except OSError:
        return False


def jupyterlab() -> int:
    """Open JupyterLab and wait for its end; Ctrl+C reaches it too, and it asks and answers by itself."""
    print("JupyterLab opens in the browser; it ends with Ctrl+C in this window.", flush=True)
    process = subprocess.Popen([str(PYTHON), "-m", "jupyterlab", "--notebook-dir", str(FOLDER)])
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("Stopped. Run it once more: it goes on.")
