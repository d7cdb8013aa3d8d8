"""Too much of everything, processes that stay, and interpreters that end: each costs only what depends on it."""

from hostile_cases import Case, but, costs

SLEEPER = "['sleep', '333', '@MARK@']"

TIME = [
    costs("a cell that never ends", "while True: pass"),
    costs(
        "a cell that catches every exception",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    ),
    costs(
        "signals ignored",
        """
        import signal
        for number in (signal.SIGINT, signal.SIGALRM, signal.SIGTERM, signal.SIGXCPU): signal.signal(number, signal.SIG_IGN)
        while True: pass
        """,
    ),
    costs("blocking C code", "x = 7 ** (10 ** 9)"),
    costs(
        "a pause in C that no signal ends",
        "import ctypes, threading\nlock = threading.Lock(); lock.acquire(); ctypes.PyDLL(None).sleep(600)",
    ),
    costs("a stopped process", "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"),
    costs("input that never comes", "import sys\nx = sys.stdin.read()\nx = input('your name? ')"),
    costs("an answer that never ends", due=but(softmax=0), softmax="def softmax(s):\n    while True: pass"),
    costs(
        "an answer that catches every exception",
        due=but(loss=0),
        loss="def loss(s, t):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
    ),
    costs(
        "an answer in blocking C code", due=but(slope=0), slope="def slope(f, x, h): return 7 ** (10 ** 9)"
    ),
    costs(
        "a slow answer for some sizes",
        due=but(softmax=0),
        softmax="import time\ndef softmax(s):\n    time.sleep(60)\n    return torch.softmax(s, 1)",
    ),
    costs(
        "slow tracing", "import sys, time\nsys.setprofile(lambda *a: time.sleep(0.2))", "sys.setprofile(None)"
    ),
]

MEMORY = [
    costs("memory in one process", "hog = []\nwhile True: hog.append(bytearray(50_000_000))", "hog = None"),
    costs(
        "memory in an answer",
        due=but(softmax=0),
        softmax="def softmax(s):\n    hog = []\n    while True: hog.append(bytearray(50_000_000))",
    ),
    costs(
        "memory in many processes",
        """
        import os, time
        for _ in range(12):
            if os.fork() == 0:
                hog = [bytearray(b"x" * 300_000_000)]
                time.sleep(100)
                os._exit(0)
        time.sleep(1)
        """,
    ),
    costs(
        "a thread that goes on starting processes",
        """
        import subprocess, threading, time
        def start():
            while True:
                try: subprocess.Popen(["sleep", "600"])
                except OSError: pass
                time.sleep(0.002)
        threading.Thread(target=start, daemon=True).start()
        """,
    ),
    costs(
        "memory in many processes of an answer",
        due=but(softmax=0),
        softmax="""
        import os, time
        def softmax(s):
            for _ in range(12):
                if os.fork() == 0:
                    hog = [bytearray(b"x" * 400_000_000)]
                    time.sleep(100)
                    os._exit(0)
            time.sleep(100)
        """,
    ),
    costs(
        "disk",
        "with open('/tmp/big', 'wb') as file:\n    while True: file.write(bytes(1 << 20))",
        "import os\nos.path.getsize('/tmp/big')",
    ),
    costs("many small files", "for k in range(60_000): open(f'/tmp/{k}', 'w').close()"),
    costs("open files", "kept = []\nwhile True: kept.append(open('/dev/null'))", "kept = None"),
    costs("open files that stay open", "left = []\nwhile True: left.append(open('/dev/null'))"),
    costs("memory that stays taken", "left = []\nwhile True: left.append(bytearray(20_000_000))"),
    costs(
        "a large result",
        due=but(softmax=0),
        softmax="def softmax(s): return torch.zeros(12_000, 1000, dtype=s.dtype)",
    ),
    costs("a list without end", due=but(slope=0), slope="def slope(f, x, h): return [0.5] * 5_000_000"),
    costs(
        "a deep answer",
        due=but(slope=0),
        slope="def slope(f, x, h):\n    deep = 0.5\n    for _ in range(10_000): deep = [deep]\n    return deep",
    ),
    costs(
        "exceptions chained without end",
        "def down(n):\n    try: 1 / 0\n    except ZeroDivisionError: down(n + 1)\ndown(0)",
    ),
    costs("recursion without end", "def down(n): return down(n + 1) + 1\ndown(0)"),
]

PROCESSES = [
    costs("a fork bomb", "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"),
    costs(
        "a thread bomb",
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(300,), daemon=True).start()",
    ),
    costs(
        "forty processes that stay",
        f"import subprocess\nkept = [subprocess.Popen({SLEEPER}) for _ in range(20)]",
    ),
    costs(
        "a daemon that leaves its session twice",
        f"""
        import os, subprocess
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                for fd in range(3): os.close(fd)
                os.execvp("sleep", {SLEEPER})
            os._exit(0)
        os.wait()
        """,
    ),
    costs(
        "a daemon left by an answer",
        softmax=f"""
        import subprocess
        def softmax(s):
            subprocess.Popen({SLEEPER}, start_new_session=True, stdout=-3, stderr=-3)
            return torch.softmax(s, 1)
        """,
    ),
    costs("daemons by the shell", "get_ipython().system('nohup setsid sleep 333 @MARK@ >/dev/null 2>&1 &')"),
    costs(
        "copies of the process that are forgotten",
        "import os\nprint('both', os.fork())",
        slope="import os\ndef slope(f, x, h):\n    os.fork()\n    return (f(x + h) - f(x - h)) / (2 * h)",
    ),
    costs(
        "busy processes that stay",
        "import os\nfor _ in range(8):\n    if os.fork() == 0:\n        while True: pass",
    ),
    costs(
        "an answer that spoils a library for the next one",
        softmax="""
        def softmax(s):
            found = torch.softmax(s, 1)
            torch.log = torch.exp = None
            return found
        """,
    ),
    costs(
        "an answer that changes what the next one is made of",
        "rate = 1",
        loss="""
        def loss(scores, targets):
            global rate
            rate = globals()["slope"] = None
            return -torch.log(softmax(scores)[torch.arange(len(targets)), targets]).mean()
        """,
        slope="def slope(f, x, h): return rate * (f(x + h) - f(x - h)) / (2 * h)",
    ),
    costs(
        "an answer that leaves threads and processes running",
        softmax="""
        import subprocess, threading
        def softmax(s):
            def spin():
                while True: pass
            threading.Thread(target=spin, daemon=True).start()
            subprocess.Popen(["sleep", "600"])
            return torch.softmax(s, 1)
        """,
    ),
]

FLOODS = [
    costs("a flood on stdout", "while True: print('x' * 1000)"),
    costs("one long line", "print('x' * 100_000_000)"),
    costs(
        "a flood on stderr", "import sys\nfor _ in range(300_000): print('warning ' * 10, file=sys.stderr)"
    ),
    costs(
        "a flood below Python",
        "import os\nfor _ in range(20_000): os.write(1, b'x' * 10_000); os.write(2, b'x' * 10_000)",
    ),
    costs(
        "a flood of displays",
        """
        from IPython.display import display, update_display, clear_output, HTML
        shown = display(1, display_id="x")
        for k in range(20_000): update_display("x" * 100, display_id="x")
        for k in range(20_000): display(HTML("<b>" + "x" * 1000)); clear_output(wait=True)
        """,
    ),
    costs(
        "a large picture",
        "from IPython.display import display, Image\nimport os\ndisplay(Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + os.urandom(30_000_000), format='png'))",
    ),
    costs(
        "a picture of a billion pixels",
        """
        import struct, zlib
        from IPython.display import display, Image
        def chunk(kind, data): return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        head = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
        display(Image(data=b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(50_000_000))) + chunk(b"IEND", b"")))
        """,
    ),
    costs(
        "a hundred figures",
        "import matplotlib.pyplot as plt\nfor _ in range(100):\n    plt.figure(figsize=(1, 1)); plt.plot([1, 2])\nplt.show()",
    ),
    costs("an exception of many megabytes", "raise ValueError('x' * 50_000_000)"),
    costs("a long representation", "class Long:\n    def __repr__(self): return 'x' * 50_000_000\nLong()"),
    costs(
        "an answer that floods",
        softmax="def softmax(s):\n    print('x' * 30_000_000)\n    return torch.softmax(s, 1)",
    ),
    costs(
        "an exception whose text never ends",
        due=but(softmax=0),
        softmax="class Endless(Exception):\n    def __str__(self):\n        while True: pass\ndef softmax(s): raise Endless()",
    ),
]

DEATHS = [
    costs("os._exit", "import os\nos._exit(0)"),
    costs("a segmentation fault", "import ctypes\nctypes.string_at(0)"),
    costs("abort", "import os\nos.abort()"),
    costs("all processes killed", "import os, signal\nos.kill(-1, signal.SIGKILL)"),
    costs("exit and quit", "exit()", "quit(3)", "raise SystemExit(1)"),
    costs(
        "a stack overflow in C",
        "import sys\nsys.setrecursionlimit(10**9)\ndef down(): return [down()] + [1]\ndown()",
    ),
    costs("six cells that end the interpreter", *["import os\nos._exit(1)"] * 6),
    costs("every descriptor closed", "import os\nos.closerange(0, 256)"),
    costs("an answer that exits", due=but(softmax=0), softmax="import os\ndef softmax(s): os._exit(0)"),
    costs(
        "an answer with a segmentation fault",
        due=but(loss=0),
        loss="import ctypes\ndef loss(s, t): return ctypes.string_at(0)",
    ),
    costs(
        "an answer that kills all processes",
        due=but(softmax=0),
        softmax="import os, signal\ndef softmax(s): os.kill(-1, signal.SIGKILL)",
    ),
    costs(
        "an answer that kills its parent",
        due=but(softmax=0),
        softmax="import os, signal\ndef softmax(s):\n    os.kill(os.getppid(), signal.SIGKILL)\n    return s * 0",
    ),
    costs(
        "a cell that dies when it is run twice",
        "import os, pathlib\nmark = pathlib.Path('/tmp/ran')\nif mark.exists(): os._exit(1)\nmark.touch()",
        "os._exit(1)",
    ),
    costs(
        "an answer's own cell that ends the interpreter",
        due=but(slope=0),
        slope="import os\nos._exit(1)\ndef slope(f, x, h): return 0.0",
    ),
]

LIMITS: dict[str, list[Case]] = {
    "nothing is limited: time": TIME,
    "nothing is limited: memory and files": MEMORY,
    "nothing is cleaned up: processes": PROCESSES,
    "nothing is limited: output": FLOODS,
    "the interpreter ends": DEATHS,
}
