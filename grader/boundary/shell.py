"""An IPython shell without a kernel: runs cells, hands each output to a callback as an nbformat output."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from grader.boundary.formatter import Formatter

Emit = Callable[[dict[str, Any]], None]
FLUSH_BYTES = 8192
SYSTEM_SECONDS = 30
FRAMES_KEPT = 10  # at each end of a traceback
MOST_CHAINED = 4


class Outputs:
    """Where everything a cell shows goes; `emit` sends it on, at most `limit` bytes for a cell."""

    def __init__(self) -> None:
        self.emit: Emit = lambda output: None
        self.limit = self.left = 1 << 20
        self.streams: list[Stream] = []

    def start(self, emit: Emit, limit: int) -> None:
        """Begin a cell."""
        self.emit, self.limit, self.left = emit, limit, limit

    def send(self, output: dict[str, Any], size: int) -> None:
        """Pass an output on while there is room for it."""
        if self.left <= 0:
            return
        self.left -= size
        if self.left <= 0:
            output = {"output_type": "stream", "name": "stdout", "text": "\n[more output was left out]\n"}
        self.emit(output)

    def flush(self) -> None:
        """Send what the streams hold back."""
        for stream in self.streams:
            stream.flush()


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr of a cell."""

    encoding = "utf-8"

    def __init__(self, name: str, outputs: Outputs) -> None:
        super().__init__()
        self.stream_name, self.outputs = name, outputs
        self.parts: list[str] = []
        self.size = 0
        outputs.streams.append(self)

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Hold the text back until there is enough of it."""
        if not isinstance(text, str):
            raise TypeError(f"a text is needed, not {type(text).__name__}")
        if self.outputs.left > 0:
            text_kept = text[: self.outputs.limit + 1]
            self.parts.append(text_kept)
            self.size += len(text_kept)
            if self.size >= FLUSH_BYTES:
                self.flush()
        return len(text)

    def flush(self) -> None:
        """Send what was held back, the other stream's first part included."""
        if self.parts:
            text = "".join(self.parts)
            self.parts, self.size = [], 0
            self.outputs.send({"output_type": "stream", "name": self.stream_name, "text": text}, len(text))


class Publisher(DisplayPublisher):
    """display(), update_display() and clear_output()."""

    outputs: Any = None

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **kwargs: Any,
    ) -> None:
        """Send the forms that feedback keeps: plain text and PNG."""
        self.outputs.flush()
        output: dict[str, Any] = {"output_type": "display_data", "data": kept_forms(data), "metadata": {}}
        name = (transient or {}).get("display_id")
        if isinstance(name, str):
            output["display_id"] = name[:200]
            output["update"] = bool(update)
        self.outputs.send(output, sum(len(v) for v in output["data"].values()))

    def clear_output(self, wait: bool = False) -> None:
        """Forget the outputs of this cell; with `wait`, when the next one comes."""
        self.outputs.flush()
        self.outputs.send({"output_type": "clear", "wait": bool(wait)}, 8)


class Hook(DisplayHook):
    """The value of a cell's last expression."""

    outputs: Any = None

    def write_output_prompt(self) -> None:
        """No prompt text."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Send the value's plain text and PNG."""
        self.outputs.flush()
        data = kept_forms(format_dict)
        output = {
            "output_type": "execute_result",
            "data": data,
            "metadata": {},
            "execution_count": self.prompt_count,
        }
        self.outputs.send(output, sum(len(v) for v in data.values()))


def kept_forms(data: Any) -> dict[str, str]:
    """Of a MIME bundle the forms that feedback shows."""
    import base64

    kept = {}
    for form in ("text/plain", "image/png"):
        value = data.get(form) if isinstance(data, dict) else None
        if isinstance(value, bytes):
            value = base64.b64encode(value).decode()
        if isinstance(value, str):
            kept[form] = value
    return kept


class Shell(InteractiveShell):
    """The shell of one notebook run; `outputs` gets everything that is shown."""

    outputs: Outputs

    def enable_gui(self, gui: Any = None) -> None:
        """There is no window system here."""

    def init_display_formatter(self) -> None:
        """See InteractiveShell."""
        self.display_formatter = Formatter(parent=self)

    def ask_exit(self) -> None:
        """exit() and quit() end nothing in a notebook that is graded."""
        print("exit() has no effect while grading.")

    def showtraceback(self, exc_tuple: Any = None, *args: Any, **kwargs: Any) -> None:
        """A recursion without end has thousands of frames, of which each takes milliseconds to be shown."""
        error = exc_tuple[1] if exc_tuple else sys.exc_info()[1]
        if isinstance(error, BaseException):
            shorten(error)
        super().showtraceback(exc_tuple, *args, **kwargs)

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        self.outputs.flush()
        lines = [str(line) for line in stb]
        output = {"output_type": "error", "ename": _name(etype), "evalue": _text(evalue), "traceback": lines}
        self.outputs.send(output, sum(map(len, lines)))

    def system(self, command: str) -> None:
        """A line that begins with `!`: its output is shown as a notebook would."""
        try:
            done = subprocess.run(
                self.var_expand(command, depth=1),
                shell=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=SYSTEM_SECONDS,
                check=False,
            )
            print(done.stdout.decode(errors="replace"), end="")
            self.user_ns["_exit_code"] = done.returncode
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"the command was not run: {error}")

    system_piped = system_raw = system


def shorten(error: BaseException) -> None:
    """Leave of each traceback both ends, and of a chain of exceptions the last ones."""
    current: BaseException | None = error
    for _ in range(MOST_CHAINED):
        if current is None:
            return
        _drop_middle(current.__traceback__)
        last, current = current, current.__cause__ or current.__context__
    last.__cause__ = last.__context__ = None


def _drop_middle(first: Any) -> None:
    frames = []
    while first is not None:
        frames.append(first)
        first = first.tb_next
    if len(frames) > 2 * FRAMES_KEPT:
        frames[FRAMES_KEPT - 1].tb_next = frames[-FRAMES_KEPT]


def _name(etype: Any) -> str:
    return str(getattr(etype, "__name__", "Exception"))[:200]


def _text(value: Any) -> str:
    try:
        return str(value)[:10_000]
    except BaseException:
        return ""


def make_shell() -> Shell:
    """A shell that is ready for cells: inline figures, no history file, streams that are captured."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.banner1 = ""
    config.InlineBackend.figure_formats = {"png"}
    shell = Shell.instance(config=config, display_pub_class=Publisher, displayhook_class=Hook)
    shell.outputs = Outputs()
    parts: list[Any] = [shell.display_pub, shell.displayhook]
    for part in parts:
        part.outputs = shell.outputs
    shell.user_ns["__name__"] = "__main__"
    inline = sys.modules.get("matplotlib_inline.backend_inline")
    if inline is not None:
        inline._enable_matplotlib_integration()
    return shell


class _Alarm:
    """Raises TimeoutError in the cell when its time is over, and again each second if that is caught."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        def ring(number: int, frame: Any) -> None:
            raise TimeoutError(f"the cell ran longer than {self.seconds:.0f} seconds and was stopped")

        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, self.seconds, 1.0)

    def __exit__(self, *details: Any) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)


def run_cell(shell: Shell, code: str, seconds: float, limit: int, emit: Emit) -> bool:
    """Run one cell; whether it ended without an error. Outputs go to `emit` while it runs."""
    outputs = shell.outputs
    outputs.start(emit, limit)
    before = sys.stdout, sys.stderr
    out = Stream("stdout", outputs)
    err = Stream("stderr", outputs)
    sys.stdout, sys.stderr = out, err
    try:
        with _Alarm(seconds):
            result = shell.run_cell(code, store_history=True)
        return bool(result.success)
    except BaseException as error:
        output = {
            "output_type": "error",
            "ename": _name(type(error)),
            "evalue": _text(error),
            "traceback": [],
        }
        outputs.send(output, 100)
        return False
    finally:
        outputs.flush()
        outputs.streams.clear()
        sys.stdout, sys.stderr = before
