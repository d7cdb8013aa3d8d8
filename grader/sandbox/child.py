"""The forked child's side: from the fork to the entry's `main`, which is the first thing that may be a student's."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from grader.cpus import stay_on
from grader.sandbox import isolate, linux, tree

Main = Callable[[list[socket.socket], dict[str, Any]], None]
MAX_REPORT = 1 << 13


def become(
    setup: Mapping[str, Any], request: Mapping[str, Any], fds: list[int], report: int, main: Main
) -> NoReturn:
    """Drop what is the server's, confine, then run `main`. Where what it starts could outlive it, a small supervisor stays
    beside, which writes one JSON to `report`; the first process of a pid namespace takes all others along when it ends.
    """
    try:
        try:
            linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
            linux.prctl(linux.PR_SET_DUMPABLE, 1)  # what the child writes in /proc/self must be its own
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            stay_on(request["cpu"])
            *placed, report = isolate.keep_only([*fds, report])
            if not setup["keep_stderr"]:
                _silence()
            _confine(setup, {**request["limits"], "gpu": bool(setup["nodes"])})
            pid = _supervised() if setup["supervised"] else 0
        except BaseException as error:
            os.write(report, json.dumps({"error": f"isolation failed: {error}"[:MAX_REPORT]}).encode())
            os._exit(1)
        if pid:
            _supervise(pid, report)
        os.close(report)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _run(main, placed, {**setup["arguments"], **request["arguments"]})
    finally:
        os._exit(1)


def _supervised() -> int:
    """Fork: 0 in the child; this process's memory is closed to the others."""
    linux.prctl(linux.PR_SET_DUMPABLE, 0)
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    return os.fork()


def _silence() -> None:
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.close(null)


def _confine(setup: Mapping[str, Any], limits: Mapping[str, float]) -> None:
    mode = setup["mode"]
    if mode == "zygote":
        isolate.in_namespaces(limits)
    elif mode == "cold":
        isolate.in_bubblewrap(limits)
    elif mode == "landlock":
        isolate.in_landlock(limits, setup["readable"], Path(setup["scratch"]), setup["nodes"])
    elif mode == "unsafe":
        isolate.in_nothing(limits, Path(setup["scratch"]))
    else:
        raise ValueError(f"unknown mode {mode}")


def _supervise(pid: int, report: int) -> NoReturn:
    """Collect orphans, report how the main process ended, and end all that it left."""
    os.closerange(3, report)
    while True:
        try:
            ended, status = os.wait()
        except InterruptedError:
            continue
        if ended == pid:
            os.write(report, json.dumps({"status": os.waitstatus_to_exitcode(status)}).encode())
            sweep(set())
            os._exit(0)


def sweep(keep: set[int]) -> None:
    """Kill what has become a child of this process by losing its parent, until only `keep` is left (or no end is seen)."""
    for _ in range(1000):
        try:
            strays = set(tree.children().get(os.getpid(), ())) - keep
        except OSError:  # no /proc to read: the end of the namespace does it
            return
        if not strays:
            return
        for pid in strays:
            os.kill(pid, signal.SIGKILL)
        for pid in strays:
            os.waitpid(pid, 0)


def _run(main: Main, fds: list[int], arguments: dict[str, Any]) -> NoReturn:
    """The last step: the entry's `main`, and the end of the process whatever it does."""
    code = 1
    try:
        os.setsid()
        linux.prctl(linux.PR_SET_DUMPABLE, 1)
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 0)
        _reseed()
        main([socket.socket(fileno=fd) for fd in fds], arguments)
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code & 0xFF)


def _reseed() -> None:
    """Children of one server must not share their random streams."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "torch" in sys.modules:
        sys.modules["torch"].default_generator.seed()
