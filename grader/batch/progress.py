"""How far a run is: a bar on a terminal, plain lines elsewhere, JSON lines for machines."""

from __future__ import annotations

import json
import os
import select
import shutil
import sys
import time
from dataclasses import asdict, dataclass
from typing import TextIO

BAR_WIDTH = 24
REDRAW_SECONDS = 0.1


@dataclass(frozen=True)
class Step:
    """One notebook is done."""

    student: str
    lab: str
    notebook: str
    status: str
    reason: str | None
    points: float
    max_points: float
    seconds: float


class Progress:
    """What a run tells while it goes on; this one tells nothing. All calls come from one thread."""

    def begin(self, total: int, unchanged: int) -> None:
        """Take note of how many notebooks will be graded, and how many need no work."""

    def step(self, step: Step) -> None:
        """Take note of one notebook."""

    def note(self, text: str) -> None:
        """Say something in a line of its own."""

    def tick(self) -> None:
        """Nothing new; the clock goes on."""

    def end(self, not_landed: int = 0) -> None:
        """No more will come; the marks of so many students' labs are not in the gradebook yet."""


class Audience:
    """A stream whose reader may go away, or whose disk may be full: neither ends a run."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def say(self, text: str) -> None:
        """Write the text at once, so that a log can be followed."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self.is_gone()

    def is_gone(self) -> bool:
        """Whether nobody reads the stream any more; what is still held back is forgotten then."""
        poll = select.poll()
        poll.register(self._stream, 0)
        gone = any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
        if gone:
            with open(os.devnull, "w") as nowhere:
                os.dup2(nowhere.fileno(), self._stream.fileno())
        return gone


class Clock:
    """Count, rate and time left of a run."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.failures = 0
        self._start = time.monotonic()

    def count(self, step: Step) -> None:
        """Add a finished notebook."""
        self.done += 1
        self.failures += step.status == "ungradable"

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    @property
    def rate(self) -> float:
        """Notebooks per second, 0.0 before the first."""
        return self.done / self.seconds if self.done and self.seconds > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Estimated seconds to the end, None before the first notebook is done."""
        return (self.total - self.done) / self.rate if self.rate else None


class Lines(Progress):
    """A line for each notebook, for log files."""

    def __init__(self, stream: TextIO) -> None:
        self.audience = Audience(stream)
        self.clock = Clock(0)

    def begin(self, total: int, unchanged: int) -> None:
        """Write how much there is to do."""
        self.clock = Clock(total)
        self.note(opening(total, unchanged))

    def step(self, step: Step) -> None:
        """Write the notebook's line."""
        self.clock.count(step)
        self.note(f"{self.clock.done}/{self.clock.total} {describe(step)}, {span(self.clock.left)} left")

    def note(self, text: str) -> None:
        """Write a line."""
        self.audience.say(printable(text) + "\n")

    def end(self, not_landed: int = 0) -> None:
        """Write the summary."""
        self.note(closing(self.clock))
        if not_landed:
            self.note(waiting(not_landed))


class Bar(Lines):
    """A bar that redraws itself; what could not be graded stays above it."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._drawn = 0.0

    def step(self, step: Step) -> None:
        """Move the bar; keep a line only for a failure."""
        self.clock.count(step)
        if step.status == "ungradable":
            self.note(describe(step))
        self._draw(force=self.clock.done == self.clock.total)

    def note(self, text: str) -> None:
        """Write a line above the bar."""
        self.audience.say("\r\x1b[K")
        super().note(text)

    def tick(self) -> None:
        """Let the time left run."""
        self._draw(force=False)

    def _draw(self, force: bool) -> None:
        now = time.monotonic()
        if not force and now - self._drawn < REDRAW_SECONDS:
            return
        self._drawn = now
        columns = shutil.get_terminal_size().columns
        self.audience.say("\r\x1b[K" + bar(self.clock)[: columns - 1])


class JsonLines(Progress):
    """One JSON object a line: begin, notebook..., note, end."""

    def __init__(self, stream: TextIO) -> None:
        self.audience = Audience(stream)
        self.clock = Clock(0)

    def begin(self, total: int, unchanged: int) -> None:
        """Write {"event": "begin", "total", "unchanged"}."""
        self.clock = Clock(total)
        self._write("begin", total=total, unchanged=unchanged)

    def step(self, step: Step) -> None:
        """Write {"event": "notebook", ..., "done", "total", "left"}."""
        self.clock.count(step)
        self._write(
            "notebook", **asdict(step), done=self.clock.done, total=self.clock.total, left=self.clock.left
        )

    def note(self, text: str) -> None:
        """Write {"event": "note", "text"}."""
        self._write("note", text=text)

    def end(self, not_landed: int = 0) -> None:
        """Write {"event": "end", "done", "ungradable", "not_landed", "seconds"}."""
        seconds = round(self.clock.seconds, 3)
        failures = {"ungradable": self.clock.failures, "not_landed": not_landed}
        self._write("end", done=self.clock.done, **failures, seconds=seconds)

    def _write(self, event: str, **values: object) -> None:
        self.audience.say(json.dumps({"event": event, **values}) + "\n")


def make_progress(as_json: bool = False, stream: TextIO | None = None) -> Progress:
    """JSON lines on stdout when asked for; else a bar if stderr is a terminal, plain lines if not."""
    if as_json:
        return JsonLines(stream or sys.stdout)
    stream = stream or sys.stderr
    return Bar(stream) if stream.isatty() else Lines(stream)


def bar(clock: Clock) -> str:
    """Give the bar as text: [####....] 12/28 2.1/s 0:08 left, 1 ungradable."""
    filled = round(BAR_WIDTH * clock.done / clock.total) if clock.total else BAR_WIDTH
    text = f"[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {clock.done}/{clock.total}"
    text += f"  {clock.rate:.1f}/s  {span(clock.left)} left"
    return text + (f"  {clock.failures} ungradable" if clock.failures else "")


def opening(total: int, unchanged: int) -> str:
    """Say what will be done."""
    kept = f", {plural(unchanged, 'notebook')} unchanged" if unchanged else ""
    return f"{plural(total, 'notebook')} to grade{kept}"


def closing(clock: Clock) -> str:
    """Say what was done."""
    rate = f", {clock.rate:.1f} a second" if clock.done else ""
    failed = f"; {clock.failures} could not be graded" if clock.failures else ""
    return f"{plural(clock.done, 'notebook')} graded in {span(clock.seconds)}{rate}{failed}"


def waiting(not_landed: int) -> str:
    """Say what is to be done about marks that are not in the gradebook."""
    return (
        f"the marks of {plural(not_landed, 'hand-in')} are not in the gradebook yet; "
        "once it can be written, the same command lands them without grading again"
    )


def describe(step: Step) -> str:
    """One notebook in words."""
    name = f"{step.student} {step.lab}/{step.notebook}"
    if step.status == "ungradable":
        return f"{name}: cannot be graded: {step.reason}"
    return f"{name}: {step.status}, {step.points:g} of {step.max_points:g} points, {step.seconds:.1f} s"


def plural(count: int, word: str) -> str:
    """Give "1 notebook", "2 notebooks"."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def span(seconds: float | None) -> str:
    """Seconds as m:ss or h:mm:ss, "-:--" when unknown."""
    if seconds is None:
        return "-:--"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def printable(text: str) -> str:
    """Keep a submission's words from steering the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
