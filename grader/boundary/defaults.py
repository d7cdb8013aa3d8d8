"""The settings of Python, numpy and torch that a cell may have left changed, as they are when a notebook begins."""

from __future__ import annotations

import sys
import warnings
from typing import Any


def restore_defaults() -> None:
    """A setting that some cell left behind must not decide over functions that are right: warnings are no errors
    and cost nothing, nobody traces, numpy does not raise, torch differentiates, makes its tensors on the CPU, and computes
    in the precision that they have.
    """
    sys.settrace(None)
    sys.setprofile(None)
    warnings.simplefilter("ignore")
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.seterr(divide="ignore", over="ignore", under="ignore", invalid="ignore")
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        # threads of a cell that asked for more did not come along, and torch would wait for them
        torch.set_num_threads(1)
        torch.set_default_device(None)
        torch.inference_mode(False).__enter__()
        torch.set_grad_enabled(True)
        full_precision()


def full_precision() -> None:
    """Products of float32 in float32 itself, not in TF32 or bfloat16, on any device."""
    import torch

    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    torch.set_autocast_enabled("cpu", False)
    torch.set_autocast_enabled("cuda", False)
