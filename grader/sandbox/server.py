"""The fork server inside the sandbox: warm once, then one confined process for each request.

The client runs `run(FD)` inside the sandbox. FD is one end of a sequenced-packet socket pair; each packet is one JSON
object. The first one from the client says what to serve; then {"fork": id, ...} with descriptors beside it and {"kill": id}.
The server answers {"ready": ...}, {"refused": id, "error": text} and {"ended": id, ...}. The end of the socket ends the
server. In mode "cold" it serves one child only, since its bubblewrap is what isolates that child.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.sandbox import child, isolate, linux, tree

MAX_PACKET = 1 << 17
MAX_FDS = 16
WATCH_SECONDS = 0.2
CROWD = 8


def send(link: socket.socket, **what: Any) -> None:
    """One packet to the other side."""
    link.sendall(json.dumps(what).encode())


@dataclass
class _Running:
    id: int
    pid: int
    report: int
    memory_mb: int
    verdict: str | None = None


class Server:
    """Forks confined processes on request; one thread, nothing of a student's ever runs in it."""

    def __init__(
        self, link: socket.socket, own_pids: int | None, setup: Mapping[str, Any], main: child.Main
    ) -> None:
        self._link, self._own_pids, self._setup, self._main = link, own_pids, setup, main
        self._children: dict[int, _Running] = {}
        self._selector = selectors.DefaultSelector()
        self._next_watch = 0.0

    def serve(self) -> None:
        """Answer requests until the client is gone. Raises RuntimeError when threads run (forking would not be safe)."""
        gc.freeze()
        gc.enable()
        _wait_for_one_thread()
        send(self._link, ready=True, modules=len(sys.modules))
        self._selector.register(self._link, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select(WATCH_SECONDS if self._children else None):
                if key.fileobj is self._link:
                    self._request()
                else:
                    self._ended(key.data)
            if self._children and time.monotonic() > self._next_watch:
                self._watch()

    def _request(self) -> None:
        packet, fds, _, _ = socket.recv_fds(self._link, MAX_PACKET, MAX_FDS)
        if not packet:
            self._leave()
        request = json.loads(packet)
        try:
            if "fork" in request:
                self._fork(request, fds)
            elif "kill" in request and (running := self._children.get(request["kill"])):
                os.kill(running.pid, signal.SIGKILL)
        finally:
            for fd in fds:
                os.close(fd)

    def _fork(self, request: Mapping[str, Any], fds: list[int]) -> None:
        report, report_in = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            pid = os.fork() if self._own_pids is None else isolate.fork_into_new_pids(self._own_pids)
        except OSError as error:
            os.close(report)
            os.close(report_in)
            send(self._link, refused=request["fork"], error=f"fork: {error}")
            return
        if pid == 0:
            child.become(self._setup, request, fds, report_in, self._main)
        os.close(report_in)
        running = _Running(request["fork"], pid, report, int(request["limits"]["memory_mb"]))
        self._children[running.id] = running
        self._selector.register(os.pidfd_open(pid), selectors.EVENT_READ, running)

    def _watch(self) -> None:
        """What no rlimit bounds: the memory of a child's processes together, and their share of the processors."""
        began = time.monotonic()
        family = tree.children()
        for running in self._children.values():
            pids = [running.pid, *tree.below(running.pid, family)]
            if tree.uses_more_than(running.memory_mb * 1024, pids):
                running.verdict = f"its processes held more than {running.memory_mb} MB of memory together"
                os.kill(running.pid, signal.SIGKILL)
            elif len(threads := tree.threads(pids)) > CROWD:
                tree.yield_to_others(threads)  # or the next student's time would run out
        now = time.monotonic()
        self._next_watch = now + WATCH_SECONDS + 4 * (now - began)

    def _ended(self, running: _Running) -> None:
        for key in [key for key in self._selector.get_map().values() if key.data is running]:
            self._selector.unregister(key.fileobj)
            os.close(key.fd)
        _, status, usage = os.wait4(running.pid, 0)
        try:
            report = json.loads(os.read(running.report, 2 * child.MAX_REPORT))
        except (BlockingIOError, ValueError):
            report = {"status": os.waitstatus_to_exitcode(status), "error": running.verdict}
        os.close(running.report)
        del self._children[running.id]
        if self._own_pids is None:
            child.sweep({other.pid for other in self._children.values()})
        cpu = round(usage.ru_utime + usage.ru_stime, 4)
        send(self._link, ended=running.id, cpu_seconds=cpu, max_rss_kb=usage.ru_maxrss, **report)
        if self._setup["mode"] == "cold":
            self._leave()

    def _leave(self) -> None:
        for running in self._children.values():
            os.kill(running.pid, signal.SIGKILL)
        if self._own_pids is None:
            child.sweep(set())
        os._exit(0)


def _wait_for_one_thread(seconds: float = 1.0) -> None:
    """Libraries leave short-lived threads (a timer of matplotlib's, say) behind their import: let these end first."""
    until = time.monotonic() + seconds
    while (count := len(os.listdir("/proc/self/task"))) > 1:
        if time.monotonic() > until:
            names = ", ".join(thread.name for thread in threading.enumerate())
            raise RuntimeError(f"forking needs one thread, but {count} run ({names} are Python's)")
        time.sleep(0.005)


def _enter(mode: str) -> int | None:
    """The server's own confinement; returns a descriptor of its pid namespace where it has one."""
    if mode == "zygote":
        isolate.uncover_proc()
    isolate.drop_root(alone=mode == "cold")
    if mode == "zygote":
        return isolate.enter_server()
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    # Its children share its pid namespace: they must not open its memory, and it collects what they leave.
    linux.prctl(linux.PR_SET_DUMPABLE, 0)
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    return None


def run(fd: int) -> None:
    """Set up, import the entry and serve. Errors go to stderr, which the client shows."""
    gc.disable()  # what is imported stays: to look for garbage meanwhile takes an eighth of the start
    started = time.perf_counter()
    link = socket.socket(fileno=fd)
    setup = json.loads(link.recv(MAX_PACKET))
    own_pids = _enter(setup["mode"])
    module = importlib.import_module(setup["entry"])
    server = Server(link, own_pids, setup, module.main)
    print(f"imported {setup['entry']} in {time.perf_counter() - started:.2f} s", file=sys.stderr, flush=True)
    module.around(server.serve, setup["arguments"])
