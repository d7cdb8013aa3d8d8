"""`python tests/hostile/stock.py [--write] [WORD ...]`: the corpus in this grader and, where harmless, in stock nbgrader.

Prints a table in Markdown; with --write the page docs/hostile.md is written from it. Stock nbgrader runs as an ordinary
account in a bubblewrap without network, on a copy of the course whose check cells hold the same checks as hidden tests.
A word narrows the cases to those that have it in their name or cause.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
import nbformat  # noqa: E402
from hostile_causes import CAUSES  # noqa: E402
from hostile_course import FULL, LAB, NAME, REPOSITORY, instructors, named  # noqa: E402
from hostile_room import Room, points  # noqa: E402
from stock_page import Row, page  # noqa: E402

from grader.sandbox import isolate  # noqa: E402
from grader.sandbox.bwrap import ACCOUNTS, _binds, _system, environment, find_bwrap  # noqa: E402

HIDDEN = {
    "softmax": "for n in (3, 5, 7):\n    s = torch.randn(n, 4)\n    assert torch.allclose(softmax(s), torch.softmax(s, 1))",
    "loss": "s, t = torch.randn(5, 3), torch.tensor([0, 1, 2, 0, 1])\n"
    "assert torch.allclose(torch.as_tensor(loss(s, t)), torch.nn.functional.cross_entropy(s, t))",
    "steepness": "assert steepness == 2.6250625",
    "slope": "assert abs(slope(lambda t: t**3 - 2 * t, 1.25, 1e-3) - 2.687501) < 1e-6",
}
ACCOUNT = "1000"
CONFIG = """c = get_config()
c.CourseDirectory.course_id = "hostile"
c.ExecutePreprocessor.timeout = 20
"""
SCORES = """
import json, sys
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db") as book:
    found = book.find_submission_notebook("1-small", "1-small", "student")
    print("SCORES", json.dumps({grade.name: grade.auto_score for grade in found.grades}))
"""


class Stock:
    """Stock nbgrader with the course of the corpus, each case on a fresh copy of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.template = folder, folder / "template"
        source = self.template / "source" / LAB
        source.mkdir(parents=True)
        notebook = instructors()
        for name, tests in HIDDEN.items():
            named(notebook, f"check-{name}").source = f"### BEGIN HIDDEN TESTS\n{tests}\n### END HIDDEN TESTS"
        nbformat.write(notebook, source / f"{NAME}.ipynb")
        (self.template / "nbgrader_config.py").write_text(CONFIG)
        done = self._run(self.template, f"nbgrader generate_assignment {LAB}", 120)
        assert (self.template / "release" / LAB / f"{NAME}.ipynb").exists(), done

    def grade(self, raw: bytes) -> dict[str, float] | None:
        """The points of each exercise; None when nbgrader gives no mark."""
        course = self.folder / "course"
        shutil.rmtree(course, ignore_errors=True)
        shutil.copytree(self.template, course)
        place = course / "submitted" / "student" / LAB
        place.mkdir(parents=True)
        (place / f"{NAME}.ipynb").write_bytes(raw)
        (course / "scores.py").write_text(SCORES)
        done = self._run(course, f"nbgrader autograde {LAB} && python scores.py", 240)
        line = next((line for line in done.splitlines() if line.startswith("SCORES ")), None)
        if line is None:
            return None
        scores = json.loads(line.removeprefix("SCORES "))
        return {name: scores.get(f"check-{name}") or 0.0 for name in FULL}

    def _run(self, course: Path, line: str, seconds: float) -> str:
        if isolate.is_root():
            subprocess.run(["chown", "-R", f"{ACCOUNT}:{ACCOUNT}", str(course)], check=True)
        with tempfile.TemporaryFile() as accounts:
            accounts.write(ACCOUNTS.encode())
            accounts.seek(0)
            try:
                done = subprocess.run(
                    _command(course, line, accounts.fileno()),
                    capture_output=True,
                    timeout=seconds,
                    stdin=subprocess.DEVNULL,
                    pass_fds=[accounts.fileno()],
                )
            except subprocess.TimeoutExpired:
                return "too slow"
        return (done.stdout + done.stderr).decode(errors="replace")


def _command(course: Path, line: str, accounts: int) -> list[str]:
    """bubblewrap as an ordinary account: own processes, no network, one writable folder."""
    words = [str(find_bwrap()), "--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    inner = ["/bin/sh", "-c", line]
    if (
        isolate.is_root()
    ):  # root mounts, since Python may lie where no other account reads, and gives all else up
        words += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        account = ["--reuid", ACCOUNT, "--regid", ACCOUNT, "--clear-groups", "--no-new-privs"]
        inner = ["setpriv", *account, *inner]
    else:
        words += ["--unshare-user", "--uid", ACCOUNT, "--gid", ACCOUNT]
    words += ["--hostname", "sandbox", "--die-with-parent", "--new-session", "--clearenv"]
    for name, value in (environment(course) | {"HOME": "/tmp", "PYTHONPATH": ""}).items():
        words += ["--setenv", name, value]
    words += [*_system(), "--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp"]
    words += [*_binds("student", course), "--bind", str(course), "/course"]
    words += ["--perms", "0444", "--file", str(accounts), "/etc/passwd", "--chdir", "/course"]
    return [*words, "--", *inner]


def rows(wanted: list[str], folder: Path) -> Iterator[Row]:
    """The cases that have one of the words `wanted` (any, when there is none) in their cause or name."""
    stock = Stock(folder / "stock")
    with Room(folder / "ours") as room:
        for cause, table in CAUSES.items():
            for case in table:
                if wanted and not any(word in f"{cause}: {case.name}" for word in wanted):
                    continue
                raw = case.raw(room.traps.fill)
                ours = sum(points(room.grade(raw)).values())
                if not case.stock:
                    yield Row(cause, case, ours)
                    continue
                given = stock.grade(raw)
                yield Row(cause, case, ours, "no mark" if given is None else f"{sum(given.values()):g}")


def main(wanted: list[str], write: bool) -> None:
    """Print the table as it grows, then the sums, or write the page."""
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    folder.chmod(0o755)
    (folder / "stock").mkdir()
    (folder / "ours").mkdir()
    found: list[Row] = []
    print("| Cause | Submission | Due | This grader | Stock nbgrader |")
    print("|---|---|---|---|---|", flush=True)
    try:
        for row in rows(wanted, folder):
            found.append(row)
            print(row, flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\nThis grader: {len(found)} submissions, {sum(row.wrong for row in found)} wrong marks.")
    tried, wrong = sum(row.tried for row in found), sum(row.wrong_there for row in found)
    print(f"Stock nbgrader: {tried} submissions, {wrong} wrong or missing marks.")
    if write:
        (REPOSITORY / "docs" / "hostile.md").write_text(page(found, CAUSES, sum(FULL.values())))


if __name__ == "__main__":
    os.umask(0o022)
    main([word for word in sys.argv[1:] if word != "--write"], "--write" in sys.argv[1:])
