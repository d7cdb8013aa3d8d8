"""A device "gpu" for machines without one: it computes on the CPU, and refuses whatever would meet the CPU's own tensors.

    python -m tests.grader.stand_in_gpu 3-backprop 2-autograd

runs the hidden checks of a notebook on the instructor's answers there and prints what fails. It shows that values arrive,
are made and come back where they should; CUDA's own numbers it cannot show. A process that has it is good for nothing else.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from typing import Any

import torch
from torch.utils import _pytree as pytree
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

DEVICE = "gpu"


class Far(torch.Tensor):
    """A tensor of the stand-in; its numbers are in `near`."""

    near: torch.Tensor

    @staticmethod
    def __new__(cls, near: torch.Tensor) -> Far:
        form = {"strides": near.stride(), "storage_offset": near.storage_offset(), "dtype": near.dtype}
        made = torch.Tensor._make_wrapper_subclass(cls, near.shape, **form, device=f"{DEVICE}:0")
        made.near = near
        return made

    @property
    def data(self) -> Far:
        return Far(self.near)

    @data.setter
    def data(self, value: Far) -> None:
        torch.Tensor.data.__set__(self, value)
        self.near = value.near

    def tolist(self) -> Any:
        return self.near.tolist()

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(function, args, kwargs or {})


def _run(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """One operation on the numbers themselves; raises where tensors of two devices meet."""
    flat, form = pytree.tree_flatten((args, kwargs))
    far = [value for value in flat if isinstance(value, Far)]
    name = function._schema.name.removeprefix("aten::")
    others = [v for v in flat if isinstance(v, torch.Tensor) and not isinstance(v, Far) and v.dim()]
    if far and others and not name.startswith(("_to_copy", "copy_", "index")):
        raise RuntimeError(f"Expected all tensors to be on the same device, but found gpu:0 and cpu ({name})")
    near = [torch.device("cpu") if isinstance(v, torch.device) else getattr(v, "near", v) for v in flat]
    inside = pytree.tree_unflatten(near, form)
    result = function(*inside[0], **inside[1])
    if name == "copy_":
        return args[0]
    wanted = kwargs.get("device") or (DEVICE if far else "cpu")
    if torch.device(wanted).type == "cpu":
        return result
    known = {id(value.near): value for value in far}
    return pytree.tree_map_only(
        torch.Tensor,
        lambda t: t if isinstance(t, Far) else known[id(t)] if id(t) in known else Far(t),
        result,
    )


def _arange(*ends: Any, dtype: Any = None, **rest: Any) -> Far:
    return Far(torch.arange(*ends, dtype=dtype, device="cpu"))


def begin() -> None:
    """Make the device known in this process; before any backward()."""
    from grader.boundary import encoder

    _setup_privateuseone_for_python_backend(DEVICE)
    library = torch.library.Library("_", "IMPL")
    library.fallback(lambda function, *args, **kwargs: _run(function, args, kwargs), "PrivateUse1")
    made = torch.library.Library("aten", "IMPL")
    for name in (
        "arange",
        "arange.start",
        "arange.start_step",
    ):  # torch's own would resize a tensor that has no memory
        made.impl(name, _arange, "PrivateUse1")
    begin.libraries = library, made  # type: ignore[attr-defined]
    torch.__future__.set_swap_module_params_on_conversion(True)
    other = encoder.Encoder._other
    encoder.Encoder._other = lambda self, value, kind, depth: other(  # type: ignore[method-assign]
        self, value, torch.Tensor if isinstance(value, Far) else kind, depth
    )


def serve(lab: str, notebook: str, descriptors: list[int]) -> None:
    """The student's side: the instructor's notebook, whose functions answer on one socket after the other."""
    begin()
    from grader.boundary.defaults import restore_defaults
    from grader.boundary.kernel import serve_calls
    from grader.boundary.placement import placed
    from grader.checks.plugin import reference_of
    from grader.course import Course, course_root

    names = reference_of(Course(course_root()).lab(lab).notebook(notebook).checks).namespace()
    for descriptor in descriptors:
        restore_defaults()
        own = dict(names)
        with socket.socket(fileno=descriptor) as sock, placed(DEVICE, own):
            serve_calls(sock, own, DEVICE)


def failing(lab: str, name: str) -> dict[str, list[str]]:
    """By exercise the checks that do not pass there, with what they say."""
    from grader.boundary.proxy import SocketLink, Student
    from grader.checks.plugin import reference_of
    from grader.checks.suite import Suite, run_in_session
    from grader.course import Course, course_root
    from grader.limits import Limits

    notebook = Course(course_root()).lab(lab).notebook(name)
    exercises = [e.name for e in notebook.exercises if not e.manual]
    pairs = [socket.socketpair() for _ in exercises]
    theirs = [pair[1].fileno() for pair in pairs]
    words = [sys.executable, "-m", __spec__.name, "--serve", lab, name, *map(str, theirs)]
    process = subprocess.Popen(words, pass_fds=theirs)
    patient = Limits(call_seconds=120, exercise_seconds=240)

    def work(suite: Suite) -> dict[str, list[str]]:
        found, sources = {}, reference_of(notebook.checks).solutions
        for exercise, (ours, other) in zip(exercises, pairs, strict=True):
            other.close()
            with ours:
                student = Student(SocketLink(ours, patient, patient.exercise_seconds))
                outcomes = list(suite.each(notebook, exercise, student, sources[exercise]))
            found[exercise] = [f"{o.name}: {o.message}" for o in outcomes if o.outcome != "passed"]
        return found

    try:
        return run_in_session([notebook.checks], work)
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        serve(sys.argv[2], sys.argv[3], list(map(int, sys.argv[4:])))
    else:
        print(json.dumps(failing(sys.argv[1], sys.argv[2]), indent=1))
