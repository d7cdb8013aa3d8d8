"""What code of a student can and cannot do: every probe runs inside the sandbox, and first makes sure that it does."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from grader.limits import Limits
from grader.sandbox import Child, SandboxError, Zygote
from tests.processes import processes_naming

ROOT = Path(__file__).resolve().parents[2]
LIMITS = Limits(memory_mb=1024, processes=32, file_mb=8, tmp_mb=16, start_seconds=30)

# Sends what the probe's `result` is; refuses to try anything when it is not inside.
PREAMBLE = """
import json, os, socket, sys
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
assert os.getuid() == 1000 and int(status["NSpid"].split()[-1]) < 10, "not inside the sandbox"
assert int(status["CapEff"], 16) == 0 and int(status["NoNewPrivs"]) == 1 and int(status["Seccomp"]) == 2
def outcome(what, *arguments):
    try:
        what(*arguments)
        return "done"
    except BaseException as error:
        return type(error).__name__
"""


@pytest.fixture(scope="module")
def student():
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("GRADER_DEBUG", raising=False)
        zygote = Zygote("student", "grader.sandbox.probe", ROOT, limits=LIMITS)
        zygote.start()
    yield zygote
    zygote.close()


def start(zygote: Zygote, source: str, limits: Limits | None = None) -> tuple[Child, socket.socket]:
    ours, theirs = socket.socketpair()
    ours.settimeout(10)
    with theirs:
        child = zygote.fork([theirs], {"source": PREAMBLE + textwrap.dedent(source)}, limits)
    return child, ours


def probe(zygote: Zygote, source: str, limits: Limits | None = None):
    """The value that `source` leaves in `result`, run as a student's process."""
    send = "\nsockets[0].sendall(json.dumps(result).encode())\nsockets[0].shutdown(socket.SHUT_WR)"
    child, ours = start(zygote, textwrap.dedent(source) + send, limits)
    with ours, ours.makefile("rb") as stream:
        text = stream.read()
    ended = child.wait(10)
    assert text, f"the probe gave no answer: {ended}\n{zygote.log_tail()}"
    return json.loads(text)


def gone(mark: str, seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while processes_naming(mark):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


class TestTheNetwork:
    @pytest.mark.parametrize(
        "family", ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG"]
    )
    def test_no_family_but_unix_opens(self, student, family):
        assert (
            probe(student, f"result = outcome(socket.socket, socket.{family}, socket.SOCK_DGRAM)")
            == "OSError"
        )

    def test_unix_socket_pairs_work(self, student):
        assert probe(student, "a, b = socket.socketpair(); a.send(b'x'); result = b.recv(1).decode()") == "x"

    def test_the_only_interface_is_a_loopback_that_is_down(self, student):
        result = probe(student, "result = open('/proc/net/dev').read().splitlines()[2:]")
        assert [line.split(":")[0].strip() for line in result] == ["lo"]

    def test_abstract_sockets_of_the_machine_are_out_of_reach(self, student):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("\0outside the sandbox")
            listener.listen()
            source = "result = outcome(socket.socket(socket.AF_UNIX).connect, '\\0outside the sandbox')"
            assert probe(student, source) == "ConnectionRefusedError"

    def test_children_do_not_meet_in_an_abstract_socket(self, student):
        hold = "s = socket.socket(socket.AF_UNIX); s.bind('\\0meeting'); s.listen(); sockets[0].send(b'.'); input()"
        child, ours = start(student, hold.replace("input()", "import time; time.sleep(30)"))
        with ours:
            assert ours.recv(1) == b"."
            source = "result = outcome(socket.socket(socket.AF_UNIX).connect, '\\0meeting')"
            assert probe(student, source) == "ConnectionRefusedError"
            child.kill()


class TestFiles:
    def test_the_course_shows_only_what_students_may_see(self, student):
        result = probe(student, "result = sorted(os.listdir(os.environ['COURSE_ROOT']))")
        assert set(result) <= {"utils", "grader", "data", ".venv"}
        assert "utils" in result

    @pytest.mark.parametrize(
        "path", ["source", "tests", "submitted", "gradebook.db", "autograded", ".git", "examples"]
    )
    def test_nothing_else_of_the_course_is_there(self, student, path):
        assert probe(student, f"result = os.path.exists({str(ROOT / path)!r})") is False

    def test_no_file_of_the_account_or_the_machine_is_there(self, student, tmp_path):
        (tmp_path / "secret").write_text("secret")
        paths = [
            str(tmp_path / "secret"),
            str(Path.home() / ".bashrc"),
            "/etc/shadow",
            "/etc/hostname",
            "/var/log",
            "/run",
        ]
        assert probe(student, f"result = [p for p in {paths!r} if os.path.exists(p)]") == []

    def test_the_list_of_accounts_is_made_up(self, student):
        result = probe(student, "result = open('/etc/passwd').read()")
        assert [line.split(":")[0] for line in result.splitlines()] == ["root", "student", "nobody"]

    def test_only_private_folders_can_be_written(self, student):
        source = """
            seen = []
            for line in open("/proc/self/mountinfo"):
                fields = line.split()
                seen.append((fields[4], fields[5].split(",")[0]))
            result = sorted(place for place, mode in seen if mode == "rw")
        """
        assert probe(student, source) == ["/dev/pts", "/dev/shm", "/home/student", "/proc", "/tmp"]

    def test_writing_anywhere_else_fails(self, student):
        places = [
            "/",
            "/usr/x",
            "/etc/passwd",
            sys.prefix + "/lib/x",
            str(ROOT / "utils" / "x"),
            "/dev/x",
            "/home/x",
            "/proc/sys/kernel/hostname",
        ]
        assert set(probe(student, f"result = [outcome(open, p, 'w') for p in {places!r}]")) <= {
            "OSError",
            "PermissionError",
            "IsADirectoryError",
        }

    def test_the_working_folder_is_private_and_empty(self, student):
        for _ in range(2):
            assert probe(student, "result = [os.getcwd(), os.listdir()]; open('mine', 'w')") == [
                "/home/student/work",
                [],
            ]

    def test_a_file_is_bounded(self, student):
        source = "f = open('/tmp/x', 'wb'); result = [outcome(f.write, bytes(9 << 20)), os.path.getsize('/tmp/x') >> 20]"
        assert probe(student, source) == ["OSError", 8]

    def test_all_private_folders_together_are_bounded(self, student):
        source = """
            def fill(path):
                with open(path, "wb", 0) as f:
                    while f.write(bytes(1 << 20)): pass
            written = 0
            for folder in ("/tmp", "/dev/shm", "/home/student", "."):
                for name in "abcd":
                    outcome(fill, f"{folder}/{name}")
                    written += os.path.getsize(f"{folder}/{name}") if os.path.exists(f"{folder}/{name}") else 0
            result = written >> 20
        """
        assert probe(student, source) <= LIMITS.tmp_mb


class TestProcesses:
    def test_no_other_process_is_seen(self, student):
        assert probe(student, "result = [p for p in os.listdir('/proc') if p.isdigit()]") == ["1"]

    def test_what_it_starts_cannot_end_it(self, student):
        source = """
            pid = os.fork()
            if pid == 0:
                for number in (9, 15, 19):
                    os.kill(os.getppid(), number)
                os._exit(7)
            result = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), os.getpid(), os.getppid()]
        """
        assert probe(student, source) == [7, 1, 0]

    def test_it_stays_on_the_processor_it_is_given(self, student):
        ours, theirs = socket.socketpair()
        cpu = max(os.sched_getaffinity(0))
        source = "import os; sockets[0].sendall(repr(sorted(os.sched_getaffinity(0))).encode())"
        with ours, theirs:
            ours.settimeout(10)
            student.fork([theirs], {"source": source}, cpu=cpu)
            assert ours.recv(100) == repr([cpu]).encode()

    def test_nothing_is_open_but_what_was_passed(self, student):
        source = """
            result = {}
            for fd in range(256):
                try: result[fd] = os.readlink(f"/proc/self/fd/{fd}").split(":")[0]
                except OSError: pass
        """
        assert probe(student, source) == {"0": "/dev/null", "1": "/dev/null", "2": "/dev/null", "3": "socket"}

    def test_the_number_of_processes_is_bounded(self, student):
        source = """
            import time
            pids = []
            try:
                for _ in range(100):
                    pid = os.fork()
                    if pid == 0: time.sleep(30)
                    pids.append(pid)
            except BlockingIOError: pass
            result = len(pids)
        """
        assert 20 <= probe(student, source) < LIMITS.processes

    def test_memory_is_bounded(self, student):
        assert probe(student, "result = outcome(bytearray, 2 << 30)") == "MemoryError"

    def test_a_crowd_of_processes_yields_to_others(self, student):
        source = """
            import time
            for _ in range(12):
                if os.fork() == 0:
                    time.sleep(30)
            until = time.monotonic() + 5
            while os.getpriority(os.PRIO_PROCESS, 0) < 19 and time.monotonic() < until:
                time.sleep(0.02)
            result = os.getpriority(os.PRIO_PROCESS, 0)
        """
        assert probe(student, source) == 19

    def test_a_crash_is_not_handed_to_a_collector_outside(self, student):
        assert probe(student, "import resource; result = resource.getrlimit(resource.RLIMIT_CORE)") == [1, 1]

    def test_memory_of_all_processes_together_is_bounded(self, student):
        source = """
            import time
            for _ in range(6):
                if os.fork() == 0:
                    hog = bytearray(os.urandom(1 << 20) * 100)
                    time.sleep(30)
            time.sleep(30)
        """
        child, ours = start(student, source, LIMITS.but(memory_mb=400))
        with ours:
            ended = child.wait(10)
        assert ended.signal == signal.SIGKILL
        assert ended.error == "its processes held more than 400 MB of memory together"

    def test_a_process_that_ends_itself_is_reported(self, student):
        child, _ = start(student, "import ctypes; ctypes.string_at(0)")
        assert child.wait(5).signal == signal.SIGSEGV
        child, _ = start(student, "os.abort()")
        assert child.wait(5).signal is not None
        child, _ = start(student, "sys.exit(3)")
        assert child.wait(5).code == 3

    def test_what_a_child_used_is_reported(self, student):
        child, _ = start(student, "import time\nwhile time.process_time() < 0.2: pass")
        ended = child.wait(5)
        assert ended.code == 0
        assert ended.cpu_seconds >= 0.2
        assert ended.max_rss_kb > 1000

    @pytest.mark.parametrize("end", ["kill", "return"])
    def test_nothing_survives(self, student, end):
        mark = f"survivor-{os.getpid()}-{end}"
        source = f"""
            import subprocess, time
            words = [sys.executable, "-S", "-c", "import time; time.sleep(60)", {mark!r}]
            subprocess.Popen(words)
            subprocess.Popen(words, start_new_session=True)
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    os.execv(words[0], words)
                os._exit(0)
            time.sleep(0.3)
            sockets[0].send(b".")
            if {end!r} == "kill": time.sleep(60)
        """
        child, ours = start(student, source)
        with ours:
            assert ours.recv(1) == b"."
            if end == "kill":
                assert len(processes_naming(mark)) >= 3
                child.kill()
        assert child.wait(5) is not None
        assert gone(mark)

    def test_ends_of_a_loop_that_catches_everything(self, student):
        source = """
            import signal
            for number in (2, 15): signal.signal(number, signal.SIG_IGN)
            sockets[0].send(b".")
            while True:
                try:
                    while True: pass
                except BaseException: pass
        """
        child, ours = start(student, source)
        with ours:
            assert ours.recv(1) == b"."
            assert child.wait(0.1) is None
            child.kill()
            assert child.wait(5).signal == signal.SIGKILL


class TestSystemCalls:
    @pytest.mark.parametrize(
        "call",
        [
            "mount(b'none', b'/tmp', b'tmpfs', 0, None)",
            "umount2(b'/tmp', 2)",
            "unshare(0x10000000)",
            "unshare(0x00020000)",
            "setns(3, 0)",
            "chroot(b'/tmp')",
            "ptrace(16, 1, 0, 0)",
            "syscall(250, 0, 0, 0)",
            "syscall(321, 0, 0, 0)",
            "syscall(425, 8, 0)",
            "syscall(298, 0, 0, 0, 0, 0)",
            "syscall(310, 1, 0, 0, 0, 0, 0)",
            "syscall(323, 0)",
            "syscall(319, b'x', 0)",
            "syscall(29, 0, 4096, 512)",
            "syscall(56, 0x10000011, 0, 0, 0, 0)",
            "syscall(442, -100, b'/', 0, 0, 0)",
        ],
    )
    @pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of system calls of x86_64")
    def test_a_door_into_the_kernel_is_closed(self, student, call):
        source = f"""
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            result = [libc.{call}, os.strerror(ctypes.get_errno())]
        """
        assert probe(student, source) == [-1, "Operation not permitted"]

    def test_a_new_namespace_by_clone3_is_refused(self, student):
        source = "import ctypes; libc = ctypes.CDLL(None, use_errno=True); result = [libc.syscall(435, 0, 0), ctypes.get_errno()]"
        assert probe(student, source) == [-1, 38]


class TestTheEnvironment:
    def test_nothing_of_the_callers_environment_is_inside(self, monkeypatch):
        monkeypatch.setenv("SECRET_TOKEN", "secret")
        with Zygote("student", "grader.sandbox.probe", ROOT, limits=LIMITS) as zygote:
            result = probe(zygote, "result = dict(os.environ)")
        assert "SECRET_TOKEN" not in result
        assert result["GRADING"] == "1"
        assert result["COURSE_ROOT"] == str(ROOT)
        assert result["OMP_NUM_THREADS"] == "1"

    def test_random_streams_differ_between_children(self, student):
        results = {probe(student, "import random; result = random.random()") for _ in range(3)}
        assert len(results) == 3

    def test_commands_in_a_terminal_work(self, student):
        source = """
            import pty
            master, slave = pty.openpty()
            result = os.isatty(slave)
        """
        assert probe(student, source) is True

    def test_the_package_is_imported_as_outside(self, student):
        assert probe(student, "import utils, grader; result = grader.__file__") == str(
            ROOT / "grader" / "__init__.py"
        )


class TestTheChecker:
    def test_it_sees_checks_and_sources_but_no_submission(self, tmp_path):
        for name in ("source", "tests", "submitted", "data"):
            (tmp_path / name).mkdir()
        (tmp_path / "gradebook.db").touch()
        with Zygote("checker", "grader.sandbox.probe", tmp_path, limits=LIMITS) as zygote:
            assert probe(zygote, "result = sorted(os.listdir(os.environ['COURSE_ROOT']))") == [
                "data",
                "source",
                "tests",
            ]
            assert probe(zygote, "result = outcome(socket.socket, socket.AF_INET)") == "OSError"


class TestTheZygote:
    def test_arguments_of_server_and_child_reach_the_child(self):
        with Zygote("student", "grader.sandbox.probe", ROOT, {"number": 7, "word": "a"}, LIMITS) as zygote:
            ours, theirs = socket.socketpair()
            with ours, theirs:
                source = "sockets[0].send(f\"{arguments['number']}{arguments['word']}\".encode())"
                zygote.fork([theirs], {"source": source, "word": "b"})
                assert ours.recv(10) == b"7b"

    def test_a_failing_entry_is_told_with_its_own_words(self):
        with pytest.raises(SandboxError, match=r"No module named 'grader\.no_such_entry'"):
            Zygote("student", "grader.no_such_entry", ROOT, limits=LIMITS).start()

    def test_a_slow_start_is_given_up(self):
        limits = LIMITS.but(start_seconds=0.02)
        with pytest.raises(SandboxError, match=r"not ready after 0\.02 s"):
            Zygote("student", "grader.sandbox.probe", ROOT, {"imports": ["torch"]}, limits).start()

    def test_an_entry_that_leaves_threads_running_is_refused(self):
        before = "import threading, time; threading.Thread(target=time.sleep, args=(9,), daemon=True).start()"
        with pytest.raises(SandboxError, match="forking needs one thread"):
            Zygote("student", "grader.sandbox.probe", ROOT, {"before": before}, LIMITS).start()

    def test_fork_after_close_is_refused(self):
        zygote = Zygote("student", "grader.sandbox.probe", ROOT, limits=LIMITS)
        zygote.start()
        zygote.close()
        zygote.close()
        with pytest.raises(SandboxError, match="does not run"):
            zygote.fork([])

    def test_closing_ends_the_children(self):
        zygote = Zygote("student", "grader.sandbox.probe", ROOT, limits=LIMITS)
        zygote.start()
        child, ours = start(zygote, "sockets[0].send(b'.'); import time; time.sleep(60)")
        assert ours.recv(1) == b"."
        zygote.close()
        assert child.wait(0).error is not None
        assert ours.recv(1) == b""

    def test_an_oversized_request_is_refused_and_harms_nothing(self, student):
        with pytest.raises(SandboxError, match="too large"):
            student.fork([], {"source": "x" * (1 << 20)})
        assert probe(student, "result = 1") == 1

    def test_a_killed_coordinator_leaves_nothing(self, tmp_path):
        mark = f"orphan-{os.getpid()}"
        script = f"""
            import socket, sys, time
            from pathlib import Path
            from grader.sandbox import Zygote
            zygote = Zygote("student", "grader.sandbox.probe", Path({str(ROOT)!r}))
            zygote.start()
            ours, theirs = socket.socketpair()
            code = "import os, sys; os.execv(sys.executable, [sys.executable, '-S', '-c', 'import time; print(1); time.sleep(60)', {mark!r}])"
            zygote.fork([theirs], {{"source": code}})
            time.sleep(0.5)
            print("ready", flush=True)
            time.sleep(60)
        """
        words = [sys.executable, "-c", textwrap.dedent(script)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=ROOT, start_new_session=True) as coordinator:
            assert coordinator.stdout.readline() == b"ready\n"
            assert len(processes_naming(mark)) >= 1
            inside = _descendants(coordinator.pid)
            assert len(inside) >= 3
            coordinator.kill()
        assert gone(mark)
        until = time.monotonic() + 5
        while any(map(_runs, inside)):
            assert time.monotonic() < until, "processes of the sandbox are left"
            time.sleep(0.02)

    def test_the_coordinator_keeps_no_descriptor_of_a_child(self, student):
        probe(student, "result = 1")
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(3):
            probe(student, "result = 1")
        assert len(os.listdir("/proc/self/fd")) == before

    def test_forks_from_many_threads_all_answer(self, student):
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(lambda n: probe(student, f"result = {n}"), range(16))) == list(range(16))


def _runs(pid: int) -> bool:
    """Whether it is there and not a zombie that waits for somebody else's init."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _descendants(pid: int) -> list[int]:
    found = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (thread / "children").read_text().split()):
            found += [child, *_descendants(child)]
    return found
