"""Reading, writing and reaching what the grader can; shadowing; leaking what is hidden."""

from hostile_cases import Case, costs, forged

TRY = """
import os, pathlib, socket, subprocess, sys, time
def attempt(what, *a, **k):
    try: return what(*a, **k)
    except BaseException as error: return None
"""

FILES = [
    forged(
        "the solution read from the instructor's notebook",
        TRY
        + """
        import json
        def stolen(name):
            for root, folders, files in os.walk("/"):
                folders[:] = [f for f in folders if f not in ("proc", "sys", "usr", "site-packages")]
                for file in files:
                    if file.endswith(".ipynb") or file.startswith(("test_", "bank_")):
                        text = attempt(open(os.path.join(root, file)).read) or ""
                        if "def " + name in text: return text
        found = {name: stolen(name) for name in ("softmax", "loss", "slope")}
        """,
        softmax="def softmax(s):\n    exec(found['softmax'])\n    return locals()['softmax'](s)",
        stock=False,
    ),
    forged(
        "the gradebook, the hidden checks and other submissions",
        TRY
        + """
        import sqlite3
        for name in ("@COURSE@/gradebook.db", "../../../gradebook.db"):
            base = attempt(sqlite3.connect, name)
            attempt(base.execute, "create table grade (manual_score)") if base else None
            attempt(base.execute, "update grade set manual_score = 99") if base else None
        for folder in ("source", "tests", "submitted", "release", "autograded", "feedback"):
            for found in attempt(os.listdir, "@COURSE@/" + folder) or []:
                print("seen", found)
                attempt(lambda: open(f"@COURSE@/{folder}/{found}/new-@MARK@", "w").write("x"))
        """,
        stock=False,
    ),
    costs(
        "files of the host written and read",
        TRY
        + """
        for place in ("@FOLDER@", "@COURSE@", "@COURSE@/source", "/etc", "/usr/lib", "/", "/root", "/var/tmp", "/srv"):
            attempt(lambda: open(place + "/new-@MARK@", "w").write("x"))
        print(attempt(lambda: open("@FOLDER@/secret.txt").read()))
        attempt(lambda: open("@FOLDER@/secret.txt", "w").write("changed"))
        for path in ("/etc/passwd", "/etc/shadow", "/root/.ssh/id_rsa", "/proc/1/environ", "/proc/1/root/etc/hosts"):
            assert "root:x:0:0:root:/root" not in str(attempt(lambda: open(path).read())), path
        """,
    ),
    costs(
        "the course's own code and packages changed",
        TRY
        + """
        import grader, torch, utils
        for module in (grader, torch, utils):
            place = os.path.dirname(module.__file__)
            assert attempt(lambda: open(place + "/new_@MARK@.py", "w")) is None, place
            assert attempt(lambda: open(module.__file__, "a")) is None, place
            attempt(os.chmod, place, 0o777)
        """,
    ),
    costs(
        "start-up files for the next student",
        TRY
        + """
        lines = "import torch; torch.softmax = None; print('trap-infected')"
        for path in ("~/.ipython/profile_default/startup/00.py", "~/.local/lib/python3.11/site-packages/usercustomize.py",
                     "~/.config/matplotlib/matplotlibrc", "~/.bashrc", "~/.jupyter/jupyter_config.py", "/tmp/torch.py",
                     "/dev/shm/torch.py", "torch.py", "sitecustomize.py"):
            path = pathlib.Path(path).expanduser()
            attempt(path.parent.mkdir, parents=True, exist_ok=True)
            attempt(path.write_text, lines)
        import matplotlib, random
        os.environ["PYTHONSTARTUP"] = "/tmp/torch.py"
        """,
    ),
    costs(
        "leftovers for the next student in shared memory and sockets",
        TRY
        + """
        from multiprocessing import shared_memory
        attempt(lambda: shared_memory.SharedMemory("left", create=True, size=1000))
        server = socket.socket(socket.AF_UNIX)
        server.bind("\\0left"); server.listen()
        if os.path.exists("/tmp/left"): print("trap-met")
        open("/tmp/left", "w").write("x")
        client = socket.socket(socket.AF_UNIX)
        """,
    ),
    costs(
        "the environment and the command line read",
        TRY
        + """
        seen = {k: v for k, v in os.environ.items()}
        assert not [k for k in seen if "TOKEN" in k or "SECRET" in k or "KEY" in k], seen
        print(sorted(seen), sys.argv, attempt(lambda: open("/proc/1/cmdline").read()))
        """,
    ),
]

NETWORK = [
    costs(
        "the network",
        TRY
        + """
        import urllib.request
        attempt(socket.create_connection, ("127.0.0.1", @PORT@), 0.5)
        attempt(urllib.request.urlopen, "http://127.0.0.1:@PORT@/", None, 0.5)
        attempt(socket.create_connection, ("1.1.1.1", 53), 0.5)
        attempt(socket.getaddrinfo, "example.org", 80)
        for family in (socket.AF_INET, socket.AF_INET6, 16, 17, 40):
            assert attempt(socket.socket, family, socket.SOCK_DGRAM) is None, family
        """,
    ),
    costs(
        "unix sockets of the host",
        TRY
        + """
        for address in ("\\0@MARK@", "@FOLDER@/socket", "/run/docker.sock", "/run/dbus/system_bus_socket"):
            assert attempt(lambda: socket.socket(socket.AF_UNIX).connect(address) or "connected") is None, address
        """,
    ),
]

SYSTEM = [
    costs(
        "signals and traces for the grader's processes",
        TRY
        + """
        import ctypes, signal
        libc = ctypes.CDLL(None, use_errno=True)
        for pid in {1, os.getppid(), @PID@, *range(3, 400)} - {os.getpid()}:
            attempt(os.kill, pid, signal.SIGTERM)
            attempt(os.kill, pid, signal.SIGKILL)
            libc.ptrace(16, pid, 0, 0)
            attempt(lambda: open(f"/proc/{pid}/mem", "r+b").write(b"x"))
        """,
    ),
    costs(
        "namespaces, mounts, keys and other doors into the kernel",
        TRY
        + """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.unshare(0x10000000) == -1 and libc.unshare(0x00020000) == -1
        assert libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None) == -1
        assert libc.umount2(b"/home/student", 2) == -1 and libc.chroot(b"/tmp") == -1
        assert libc.syscall(250, 0, 0, 0) == -1 and libc.syscall(321, 0, 0, 0) == -1 and libc.syscall(425, 8, 0) == -1
        assert attempt(os.setuid, 0) is None or os.getuid() == 1000
        assert attempt(os.mknod, "/tmp/disk", 0o60666, os.makedev(8, 0)) is None or not os.path.exists("/tmp/disk")
        """,
    ),
    costs(
        "set-uid programs",
        TRY
        + """
        for program in ("sudo", "su", "mount", "newuidmap", "pkexec", "passwd"):
            done = attempt(subprocess.run, [program, "-n", "true"], capture_output=True, timeout=2, stdin=subprocess.DEVNULL)
        done = subprocess.run("id -u", shell=True, capture_output=True, text=True)
        assert done.stdout.strip() == "1000"
        """,
    ),
]

LEAKS = [
    forged(
        "hidden inputs and reference values in exceptions",
        softmax="def softmax(s): raise ValueError(f'seen {s.tolist()}')",
        loss="def loss(s, t): raise ValueError(f'p = {softmax(s).tolist()} value {float(softmax(s)[0, 0]).hex()}')",
        slope="def slope(f, x, h): raise type('seen_%d' % (x * 1e6), (ValueError,), {})(repr(f(x)))",
    ),
    forged(
        "everything in reach printed",
        """
        import gc, sys, linecache, threading, traceback
        print(sorted(sys.modules)[:2000])
        print([o for o in gc.get_objects() if isinstance(o, str) and "hidden" in o][:50])
        print(list(linecache.cache)[:500])
        print([f.f_locals.keys() for f in sys._current_frames().values()])
        print(open("/proc/self/maps").read()[:5000])
        """,
    ),
    forged(
        "the sandbox's own memory searched",
        """
        import hashlib
        due = {"1": (b"words_of_", 26), "2": (b"shifted_b", 22)}
        hits = []
        with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
            for line in maps:
                area, rights = line.split()[:2]
                start, end = (int(part, 16) for part in area.split("-"))
                if rights.startswith("rw") and end - start < 1 << 26:
                    try:
                        memory.seek(start)
                        text = memory.read(end - start)
                    except (OSError, ValueError, OverflowError):
                        continue
                    hits += [found for word, size in due.values() for part in text.split(word)[1:]
                         if hashlib.sha256(found := word + part[:size - 9]).hexdigest()[:8] in ("08d74f79", "7dcee2f0")]
        print(hits)
        """,
    ),
]

REACH: dict[str, list[Case]] = {
    "the kernel can read and write what the grader can": FILES,
    "the kernel can reach the network": NETWORK,
    "the kernel can reach other processes and the system": SYSTEM,
    "hidden checks leak": LEAKS,
}
