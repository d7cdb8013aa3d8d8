"""The coordinator's side of the fork server: start it, ask for confined processes, wait for them, end them."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal

from grader.limits import Limits
from grader.sandbox import bwrap, server
from grader.sandbox.bwrap import Profile, SandboxError

Mode = Literal["zygote", "cold", "landlock", "unsafe"]
_CLOSE_SECONDS = 2.0
_TAIL = 4000


@dataclass(frozen=True)
class Exit:
    """How a child ended: `code` of an orderly end, else `signal`; `error` when it never started or its server ended."""

    code: int | None = None
    signal: int | None = None
    cpu_seconds: float = 0.0
    max_rss_kb: int = 0
    error: str | None = None


class Child:
    """One confined process (and all that it starts), forked from a zygote."""

    def __init__(self, zygote: Zygote, number: int) -> None:
        self._zygote, self.number = zygote, number
        self._done = threading.Event()
        self.exit: Exit | None = None

    def wait(self, timeout: float | None = None) -> Exit | None:
        """Wait up to `timeout` seconds for its end; None when it still runs."""
        self._done.wait(timeout)
        return self.exit

    def kill(self) -> None:
        """End it and all that it started. Harmless when it has ended already; `wait` tells when it is gone."""
        if self.exit is None:
            self._zygote._ask({"kill": self.number})

    def _end(self, how: Exit) -> None:
        if self.exit is None:
            self.exit = how
            self._done.set()


class Zygote:
    """A warm fork server inside the sandbox. `entry` names a module with

    around(serve, arguments)   called once, must call serve() when all is warm
    main(sockets, arguments)   called in each forked child, with the sockets given to `fork`

    `arguments` (plain JSON data) go to both; those of `fork` are added for `main`. Thread-safe. The sandbox ends when
    this object is closed or this process ends, however it ends.
    """

    def __init__(
        self,
        profile: Profile,
        entry: str,
        root: Path,
        arguments: dict[str, Any] | None = None,
        limits: Limits | None = None,
        mode: Mode = "zygote",
    ) -> None:
        self.profile, self.entry, self.root, self.mode = profile, entry, root, mode
        self.arguments, self.limits = arguments or {}, limits or Limits()
        self.ready: dict[str, Any] = {}
        self._numbers = itertools.count(1)
        self._children: dict[int, Child] = {}
        self._lock = threading.Lock()
        self._event = threading.Event()
        self._link: socket.socket | None = None
        self._failure: str | None = None
        self._closing = False
        self._thread: threading.Thread | None = None
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._log_lock = threading.Lock()
        self._tail = b""

    def __enter__(self) -> Zygote:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether it serves."""
        return self._link is not None

    def start(self) -> None:
        """Start and wait until it serves; once only. Raises SandboxError with the server's own last words."""
        # The kernel ties the sandbox's life to the thread that starts it, so that thread must live as long.
        self._thread = threading.Thread(target=self._live, name=f"{self.profile} sandbox", daemon=True)
        self._thread.start()
        if not self._event.wait(self.limits.start_seconds):
            self._failure = f"not ready after {self.limits.start_seconds:g} s"
        if self._failure:
            self.close()
            raise SandboxError(
                f"the {self.profile} sandbox did not start: {self._failure}\n{self.log_tail()}".strip()
            )

    def log_tail(self) -> str:
        """The last words of the server (never of a student)."""
        with self._log_lock:
            if not self._log.closed:
                size = os.fstat(self._log.fileno()).st_size
                self._tail = os.pread(self._log.fileno(), _TAIL, max(0, size - _TAIL))
        return self._tail.decode(errors="replace")

    def fork(
        self,
        sockets: Sequence[socket.socket],
        arguments: dict[str, Any] | None = None,
        limits: Limits | None = None,
    ) -> Child:
        """A new confined process that gets copies of `sockets` (the caller closes its own). Raises SandboxError."""
        with self._lock:
            child = Child(self, next(self._numbers))
            self._children[child.number] = child
        request = {
            "fork": child.number,
            "arguments": arguments or {},
            "limits": (limits or self.limits).to_dict(),
        }
        try:
            self._ask(request, [s.fileno() for s in sockets])
        except SandboxError:
            self._children.pop(child.number, None)
            raise
        return child

    def close(self) -> None:
        """End the server and every child; returns when they are gone. Harmless when called twice or before start."""
        with self._lock:
            self._closing = True
            if self._link is not None:
                with contextlib.suppress(OSError):
                    self._link.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:
            self._thread.join()
        self.log_tail()
        with self._log_lock:
            self._log.close()

    def _ask(self, request: dict[str, Any], fds: Sequence[int] = ()) -> None:
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

    def _live(self) -> None:
        """The zygote's own thread: start the process, hand on what it says, see it off."""
        process = None
        try:
            process, link = self._spawn()
            # What a student's process prints is its entry's matter; on the log it could grow without end.
            keep_stderr = self.profile == "checker" or bool(os.environ.get("GRADER_DEBUG"))
            server.send(link, entry=self.entry, arguments=self.arguments, keep_stderr=keep_stderr)
            with self._lock:
                self._link = link
                if self._closing:
                    link.shutdown(socket.SHUT_RDWR)
            while packet := link.recv(server.MAX_PACKET):
                self._hear(json.loads(packet))
            self._failure = self._failure or ("it was closed" if self._closing else "it ended")
        except (OSError, SandboxError) as error:
            self._failure = str(error)
        finally:
            if process is not None:
                self._see_off(process)
            self._event.set()

    def _spawn(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, tempfile.TemporaryFile() as accounts:
            accounts.write(bwrap.ACCOUNTS.encode())
            accounts.seek(0)
            code = f"from grader.sandbox.server import run; run({theirs.fileno()})"
            inner = [sys.executable, "-P", "-s", "-c", code]
            words = bwrap.command(self.profile, self.root, inner, accounts.fileno(), self.limits.tmp_mb)
            process = subprocess.Popen(
                words,
                env={},
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
            child._end(Exit(signal=signal.SIGKILL, error=f"its sandbox ended: {self._failure}"))
        self._children.clear()

    def _hear(self, message: dict[str, Any]) -> None:
        if "ready" in message:
            self.ready = message
            self._event.set()
            return
        number = message.get("ended", message.get("refused"))
        child = self._children.pop(number, None) if number is not None else None
        if child is None:
            return
        status, error = message.get("status"), message.get("error")
        child._end(
            Exit(
                code=status if status is not None and status >= 0 else None,
                signal=-status if status is not None and status < 0 else None,
                cpu_seconds=message.get("cpu_seconds", 0.0),
                max_rss_kb=message.get("max_rss_kb", 0),
                error=error,
            )
        )
