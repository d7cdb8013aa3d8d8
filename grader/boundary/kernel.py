"""The student's side of a run, entry of the sandbox's fork server: first the cells, then calls on forks.

Requests on the socket: {"op": "run", "code", "seconds", "bytes", "state"} is answered by {"output": ...} frames and a
last {"done": success}; {"op": "fork"} comes with a new socket, on which a copy of the state answers calls: those of one
exercise after the other, each after {"op": "begin", "state"}. The `state` of a run gives a name to the state after that
cell, that of an exercise says whose names are wanted.

With a `device` among the arguments this process answers the calls itself: where there is a GPU, the first backward() of a
cell, on the CPU too, begins with CUDA and starts threads, and no copy can go on with these.
"""

from __future__ import annotations

import contextlib
import io
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from grader.boundary.agent import Agent
from grader.boundary.defaults import restore_defaults
from grader.boundary.placement import placed
from grader.boundary.shell import Shell, make_shell, run_cell
from grader.boundary.states import back_to, restore_builtins
from grader.boundary.wire import WireError, receive_frame, send_frame
from grader.warm import load

WARM = (
    "numpy", "torch", "matplotlib.pyplot", "matplotlib_inline.backend_inline", "utils.compare", "utils.data",
    "utils.gradcheck", "utils.live", "utils.notebook", "utils.plots", "utils.progressbar", "utils.sweeps",
)  # fmt: skip
ANSWER_BYTES = 256 << 20
END_SECONDS = 0.5  # for processes that were killed to be gone
# What the cells may not use up, so that the exercises have some: processes, descriptors, bytes of memory.
KEPT_BACK = {resource.RLIMIT_NPROC: 8, resource.RLIMIT_NOFILE: 16, resource.RLIMIT_AS: 256 << 20}

_shell: Shell | None = None
_states: dict[str, dict[str, Any]] = {}


def around(serve: Callable[[], None], arguments: dict[str, Any]) -> None:
    """Import what notebooks import and make the shell, once for all children."""
    global _shell
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    load([*WARM, *arguments.get("modules", ())])
    import torch

    torch.set_num_threads(1)
    if arguments.get("visible") is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = arguments["visible"]
    _shell = make_shell()
    _shell.run_cell("pass", silent=True)  # the first cell of a process takes longer than the others
    _ready_to_draw()
    serve()


def _ready_to_draw() -> None:
    """The first figure of a process finds fonts and compiles styles: do it once, here. A title stands above its axes; to
    look for ticks there takes a sixth of a figure's time.
    """
    import matplotlib.pyplot as plt

    from grader.boundary import figures

    plt.rcParams["axes.titley"] = 1.0
    figure, axes = plt.subplots(figsize=(3, 3), layout="constrained")
    axes.semilogy([1, 10], label="line")
    axes.set_title("title")
    axes.legend()
    figures.png(figure)
    plt.close("all")


def main(sockets: list[socket.socket], arguments: dict[str, Any]) -> None:
    """Serve one notebook run until the other side closes the socket."""
    assert _shell is not None
    link, device = sockets[0], arguments.get("device")
    alone = _is_alone()
    _keep_back(KEPT_BACK)
    sys.argv = ["notebook"]
    sys.path.append("")  # modules that a cell writes, after all others
    while True:
        try:
            message, _ = receive_frame(link, None, ANSWER_BYTES)
        except WireError:
            _see_off(alone)  # what it used counts as this notebook's
            return
        if message["op"] == "run":
            _run(link, _shell, message)
        elif message["op"] == "fork":
            _see_off(alone)
            if device:
                _answer_here(link, _shell, device)
            else:
                _fork(link, _shell)


def _is_alone() -> bool:
    """Whether every other process that this one could signal is one of the notebook's own."""
    return (os.getpid(), os.getppid(), os.getuid(), os.uname().nodename) == (1, 0, 1000, "sandbox")


def _see_off(alone: bool) -> None:
    """End what the cells or an exercise left running, which must cost no other exercise anything; where this process is not
    `alone`, collect only what has ended. What a thread of a cell starts meanwhile is not waited for.
    """
    end = time.monotonic()
    if alone:
        end += END_SECONDS
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            if not os.waitpid(-1, os.WNOHANG)[0]:
                if time.monotonic() >= end:
                    return
                time.sleep(0.001)


def _keep_back(amounts: dict[int, int]) -> None:
    """Leave something of each limit for the exercises, whatever the cells start, open and fill."""
    for kind, amount in amounts.items():
        most = resource.getrlimit(kind)[1]
        if most != resource.RLIM_INFINITY and most > 2 * amount:
            resource.setrlimit(kind, (most - amount, most))


def _run(link: socket.socket, shell: Shell, message: dict[str, Any]) -> None:
    owner = os.getpid()

    def emit(output: dict[str, Any]) -> None:
        if os.getpid() == owner:
            send_frame(link, {"output": output})

    success = run_cell(shell, message["code"], message["seconds"], message["bytes"], emit)
    _end_copies(owner)
    restore_builtins()
    if message["state"]:
        _states[message["state"]] = dict(shell.user_ns)
    send_frame(link, {"done": success})


def _end_copies(owner: int) -> None:
    """A copy of this process that the student's code made by os.fork(), and forgot, has nothing to say here."""
    if os.getpid() != owner:
        os._exit(0)


def _fork(link: socket.socket, shell: Shell) -> None:
    """A copy of the notebook's state answers calls on the socket that comes with the request."""
    _keep_back(dict.fromkeys(KEPT_BACK, 0))
    _, fds, _, _ = socket.recv_fds(link, 1, 1)
    if os.fork():
        _keep_back(KEPT_BACK)
        for fd in fds:
            os.close(fd)
        return
    try:
        link.close()
        _answer(fds[0], shell)
    finally:
        os._exit(0)


def _answer_here(link: socket.socket, shell: Shell, device: str) -> None:
    """This process itself answers calls on the socket that comes with the request, then it goes on."""
    _keep_back(dict.fromkeys(KEPT_BACK, 0))
    _, fds, _, _ = socket.recv_fds(link, 1, 1)
    kept = sys.stdout, sys.stderr
    try:
        _answer(fds[0], shell, device)
    finally:
        sys.stdout, sys.stderr = kept
        _keep_back(KEPT_BACK)


def _answer(fd: int, shell: Shell, device: str | None = None) -> None:
    """Answer the calls of one exercise after the other, each with the names as they were at its own place."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    sys.stdout = sys.stderr = io.TextIOWrapper(io.FileIO(os.devnull, "w"))
    names = shell.user_ns
    end = dict(names)
    with socket.socket(fileno=fd) as sock:
        send_frame(sock, {"hello": True})
        state = serve_calls(sock, names, device)
        while state is not None:
            restore_defaults()
            restore_builtins()
            back_to(_states.get(state, {}), names)
            with placed(device, names):
                send_frame(sock, {"begun": True})
                state = serve_calls(sock, names, device)
            names.clear()
            names.update(end)
            if device is None and not _settled():
                return


def _settled() -> bool:
    """Whether the exercise before left nothing that runs: no thread, no process."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return len(os.listdir("/proc/self/task")) == 1
    return False


def serve_calls(sock: socket.socket, namespace: dict[str, Any], device: str | None = None) -> str | None:
    """Answer requests on a socket until another exercise begins, whose state is returned, or until it is closed."""
    owner = os.getpid()

    def answer(message: dict[str, Any], buffers: list[Any]) -> None:
        reply = agent.answer(message, buffers)
        _end_copies(owner)
        send_frame(sock, *reply)

    def peer(message: dict[str, Any], buffers: list[Any]) -> tuple[dict[str, Any], list[Any]]:
        if os.getpid() != owner:
            raise RuntimeError("a lent function answers in the process of the notebook only")
        send_frame(sock, message, buffers)
        while True:
            reply, data = receive_frame(sock, None, ANSWER_BYTES)
            if "op" not in reply:
                return reply, data
            answer(reply, data)

    agent = Agent(namespace, peer, device)
    while True:
        try:
            message, buffers = receive_frame(sock, None, ANSWER_BYTES)
        except WireError:
            return None
        if message["op"] == "begin":
            return str(message["state"])
        answer(message, buffers)
