"""The fork server inside the sandbox: warm once, then one confined process for each request.

The client runs `run(FD)` inside the sandbox. FD is one end of a sequenced-packet socket pair; each packet is one JSON object. The first one from the client says what to
serve; then {"fork": id, ...} with descriptors beside it and {"kill": id}. The server answers {"ready": ...},
{"forked": id, "pid": n}, {"refused": id, "error": text} and {"ended": id, ...}. The end of the socket ends the server.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import selectors
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from grader.sandbox import isolate, linux

MAX_PACKET = 1 << 17
MAX_FDS = 16
MAX_REPORT = 1 << 13


def send(link: socket.socket, **what: Any) -> None:
    """One packet to the other side."""
    link.sendall(json.dumps(what).encode())


def _reseed() -> None:
    """Children of one server must not share their random streams."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "torch" in sys.modules:
        sys.modules["torch"].default_generator.seed()


def _run(
    main: Callable[[list[socket.socket], dict[str, Any]], None], fds: list[int], arguments: dict[str, Any]
) -> NoReturn:
    """The last step of a child: the entry's `main`, and the end of the process whatever it does."""
    code = 1
    try:
        os.setsid()
        linux.prctl(linux.PR_SET_DUMPABLE, 1)
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


def _supervise(pid: int, report: int) -> NoReturn:
    """First process of a child's pid namespace: collect orphans, report how the main one ended, end them all."""
    os.closerange(3, report)
    while True:
        try:
            ended, status = os.wait()
        except InterruptedError:
            continue
        if ended == pid:
            os.write(report, json.dumps({"status": os.waitstatus_to_exitcode(status)}).encode())
            os._exit(0)


@dataclass
class _Running:
    id: int
    pid: int
    report: int


class Server:
    """Forks confined processes on request; one thread, nothing of a student's ever runs in it."""

    def __init__(
        self, link: socket.socket, own_pids: int, setup: Mapping[str, Any], main: Callable[..., None]
    ) -> None:
        self._link, self._own_pids, self._setup, self._main = link, own_pids, setup, main
        self._children: dict[int, _Running] = {}
        self._selector = selectors.DefaultSelector()

    def serve(self) -> None:
        """Answer requests until the client is gone. Raises RuntimeError when threads run (forking would not be safe)."""
        gc.collect()
        gc.freeze()
        _wait_for_one_thread()
        send(self._link, ready=True, modules=len(sys.modules), rss_kb=_resident_kb())
        self._selector.register(self._link, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._link:
                    self._request()
                else:
                    self._ended(key.data)

    def _request(self) -> None:
        packet, fds, _, _ = socket.recv_fds(self._link, MAX_PACKET, MAX_FDS)
        if not packet:
            os._exit(0)
        request = json.loads(packet)
        try:
            if "fork" in request:
                self._fork(request, fds)
            elif "kill" in request and (child := self._children.get(request["kill"])):
                os.kill(child.pid, signal.SIGKILL)
        finally:
            for fd in fds:
                os.close(fd)

    def _fork(self, request: Mapping[str, Any], fds: list[int]) -> None:
        report, report_in = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            pid = isolate.fork_into_new_pids(self._own_pids)
        except OSError as error:
            os.close(report)
            os.close(report_in)
            send(self._link, refused=request["fork"], error=f"fork: {error}")
            return
        if pid == 0:
            self._become_child(request, fds, report_in)
        os.close(report_in)
        child = _Running(request["fork"], pid, report)
        self._children[child.id] = child
        self._selector.register(os.pidfd_open(pid), selectors.EVENT_READ, child)
        send(self._link, forked=child.id, pid=pid)

    def _become_child(self, request: Mapping[str, Any], fds: list[int], report: int) -> NoReturn:
        """In the child: drop what is the server's, confine, then run the entry beside a small supervisor."""
        try:
            try:
                linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                *placed, report = isolate.keep_only([*fds, report])
                if not self._setup["keep_stderr"]:
                    null = os.open("/dev/null", os.O_RDWR)
                    os.dup2(null, 1)
                    os.dup2(null, 2)
                    os.close(null)
                isolate.confine(request["limits"])
                # The supervisor's memory is closed to the others, which may not open /proc/1/mem.
                linux.prctl(linux.PR_SET_DUMPABLE, 0)
                pid = os.fork()
            except BaseException as error:
                os.write(report, json.dumps({"error": f"isolation failed: {error}"[:MAX_REPORT]}).encode())
                os._exit(1)
            if pid:
                _supervise(pid, report)
            os.close(report)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            _run(self._main, placed, {**self._setup["arguments"], **request["arguments"]})
        finally:
            os._exit(1)

    def _ended(self, child: _Running) -> None:
        for key in [key for key in self._selector.get_map().values() if key.data is child]:
            self._selector.unregister(key.fileobj)
            os.close(key.fd)
        _, status, usage = os.wait4(child.pid, 0)
        try:
            report = json.loads(os.read(child.report, 2 * MAX_REPORT))
        except (BlockingIOError, ValueError):
            report = {"status": os.waitstatus_to_exitcode(status)}
        os.close(child.report)
        del self._children[child.id]
        cpu = round(usage.ru_utime + usage.ru_stime, 4)
        send(self._link, ended=child.id, cpu_seconds=cpu, max_rss_kb=usage.ru_maxrss, **report)


def _wait_for_one_thread(seconds: float = 1.0) -> None:
    """Libraries leave short-lived threads (a timer of matplotlib's, say) behind their import: let these end first."""
    until = time.monotonic() + seconds
    while len(os.listdir("/proc/self/task")) > 1:
        if time.monotonic() > until:
            names = ", ".join(thread.name for thread in threading.enumerate())
            count = len(os.listdir("/proc/self/task"))
            raise RuntimeError(f"forking needs one thread, but {count} run ({names} are Python's)")
        time.sleep(0.005)


def _resident_kb() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def run(fd: int) -> None:
    """Set up, import the entry and serve. Errors go to stderr, which the client shows."""
    started = time.perf_counter()
    link = socket.socket(fileno=fd)
    setup = json.loads(link.recv(MAX_PACKET))
    isolate.drop_root()
    own_pids = isolate.enter_server()
    module = importlib.import_module(setup["entry"])
    server = Server(link, own_pids, setup, module.main)
    print(f"imported {setup['entry']} in {time.perf_counter() - started:.2f} s", file=sys.stderr, flush=True)
    module.around(server.serve, setup["arguments"])
