"""Gradients by finite differences, in float64: a slow and simple judge of the fast and clever ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from utils.compare import check_close

# In float64 the error of a central difference is about step**2 + 1e-16 / step: 1e-5 is near the best.
STEP = 1e-5


def numerical_gradients(
    loss: Callable[[dict[str, Any]], Any], params: Mapping[str, Any], step: float = STEP
) -> dict[str, Any]:
    """The derivative of `loss(params)` with respect to every number of `params`, one at a time.

    loss: function of a dictionary like `params` that returns one number.
    params: dictionary of tensors or of arrays; they are copied to float64 and stay as they are.
    Returns a dictionary with the same keys and shapes, float64.
    """
    work = {key: _float64(value) for key, value in params.items()}
    grads = {key: _zeros_like(value) for key, value in work.items()}
    for key, value in work.items():
        flat, grad = value.reshape(-1), grads[key].reshape(-1)
        for i in range(len(flat)):
            kept = float(flat[i])
            flat[i] = kept + step
            above = float(loss(work))
            flat[i] = kept - step
            below = float(loss(work))
            flat[i] = kept
            grad[i] = (above - below) / (2 * step)
    return grads


def check_gradients(
    loss: Callable[[dict[str, Any]], Any],
    params: Mapping[str, Any],
    grads: Mapping[str, Any],
    *,
    what: str = "grads",
    sizes: Mapping[str, int] | None = None,
    rtol: float = 1e-5,
    atol: float = 1e-7,
) -> None:
    """Compare `grads` with finite differences of `loss(params)`, key by key, and print the largest difference.

    grads: dictionary with a key for each key of `params`; computed in float64 for the check to be sharp.
    Raises CheckFailed with the first key that differs and what its difference looks like.
    """
    expected = numerical_gradients(loss, params)
    for key, value in expected.items():
        got = grads.get(key)
        check_close(got, value, what=f"{what}[{key!r}]", sizes=sizes, rtol=rtol, atol=atol)
        difference = float(abs(_float64(got) - value).max())
        print(f"  {what}[{key!r}]: largest difference from finite differences {difference:.1e}")


def _float64(value: Any) -> Any:
    """A float64 copy of a tensor or an array, outside any graph."""
    if hasattr(value, "detach"):
        return value.detach().double().clone()
    import numpy as np

    return np.array(value, dtype=np.float64)


def _zeros_like(value: Any) -> Any:
    """Zeros of the same kind and shape; an array of no dimension stays an array."""
    if hasattr(value, "detach"):
        return value * 0
    import numpy as np

    return np.zeros_like(value)
