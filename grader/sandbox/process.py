"""One server process seen from the coordinator: started, asked for children, heard, seen off."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from grader.limits import Limits
from grader.sandbox import bwrap, isolate, server
from grader.sandbox.bwrap import Profile, SandboxError

Mode = Literal["zygote", "cold", "landlock", "unsafe"]
_CLOSE_SECONDS = 2.0
_TAIL = 4000


@dataclass(frozen=True)
class Exit:
    """How a child ended: `code` of an orderly end, else `signal`.

    `error` says what the sandbox knows: the child never started, used too much memory, or its server ended.
    """

    code: int | None = None
    signal: int | None = None
    cpu_seconds: float = 0.0
    max_rss_kb: int = 0
    error: str | None = None


class Child:
    """One confined process (and all that it starts)."""

    def __init__(self, process: ServerProcess, number: int) -> None:
        self._process, self.number = process, number
        self._done = threading.Event()
        self.exit: Exit | None = None

    def wait(self, timeout: float | None = None) -> Exit | None:
        """Wait up to `timeout` seconds for its end; None when it still runs."""
        self._done.wait(timeout)
        return self.exit

    def kill(self) -> None:
        """End it and all that it started. Harmless when it has ended already; `wait` tells when it is gone."""
        if self.exit is None:
            with contextlib.suppress(SandboxError):  # with its server it has ended too
                self._process.ask({"kill": self.number})

    def end(self, how: Exit) -> None:
        """For the server's process object: note the end and wake who waits."""
        if self.exit is None:
            self.exit = how
            self._done.set()


class ServerProcess:
    """A server of one profile, in the sandbox that `mode` names. Thread-safe."""

    def __init__(
        self,
        profile: Profile,
        entry: str,
        root: Path,
        arguments: dict[str, Any],
        limits: Limits,
        mode: Mode,
        nodes: Sequence[str] = (),
    ) -> None:
        self.profile, self.entry, self.root, self.mode = profile, entry, root, mode
        self.arguments, self.limits, self.nodes = arguments, limits, nodes
        self.ready: dict[str, Any] = {}
        self._numbers = itertools.count(1)
        self._children: dict[int, Child] = {}
        self._lock = threading.Lock()
        self._started = threading.Event()
        self._link: socket.socket | None = None
        self._failure: str | None = None
        self._closing = False
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._log_lock = threading.Lock()
        self._tail = b""
        # The kernel ties the sandbox's life to the thread that starts it, so that thread must live as long.
        self._thread = threading.Thread(target=self._live, name=f"{profile} sandbox", daemon=True)
        self._thread.start()

    def wait_ready(self) -> None:
        """Wait until it serves. Raises SandboxError with the server's own last words."""
        if not self._started.wait(self.limits.start_seconds):
            self._failure = f"not ready after {self.limits.start_seconds:g} s"
        if self._failure:
            self.close()
            raise SandboxError(
                f"the {self.profile} sandbox did not start: {self._failure}\n{self.log_tail()}".strip()
            )

    @property
    def alive(self) -> bool:
        """Whether its process runs, or is about to."""
        return self._thread.is_alive()

    def log_tail(self) -> str:
        """The last words of the server (never of a student)."""
        with self._log_lock:
            if not self._log.closed:
                size = os.fstat(self._log.fileno()).st_size
                self._tail = os.pread(self._log.fileno(), _TAIL, max(0, size - _TAIL))
        return self._tail.decode(errors="replace")

    def fork(
        self, sockets: Sequence[socket.socket], arguments: dict[str, Any], limits: Limits, cpu: int | None
    ) -> Child:
        """A new confined process that gets copies of `sockets`. Raises SandboxError."""
        with self._lock:
            child = Child(self, next(self._numbers))
            self._children[child.number] = child
        request = {"fork": child.number, "arguments": arguments, "limits": limits.to_dict(), "cpu": cpu}
        try:
            self.ask(request, [s.fileno() for s in sockets])
        except SandboxError:
            self._children.pop(child.number, None)
            raise
        return child

    def ask(self, request: dict[str, Any], fds: Sequence[int] = ()) -> None:
        """Send one request with descriptors beside it. Raises SandboxError when it is too large or nobody hears."""
        packet = json.dumps(request).encode()
        if len(packet) > server.MAX_PACKET or len(fds) > server.MAX_FDS:
            raise SandboxError(f"a request of {len(packet)} bytes and {len(fds)} sockets is too large")
        with self._lock:
            if self._link is None:
                raise SandboxError(
                    f"the {self.profile} sandbox does not run: {self._failure or 'it was not started'}"
                )
            try:
                socket.send_fds(self._link, [packet], list(fds))
            except OSError as error:
                raise SandboxError(
                    f"the {self.profile} sandbox has ended: {error}\n{self.log_tail()}"
                ) from error

    def close(self) -> None:
        """End the server and every child; returns when they are gone. Harmless when called twice."""
        with self._lock:
            self._closing = True
            if self._link is not None:
                with contextlib.suppress(OSError):
                    self._link.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self.log_tail()
        with self._log_lock:
            self._log.close()

    def _live(self) -> None:
        """The thread of this server: start the process, hand on what it says, see it off."""
        process = scratch = None
        try:
            if self.mode in ("landlock", "unsafe"):
                scratch = _scratch_folder()
            process, link = self._spawn(scratch)
            server.send(link, **self._setup(scratch))
            with self._lock:
                self._link = link
                if self._closing:
                    link.shutdown(socket.SHUT_RDWR)
            while packet := _receive(link):
                self._hear(json.loads(packet))
            self._failure = self._failure or ("it was closed" if self._closing else "it ended")
        except (OSError, SandboxError) as error:
            self._failure = str(error)
        finally:
            if process is not None:
                self._see_off(process)
            if scratch is not None:
                shutil.rmtree(scratch, ignore_errors=True)
            self._started.set()

    def _setup(self, scratch: Path | None) -> dict[str, Any]:
        """What the server must know."""
        return {
            "entry": self.entry,
            "arguments": self.arguments,
            "mode": self.mode,
            "nodes": list(self.nodes),
            # the first process of a pid namespace needs none, and the course's own code starts no processes
            "supervised": self.profile == "student" and self.mode != "zygote",
            # What a student's process prints is its entry's matter; on the log it could grow without end.
            "keep_stderr": self.profile == "checker" or bool(os.environ.get("GRADER_DEBUG")),
            "scratch": str(scratch),
            "readable": [str(path) for path in bwrap.readable(self.profile, self.root)] if scratch else [],
        }

    def _spawn(self, scratch: Path | None) -> tuple[subprocess.Popen[bytes], socket.socket]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, tempfile.TemporaryFile() as accounts:
            accounts.write(bwrap.ACCOUNTS.encode())
            accounts.seek(0)
            code = f"from grader.sandbox.server import run; run({theirs.fileno()})"
            words, variables = [sys.executable, "-P", "-s", "-c", code], {}
            if scratch is None:
                size = self.limits.tmp_mb
                words = bwrap.command(self.profile, self.root, words, accounts.fileno(), size, self.nodes)
            else:
                variables = bwrap.environment(self.root, scratch)
            process = subprocess.Popen(
                words,
                env=variables,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=(theirs.fileno(), accounts.fileno()),
            )
        return process, ours

    def _see_off(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            link, self._link = self._link, None
        if link is not None:
            link.close()
        try:
            process.wait(_CLOSE_SECONDS if self.ready else 0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for child in list(self._children.values()):
            child.end(Exit(signal=signal.SIGKILL, error=f"its sandbox ended: {self._failure}"))
        self._children.clear()

    def _hear(self, message: dict[str, Any]) -> None:
        if "ready" in message:
            self.ready = message
            self._started.set()
            return
        child = self._children.pop(int(message.get("ended", message.get("refused", 0))), None)
        if child is None:
            return
        status = message.get("status")
        child.end(
            Exit(
                code=status if status is not None and status >= 0 else None,
                signal=-status if status is not None and status < 0 else None,
                cpu_seconds=message.get("cpu_seconds", 0.0),
                max_rss_kb=message.get("max_rss_kb", 0),
                error=message.get("error"),
            )
        )


def _receive(link: socket.socket) -> bytes:
    """The next packet; empty at the end."""
    try:
        return link.recv(server.MAX_PACKET)
    except (
        ConnectionResetError
    ):  # told first when the server left a request unread; its last words come after
        return link.recv(server.MAX_PACKET)


def _scratch_folder() -> Path:
    """Where children of the modes without a file system of their own may write; of the account that they will have."""
    folder = Path(tempfile.mkdtemp(prefix="grader-"))
    if isolate.is_root():
        os.chown(folder, isolate.NOBODY, isolate.NOBODY)
    return folder
