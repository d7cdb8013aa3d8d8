"""The notebook phase, seen from the trusted side: cells go in, outputs come back, whatever the cells do.

A cell that runs too long is stopped; one that ends the interpreter or cannot be stopped is left out and the
cells before it are run again in a new process.
"""

from __future__ import annotations

import base64
import binascii
import socket
import time
from collections.abc import Callable
from typing import Any, Protocol

from grader.boundary.wire import WireError, WireTimeout, receive_frame, send_frame
from grader.course import grade_id, nbgrader_metadata
from grader.limits import Limits, patience

GRACE_SECONDS = 2.0
MAX_RESTARTS = 8  # after this many no new cell is run
MOST_STARTS = 16
MAX_REVIVALS = 3  # of the state, when an exercise ended the process that all others are copied from
HELLO_BYTES = 1000
MAX_OUTPUTS = 500
MAX_TRACEBACK = 60
PNG = b"\x89PNG\r\n\x1a\n"


class Kernel(Protocol):
    """A sandboxed process that runs cells: its socket, and its end."""

    sock: socket.socket

    def kill(self) -> None:
        """End the process and everything it started."""


class NotebookRun:
    """Runs the code cells of one notebook (nbformat cells as dicts, changed in place); its device may take `begin_seconds`
    before it answers.
    """

    def __init__(self, start: Callable[[], Kernel], limits: Limits, begin_seconds: float = 0.0) -> None:
        self.start, self.limits, self.begin_seconds = start, limits, begin_seconds
        self.kernel: Kernel | None = None
        self.left_out: dict[int, str] = {}
        self.stopped: list[int] = []
        self.bytes_left = limits.notebook_output_bytes
        self.cells: list[dict[str, Any]] = []
        self.ran: list[int] = []
        self.restarts = self.revivals = 0

    def run(self, cells: list[dict[str, Any]]) -> None:
        """Run every code cell in order; outputs, execution counts and the cells left out are recorded."""
        self.cells = cells
        self.deadline = time.monotonic() + self.limits.run_seconds * patience()
        self.kernel = self.start()
        code = [i for i, cell in enumerate(cells) if cell["cell_type"] == "code"]
        for count, i in enumerate(code, 1):
            cells[i]["execution_count"], cells[i]["outputs"] = None, []
            if not cells[i]["source"].strip():
                continue
            if self.kernel is None or self.restarts > MAX_RESTARTS or time.monotonic() > self.deadline:
                late = time.monotonic() > self.deadline
                why = (
                    "the notebook's time was over" if late else "too many cells before it had to be left out"
                )
                cells[i]["outputs"] = [_note(f"not run: {why}")]
                self.left_out[i] = f"it was not run, because {why}"
                continue
            cells[i]["execution_count"] = count
            problem = self._cell(i, cells[i]["outputs"])
            if problem is None:
                self.ran.append(i)
            else:
                self.left_out[i] = problem
                cells[i]["outputs"].append(_note(f"left out: {problem}"))
                self._again()

    def fork(self) -> socket.socket:
        """A socket to a copy of the state after the notebook; copies before it are ended. When the process of that state
        is gone, which an exercise before may have caused, the cells are run again; raises WireError when that does not
        help.
        """
        try:
            return self._fork()
        except WireError:
            if self.revivals >= MAX_REVIVALS:
                raise
        self.revivals += 1
        self.deadline = time.monotonic() + self.limits.run_seconds * patience()
        self._again()
        return self._fork()

    def _fork(self) -> socket.socket:
        if self.kernel is None:
            raise WireError("the notebook's process is gone")
        seconds = (self.limits.call_seconds + self.begin_seconds) * patience()
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self.kernel.sock.settimeout(seconds)
                send_frame(self.kernel.sock, {"op": "fork"})
                socket.send_fds(self.kernel.sock, [b"f"], [theirs.fileno()])
            receive_frame(ours, time.monotonic() + seconds, HELLO_BYTES)
        except (WireError, OSError) as error:
            ours.close()
            raise WireError(f"the notebook's process is gone ({error})") from None
        return ours

    def _again(self) -> None:
        """A new process in which the cells that ran well have run; none when that takes too many tries."""
        while True:
            if self.kernel is not None:
                self.kernel.kill()
            self.kernel = None
            self.restarts += 1
            if self.restarts > MOST_STARTS or time.monotonic() > self.deadline + self.limits.run_seconds:
                return
            self.kernel = self.start()
            died = next((i for i in self.ran if self._cell(i, None)), None)
            if died is None:
                return
            self.left_out[died] = "it ended the Python interpreter when it was run a second time"
            self.ran.remove(died)

    def _cell(self, index: int, outputs: list[dict[str, Any]] | None) -> str | None:
        """Run one cell; the reason when it has to be left out."""
        assert self.kernel is not None
        # a cell that is run again had its time before
        seconds = self.limits.cell_seconds * patience() / (3 if self.stopped and outputs is not None else 1)
        seconds = max(1.0, min(seconds, self.deadline - time.monotonic()))
        collector = Collector(min(self.limits.output_bytes, self.bytes_left))
        started = time.monotonic()
        problem = None
        try:
            self.kernel.sock.settimeout(seconds)
            cell, limit = self.cells[index], self.limits.output_bytes
            message = {"op": "run", "code": cell["source"], "seconds": seconds, "bytes": limit}
            send_frame(self.kernel.sock, {**message, "state": _graded_id(cell)})
            self._collect(collector, started + seconds + GRACE_SECONDS)
        except WireTimeout:
            problem = f"it could not be stopped after {seconds:.0f} seconds"
        except (WireError, OSError):
            problem = "it ended the Python interpreter"
        if time.monotonic() - started >= seconds:
            self.stopped.append(index)
        if outputs is not None:
            self.bytes_left -= collector.used
            outputs[:] = collector.outputs
        return problem

    def _collect(self, collector: Collector, deadline: float) -> None:
        assert self.kernel is not None
        while True:
            message, _ = receive_frame(self.kernel.sock, deadline, self.limits.message_bytes)
            if "done" in message:
                return
            collector.add(message.get("output"))


def _graded_id(cell: dict[str, Any]) -> str:
    """The grade_id of a cell that carries points, else an empty text."""
    return grade_id(cell) if nbgrader_metadata(cell).get("grade") else ""


class Collector:
    """The outputs of one cell as nbformat outputs: known types only, text and PNG, within a number of bytes."""

    def __init__(self, limit: int) -> None:
        self.outputs: list[dict[str, Any]] = []
        self.limit, self.used = limit, 0
        self.displays: dict[str, dict[str, Any]] = {}
        self.clear_next = False

    def add(self, output: Any) -> None:
        """Take one output of the student's side; what is malformed or too much is dropped."""
        if not isinstance(output, dict):
            return
        kind = output.get("output_type")
        if kind == "clear":
            self.clear_next = output.get("wait") is True
            if not self.clear_next:
                self._clear()
            return
        made = _MAKERS[kind](output) if isinstance(kind, str) and kind in _MAKERS else None
        if made is None:
            return
        if self.clear_next:
            self._clear()
        self._append(made, output)

    def _append(self, made: dict[str, Any], output: dict[str, Any]) -> None:
        size = _size(made)
        if self.used + size > self.limit or len(self.outputs) >= MAX_OUTPUTS:
            if self.used <= self.limit:
                self.used = self.limit + 1
                self.outputs.append(_note("more output was left out"))
            return
        self.used += size
        name = output.get("display_id")
        if isinstance(name, str) and output.get("update") is True and name in self.displays:
            self.used -= _size(self.displays[name])
            self.displays[name]["data"] = made["data"]
            return
        last = self.outputs[-1] if self.outputs else None
        if (
            last is not None
            and last["output_type"] == made["output_type"] == "stream"
            and last["name"] == made["name"]
        ):
            last["text"] += made["text"]
            return
        if isinstance(name, str) and "data" in made:
            self.displays[name] = made
        self.outputs.append(made)

    def _clear(self) -> None:
        self.clear_next = False
        self.outputs.clear()
        self.displays.clear()
        self.used = 0


def _note(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": f"[{text}]\n"}


def _size(output: dict[str, Any]) -> int:
    if "data" in output:
        return 50 + sum(len(v) for v in output["data"].values())
    return 50 + len(output.get("text", "")) + sum(map(len, output.get("traceback", ())))


def _plain(text: Any) -> str:
    """Text that any file can hold."""
    return text.encode("utf-8", "replace").decode().replace("\0", "") if isinstance(text, str) else ""


def _stream(output: dict[str, Any]) -> dict[str, Any] | None:
    name = "stderr" if output.get("name") == "stderr" else "stdout"
    text = _plain(output.get("text"))
    return {"output_type": "stream", "name": name, "text": text} if text else None


def _error(output: dict[str, Any]) -> dict[str, Any]:
    lines = output.get("traceback")
    kept = [_plain(x) for x in lines[:MAX_TRACEBACK]] if isinstance(lines, list) else []
    return {
        "output_type": "error",
        "ename": _plain(output.get("ename"))[:200],
        "evalue": _plain(output.get("evalue"))[:10_000],
        "traceback": kept,
    }


def _display(output: dict[str, Any]) -> dict[str, Any] | None:
    given = output.get("data")
    if not isinstance(given, dict):
        return None
    data = {}
    if isinstance(given.get("text/plain"), str):
        data["text/plain"] = _plain(given["text/plain"])
    if is_png(given.get("image/png")):
        data["image/png"] = given["image/png"]
    return {"output_type": "display_data", "data": data, "metadata": {}} if data else None


def _result(output: dict[str, Any]) -> dict[str, Any] | None:
    made = _display(output)
    if made is None:
        return None
    count = output.get("execution_count")
    return {**made, "output_type": "execute_result", "execution_count": count if type(count) is int else None}


_MAKERS: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {
    "stream": _stream,
    "error": _error,
    "display_data": _display,
    "execute_result": _result,
}


def is_png(text: Any) -> bool:
    """Whether a text is the base64 form of a PNG file, with nothing but line ends beside: pages of other
    programs put it into their markup as it is.
    """
    if not isinstance(text, str):
        return False
    try:
        return base64.b64decode(text.replace("\n", ""), validate=True).startswith(PNG)
    except (ValueError, binascii.Error):
        return False
