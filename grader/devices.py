"""Where the checks of a notebook run: on the CPU, on a GPU, or on the CPU for the marks and once more on the GPU."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from grader.errors import GraderError

Option = Literal["auto", "cpu", "cuda"]
OPTIONS: tuple[Option, ...] = ("auto", "cpu", "cuda")
GPU = "cuda"
HIDING = "CUDA_VISIBLE_DEVICES"
# How torch complains of values on two devices.
MISMATCH = (
    "on the same device", "device type tensor to numpy", "device type for generator", "weight type (torch.",
)  # fmt: skip


class DeviceError(GraderError):
    """The device that was asked for is not there; the text says what to do."""


@dataclass(frozen=True)
class Passes:
    """Which device gives the marks, None for the CPU, and on which one the checks run once more, None for none."""

    marks: str | None = None
    again: str | None = None


def passes(option: str, dev: Path = Path("/dev")) -> Passes:
    """What an option of the command line asks of this machine; raises DeviceError."""
    if option == "cpu":
        return Passes()
    lacking = missing(dev)
    if option == "auto":
        return Passes() if lacking else Passes(again=GPU)
    if lacking:
        raise DeviceError(
            f"--device cuda: {lacking}. Grade with --device auto, which takes a GPU where there is one,"
            " or with --device cpu; nothing was graded"
        )
    return Passes(marks=GPU)


def missing(dev: Path = Path("/dev")) -> str | None:
    """Why nothing can run on a GPU of this machine; None when it can. Loads neither torch nor the driver."""
    if not list(dev.glob("nvidia[0-9]*")):
        return f"this machine shows no NVIDIA GPU (there is no {dev}/nvidia0)"
    if os.environ.get(HIDING, "0").strip() in ("", "-1"):
        return f"the variable {HIDING} hides every GPU"
    torch = importlib.util.find_spec("torch")
    folders = [Path(place) for place in (torch and torch.submodule_search_locations) or []]
    if not any((folder / "lib" / "libtorch_cuda.so").exists() for folder in folders):
        return "the installed PyTorch is built for the CPU only (install it from PyPI: make setup TORCH=pypi)"
    return None


def gpu_nodes(dev: Path = Path("/dev")) -> list[str]:
    """The device files that CUDA opens: the GPUs, their control, and their shared memory."""
    control = [dev / name for name in ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools")]
    return [str(path) for path in [*sorted(dev.glob("nvidia[0-9]*")), *control] if path.exists()]


def kernel_arguments(device: str | None) -> dict[str, Any]:
    """What the student's side must know of its device: which one, and which GPUs the caller left to this run."""
    return {"device": device, "visible": os.environ.get(HIDING)} if device else {}


def explained(error: str) -> str:
    """Words for an error of values on two devices; empty for another error."""
    if not any(sign in error for sign in MISMATCH):
        return ""
    return "Tensors on two devices met: create yours where the inputs are, as in torch.zeros(n, device=X.device)."
