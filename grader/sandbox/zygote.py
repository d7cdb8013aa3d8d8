"""What the coordinator uses: a warm sandbox of one profile that gives confined processes on request."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from grader.limits import Limits
from grader.sandbox.bwrap import Profile, SandboxError
from grader.sandbox.process import Child, Mode, ServerProcess


class Zygote:
    """A warm fork server inside the sandbox. `entry` names a module with

    around(serve, arguments)   called once, must call serve() when all is warm
    main(sockets, arguments)   called in each forked child, with the sockets given to `fork`

    `arguments` (plain JSON data) go to both; those of `fork` are added for `main`. Thread-safe. The sandbox ends when
    this object is closed or this process ends, however it ends. In mode "cold" each child has a sandbox of its own, and
    the next one is warmed while the last one runs. `nodes` are devices of the machine, such as a GPU's, that it may see.
    """

    def __init__(
        self,
        profile: Profile,
        entry: str,
        root: Path,
        arguments: dict[str, Any] | None = None,
        limits: Limits | None = None,
        mode: Mode = "zygote",
        nodes: Sequence[str] = (),
    ) -> None:
        self.profile, self.entry, self.root, self.mode = profile, entry, root, mode
        self.arguments, self.limits, self.nodes = arguments or {}, limits or Limits(), nodes
        self._lock = threading.Lock()
        self._warm: ServerProcess | None = None
        self._used: list[ServerProcess] = []
        self._closed = False

    def __enter__(self) -> Zygote:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start and wait until it serves. Raises SandboxError with the server's own last words."""
        self._warm = self._begin()
        self._warm.wait_ready()

    def fork(
        self,
        sockets: Sequence[socket.socket],
        arguments: dict[str, Any] | None = None,
        limits: Limits | None = None,
        cpu: int | None = None,
    ) -> Child:
        """A new confined process that gets copies of `sockets` (the caller closes its own), on the processor `cpu` if one is
        given. Raises SandboxError.
        """
        return self._server().fork(sockets, arguments or {}, limits or self.limits, cpu)

    @property
    def alive(self) -> bool:
        """Whether it can give another process."""
        with self._lock:
            return not self._closed and self._warm is not None and self._warm.alive

    def log_tail(self) -> str:
        """The last words of the server (never of a student)."""
        with self._lock:
            servers = [*self._used, *([self._warm] if self._warm else [])]
        return "".join(server.log_tail() for server in servers[-2:])

    def close(self) -> None:
        """End the sandbox and every child; returns when they are gone. Harmless when called twice or before start."""
        with self._lock:
            self._closed = True
            servers = [*self._used, *([self._warm] if self._warm else [])]
        for server in servers:
            server.close()

    def _begin(self) -> ServerProcess:
        return ServerProcess(
            self.profile, self.entry, self.root, self.arguments, self.limits, self.mode, self.nodes
        )

    def _server(self) -> ServerProcess:
        with self._lock:
            server = self._warm
            if server is None or self._closed:
                raise SandboxError(f"the {self.profile} sandbox does not run: it is not open")
            if self.mode != "cold":
                return server
            self._used = [used for used in self._used if used.alive] + [server]
            self._warm = self._begin()
        server.wait_ready()
        return server
