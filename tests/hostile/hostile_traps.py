"""Traps on the host: whatever a notebook touches outside its sandbox is seen here."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import time
import uuid
from pathlib import Path

from tests.processes import processes_naming


class Traps:
    """Files that nobody may touch, sockets that nobody may reach, a name that no process may keep."""

    def __init__(self, folder: Path, watched: list[Path]) -> None:
        self.folder, self.watched = folder, watched
        self.mark = f"trap-{uuid.uuid4().hex[:12]}"
        folder.mkdir()
        folder.chmod(0o777)
        self.secret = folder / "secret.txt"
        self.secret.write_text(f"secret {self.mark}")
        self.secret.chmod(0o666)
        self.visitors: list[str] = []
        self.listeners = [
            self._listen(socket.AF_INET, ("127.0.0.1", 0)),
            self._listen(socket.AF_UNIX, f"\0{self.mark}"),
        ]
        self.listeners.append(self._listen(socket.AF_UNIX, str(folder / "socket")))
        (folder / "socket").chmod(0o777)
        self.port = self.listeners[0].getsockname()[1]
        self.before = self._hash()

    def fill(self, text: str) -> str:
        """The text of a notebook with the addresses of the traps."""
        words = {
            "@FOLDER@": str(self.folder),
            "@PORT@": str(self.port),
            "@MARK@": self.mark,
            "@PID@": str(os.getpid()),
        }
        words["@COURSE@"] = str(self.watched[0])
        for name, value in words.items():
            text = text.replace(name, value)
        return text

    def sprung(self) -> list[str]:
        """What was touched; waits a little for processes that are about to end."""
        found = list(self.visitors)
        if self._hash() != self.before:
            found.append("a file outside was changed")
        until = time.monotonic() + 5
        while (pids := processes_naming(self.mark)) and time.monotonic() < until:
            time.sleep(0.02)
        return found + [f"the process {pid} was left" for pid in pids]

    def close(self) -> None:
        """Take the traps away."""
        for listener in self.listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _listen(self, family: int, address: object) -> socket.socket:
        listener = socket.socket(family)
        listener.bind(address)  # type: ignore[arg-type]
        listener.listen()
        threading.Thread(target=self._wait, args=(listener,), daemon=True).start()
        return listener

    def _wait(self, listener: socket.socket) -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            self.visitors.append(f"somebody connected to {listener.getsockname()!r}")
            peer.close()

    def _hash(self) -> str:
        digest = hashlib.sha256()
        for place in (self.folder, *self.watched):
            for path in sorted(place.rglob("*")):
                if "__pycache__" not in path.parts:
                    digest.update(f"{path} {path.lstat().st_mode}".encode())
                    digest.update(path.read_bytes() if path.is_file() else b"")
        return digest.hexdigest()
