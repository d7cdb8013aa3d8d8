"""The weaker modes, the self-test that chooses among them, and the command line of bubblewrap."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from grader.limits import Limits
from grader.sandbox import SandboxError, Zygote, bwrap, choose_mode, landlock, selftest, tree

ROOT = Path(__file__).resolve().parents[2]
LIMITS = Limits(memory_mb=1024, processes=32, file_mb=8, tmp_mb=16, start_seconds=30)


def nobody_can_read_python() -> bool:
    """Whether an account without rights reaches this interpreter, as Landlock's mode needs when started by root."""
    folders = {parent for path in bwrap.python_folders() for parent in [path, *path.parents]}
    return os.getuid() != 0 or all(
        folder.stat().st_mode & 0o005 == 0o005 for folder in folders if folder.is_dir()
    )


needs_landlock = [
    pytest.mark.skipif(landlock.abi() < landlock.WANTED_ABI, reason="the kernel's Landlock is too old"),
    pytest.mark.skipif(not nobody_can_read_python(), reason="Python lies where only root can read"),
]
WEAKER = ["cold", pytest.param("landlock", marks=needs_landlock)]


class TestTheWeakerModes:
    @pytest.mark.parametrize("mode", WEAKER)
    def test_every_probe_holds(self, mode):
        found = selftest.examine(mode)
        assert found.reason == ""
        assert [name for name, held in found.probes.items() if not held] == []

    @pytest.mark.parametrize("mode", WEAKER)
    def test_one_child_after_the_other_is_served(self, mode):
        with Zygote("student", "grader.sandbox.probe", ROOT, limits=LIMITS, mode=mode) as zygote:
            for _ in range(3):
                ours, theirs = socket.socketpair()
                with ours, theirs:
                    source = "import os; sockets[0].send(str(len(os.listdir())).encode()); open('mine', 'w')"
                    child = zygote.fork([theirs], {"source": source})
                    assert ours.recv(9) == b"0"
                assert child.wait(10).code == 0

    @pytest.mark.parametrize("mode", WEAKER)
    def test_a_killed_child_is_reported(self, mode):
        with Zygote("student", "grader.sandbox.probe", ROOT, limits=LIMITS, mode=mode) as zygote:
            child = zygote.fork([], {"source": "import time; time.sleep(60)"})
            assert child.wait(0.2) is None
            child.kill()
            assert child.wait(10).signal == 9

    @pytest.mark.skipif(landlock.abi() < landlock.WANTED_ABI, reason="the kernel's Landlock is too old")
    @pytest.mark.skipif(not nobody_can_read_python(), reason="Python lies where only root can read")
    def test_landlock_leaves_no_path_socket_in_reach(self, tmp_path):
        source = """
import socket
def error(what, *arguments):
    try: what(*arguments)
    except OSError as error: return error.strerror
pair = socket.socketpair()
text = [error(socket.socket, socket.AF_UNIX), error(socket.socketpair, socket.AF_UNIX, socket.SOCK_DGRAM), error(pair[0].connect, "/x")]
sockets[0].send("|".join(map(str, text)).encode())
"""
        with Zygote("student", "grader.sandbox.probe", ROOT, limits=LIMITS, mode="landlock") as zygote:
            ours, theirs = socket.socketpair()
            with ours, theirs:
                zygote.fork([theirs], {"source": source})
                assert ours.recv(999).decode().split("|") == ["Operation not permitted"] * 3


class TestTheChoice:
    def test_the_strongest_mode_that_holds_is_taken(self):
        mode, reasons = choose_mode()
        assert mode == "zygote"
        assert "zygote: holds" in reasons[0]

    def test_no_sandbox_only_when_asked_for_by_name(self):
        assert "unsafe" not in selftest.MODES
        mode, reasons = choose_mode("unsafe")
        assert mode == "unsafe"
        assert "WARNING: NO SANDBOX" in reasons[0]

    def test_an_unknown_name_is_refused(self):
        with pytest.raises(SandboxError, match="no sandbox is called 'loose'"):
            choose_mode("loose")

    def test_without_user_namespaces_it_falls_back_or_says_what_to_do(self):
        outer = [str(bwrap.find_bwrap()), "--unshare-user", "--disable-userns", "--dev-bind", "/", "/"]
        words = [*outer, sys.executable, "-m", "grader.sandbox"]
        done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
        assert "zygote: does not hold: " in done.stdout
        assert "cold: does not hold: bwrap: " in done.stdout
        if done.returncode:
            assert "'--unsafe' runs without any sandbox" in done.stdout
        else:
            assert "landlock: holds" in done.stdout

    def test_a_missing_bubblewrap_is_named(self, monkeypatch):
        monkeypatch.setattr(bwrap, "find_bwrap", lambda: None)
        found = selftest.examine("zygote")
        assert not found.holds
        assert "bubblewrap is missing: install the package bubblewrap" in found.line()


class TestTheCommandLine:
    def test_a_student_is_shown_no_check_no_source_and_no_other_work(self):
        words = bwrap.command("student", ROOT, ["true"], 5)
        shown = [words[i + 1] for i, word in enumerate(words) if word == "--ro-bind"]
        for name in ("", "source", "tests", "submitted", "autograded", "feedback", ".git", "examples"):
            assert str(ROOT / name) not in shown
            assert not any((ROOT / name).is_relative_to(path) for path in shown)

    def test_a_course_inside_its_python_is_refused(self):
        with pytest.raises(SandboxError, match="lies inside the Python that runs it"):
            bwrap.command("student", Path(sys.prefix) / "lib" / "course", ["true"], 5)

    def test_a_course_inside_a_folder_of_the_system_is_covered_first(self):
        words = bwrap.command("student", Path("/usr/src/course"), ["true"], 5)
        assert words[words.index("--tmpfs", words.index("/dev/shm")) + 1] == "/usr/src/course"

    def test_the_environment_is_the_same_whoever_asks(self, monkeypatch):
        before = bwrap.environment(ROOT)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        assert bwrap.environment(ROOT) == before


class TestTheTreeOfProcesses:
    def test_descendants_are_found_through_their_parents(self):
        assert tree.below(1, {1: [2, 3], 3: [4], 5: [6]}) == [2, 3, 4]

    def test_memory_is_compared_with_a_limit(self):
        assert tree.uses_more_than(100, [os.getpid()])
        assert not tree.uses_more_than(1 << 30, [os.getpid()])

    def test_a_process_that_has_ended_uses_nothing(self):
        assert not tree.uses_more_than(0, [1 << 22])
