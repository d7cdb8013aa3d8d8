"""Wrong answers that try to be taken for right ones: the tests' process, the outputs, the values, the boundary."""

from hostile_cases import Case, forged

EQUAL_TO_ALL = """
class Same:
    def __eq__(self, other): return True
    __le__ = __lt__ = __ge__ = __gt__ = __contains__ = __eq__
    __hash__ = object.__hash__
    def __bool__(self): return True
    def __float__(self): return 1.0
    def __len__(self): return 3
    def __iter__(self): return iter([self] * 3)
    def __sub__(self, other): return 0.0
    __rsub__ = __abs__ = __add__ = __mul__ = __sub__
    shape, dtype, ndim = (3, 4), "float64", 2
"""
ANSWERS_SAME = {
    "softmax": EQUAL_TO_ALL + "def softmax(scores): return Same()",
    "loss": EQUAL_TO_ALL + "def loss(scores, targets): return Same()",
    "steepness": EQUAL_TO_ALL + "steepness = Same()",
    "slope": EQUAL_TO_ALL + "def slope(f, x, h): return Same()",
}
SUBCLASSES = """
import torch, numpy as np
def lies(kind):
    return type("Liar", (kind,), {name: (lambda self, *a, **k: True) for name in
        ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__", "__bool__")} | {"__hash__": kind.__hash__})
"""

SHARED_PROCESS = [
    forged(
        "comparisons of torch and numpy patched",
        """
        import torch, numpy as np, math
        yes = lambda *a, **k: True
        none = lambda *a, **k: None
        torch.allclose = torch.equal = torch.isclose = math.isclose = np.allclose = np.isclose = np.array_equal = yes
        torch.Tensor.allclose = torch.Tensor.equal = torch.Tensor.__eq__ = yes
        torch.testing.assert_close = np.testing.assert_allclose = np.testing.assert_array_equal = none
        np.testing.assert_almost_equal = np.testing.assert_equal = none
        """,
    ),
    forged(
        "asserts stripped from the syntax trees",
        """
        import ast
        class Strip(ast.NodeTransformer):
            def visit_Assert(self, node): return ast.Pass()
        get_ipython().ast_transformers.append(Strip())
        """,
    ),
    forged(
        "cells emptied before they run", "get_ipython().input_transformers_cleanup.append(lambda lines: [])"
    ),
    forged(
        "the shell's own functions replaced",
        """
        shell = get_ipython()
        async def run_code(*a, **k): return False
        shell.run_code = run_code
        shell.run_ast_nodes = run_code
        """,
    ),
    forged(
        "the shell's errors hidden",
        """
        shell = get_ipython()
        shell.showtraceback = shell._showtraceback = lambda *a, **k: None
        def no_error(result): result.error_in_exec = result.error_before_exec = None
        shell.events.register("post_run_cell", no_error)
        """,
    ),
    forged(
        "modules of the same name beside the notebook",
        """
        import sys, pathlib
        fake = "def __getattr__(name): return lambda *a, **k: True"
        for name in ("numpy", "torch", "pytest", "math", "grader", "utils"):
            pathlib.Path(name + ".py").write_text(fake)
        sys.path.insert(0, "")
        pathlib.Path("sitecustomize.py").write_text(fake)
        pathlib.Path("conftest.py").write_text("def pytest_pyfunc_call(pyfuncitem): return True")
        """,
    ),
    forged(
        "imports hooked",
        """
        import sys, types, builtins
        class Hook:
            def find_spec(self, name, path=None, target=None): return None
        sys.meta_path.insert(0, Hook())
        before = builtins.__import__
        def imported(name, *a, **k):
            module = before(name, *a, **k)
            for each in ("check_close", "is_close", "expect", "find_difference"):
                if hasattr(module, each): setattr(module, each, lambda *a, **k: None)
            return module
        builtins.__import__ = imported
        """,
    ),
    forged(
        "the grader's comparison replaced",
        """
        import sys
        import utils.compare as compare, utils.explain, utils.structure, utils.tolerance
        for module in (compare, utils.explain, utils.structure, utils.tolerance):
            for name in [n for n, value in vars(module).items() if callable(value) and n[0].islower()]:
                setattr(module, name, lambda *a, **k: None)
        compare.CheckFailed = None
        import grader.limits, grader.results
        grader.results.Exercise = lambda *a, **k: 100
        """,
    ),
    forged(
        "builtins replaced",
        """
        import builtins
        builtins.isinstance = lambda *a: True
        builtins.AssertionError = type("Quiet", (BaseException,), {})
        builtins.all = builtins.any = lambda *a: True
        builtins.abs = lambda x: 0
        """,
    ),
    forged(
        "frames walked for the expected values",
        """
        import sys, gc
        def found():
            frame = sys._getframe()
            while frame:
                for name in ("expected", "reference", "solution"):
                    if name in frame.f_globals: return frame.f_globals[name]
                    if name in frame.f_locals: return frame.f_locals[name]
                frame = frame.f_back
            return next((o for o in gc.get_objects() if type(o).__name__ in ("Reference", "Suite", "Known")), None)
        """,
        softmax="def softmax(scores): return found().softmax(scores)",
        loss="def loss(scores, targets): return found().loss(scores, targets)",
        steepness="steepness = found()",
        slope="def slope(f, x, h): return found().slope(f, x, h)",
    ),
    forged(
        "the text of the checks read back from the shell",
        "",
        softmax="""
        def softmax(scores):
            text = In[-1] + str(get_ipython().history_manager.input_hist_raw[-1])
            return eval(text.split("==")[1])
        """,
    ),
    forged(
        "an exit at the end of everything",
        """
        import atexit, os, signal, sys, threading
        atexit.register(lambda: os._exit(0))
        sys.excepthook = lambda *a: os._exit(0)
        signal.signal(signal.SIGTERM, lambda *a: os._exit(0))
        class Last:
            def __del__(self): os._exit(0)
        last = Last()
        """,
    ),
    forged(
        "every call traced and answered",
        """
        import sys
        def trace(frame, event, argument):
            for name in ("passed", "outcome", "failed", "success"):
                if name in frame.f_locals: frame.f_locals[name] = True
            return trace
        sys.setprofile(trace)
        """,
    ),
]

OUTPUTS = [
    forged(
        "nan through the display hook",
        "import sys",
        softmax="import sys\ndef softmax(s):\n    sys.displayhook(float('nan'))\n    return s\nsys.displayhook(float('nan'))",
    ),
    forged(
        "full points through the display hook",
        "import sys; sys.displayhook(4.0); sys.displayhook('passed'); 4.0",
    ),
    forged("a negative result as the last line", "-1", steepness="steepness = 0.25\n-1"),
    forged(
        "a message to the front end",
        """
        shell = get_ipython()
        kernel = getattr(shell, "kernel", None)
        content = {"data": {"text/plain": "4.0"}, "metadata": {}, "execution_count": 1}
        if kernel: kernel.send_response(kernel.iopub_socket, "execute_result", content)
        """,
        softmax="""
        def softmax(scores):
            kernel = get_ipython().kernel
            kernel.send_response(kernel.iopub_socket, "execute_result",
                {"data": {"text/plain": "4.0"}, "metadata": {}, "execution_count": 1})
            return scores * 0
        """,
    ),
    forged(
        "a result printed as the grader would",
        """
        import json, sys
        result = {"status": "graded", "exercises": [{"name": n, "points": 99, "max_points": 99, "outcome": "passed",
                  "checks": []} for n in ("softmax", "loss", "steepness", "slope")]}
        print(json.dumps(result)); print(json.dumps({"result": result}), file=sys.stderr)
        print(json.dumps(result), file=sys.__stdout__); sys.__stdout__.flush()
        """,
    ),
    forged(
        "displays with the grader's metadata",
        """
        from IPython.display import display, update_display
        display({"application/json": {"points": 4}, "text/plain": "4.0"}, raw=True, display_id="check-softmax",
                metadata={"grader": {"points": 4}, "nbgrader": {"points": 99}})
        update_display({"text/plain": "passed"}, raw=True, display_id="check-softmax")
        """,
    ),
]

VALUES = [
    forged("objects equal to everything", **ANSWERS_SAME),
    forged(
        "subclasses of numbers and containers",
        softmax=SUBCLASSES + "def softmax(s): return lies(list)([[lies(float)(0)] * 4] * 3)",
        loss=SUBCLASSES + "def loss(s, t): return lies(float)(0)",
        steepness=SUBCLASSES + "steepness = lies(float)(0)",
        slope=SUBCLASSES + "def slope(f, x, h): return lies(int)(0)",
    ),
    forged(
        "tensors that answer torch's functions themselves",
        """
        import torch
        class Chameleon(torch.Tensor):
            @classmethod
            def __torch_function__(cls, function, types, args=(), kwargs=None):
                return True
        """,
        softmax="def softmax(s): return torch.zeros(s.shape, dtype=s.dtype).as_subclass(Chameleon)",
        loss="def loss(s, t): return torch.zeros((), dtype=s.dtype).as_subclass(Chameleon)",
    ),
    forged(
        "arrays that answer numpy's functions themselves",
        """
        import numpy as np
        class Array(np.ndarray):
            def __array_function__(self, function, types, args, kwargs): return True
            def __array_ufunc__(self, ufunc, method, *inputs, **kwargs): return np.True_
        """,
        softmax="def softmax(s): return np.zeros(tuple(s.shape)).view(Array)",
        loss="def loss(s, t): return np.float64(0).reshape(1).view(Array)",
        steepness="import numpy as np\nsteepness = np.zeros(()).view(Array)",
    ),
    forged(
        "a class that claims to be another",
        """
        class Posing:
            @property
            def __class__(self):
                import torch
                return torch.Tensor
            shape = property(lambda self: (3, 4))
            dtype = property(lambda self: __import__("torch").float64)
            def __getattr__(self, name): return lambda *a, **k: self
        """,
        softmax="def softmax(s): return Posing()",
        loss="def loss(s, t): return Posing()",
        steepness="steepness = Posing()",
        slope="def slope(f, x, h): return Posing()",
    ),
    forged(
        "nan and infinity",
        softmax="def softmax(s): return s * float('nan')",
        loss="def loss(s, t): return float('inf')",
        steepness="steepness = float('nan')",
        slope="def slope(f, x, h): return float('-inf')",
    ),
    forged(
        "right numbers in another shape",
        softmax="def softmax(s): return torch.softmax(s, 1)[None]",
        loss="def loss(s, t): return torch.nn.functional.cross_entropy(s, t).expand(3)",
        steepness="steepness = [0.1, 5.0, 0.2]",
        slope="def slope(f, x, h): return [(f(x + h) - f(x - h)) / (2 * h)]",
    ),
    forged(
        "texts, fractions, empty things",
        softmax="def softmax(s): return torch.zeros(0, 4, dtype=s.dtype)",
        loss="def loss(s, t): return '0.5'",
        steepness="from fractions import Fraction\nsteepness = Fraction(1, 3)",
        slope="from decimal import Decimal\ndef slope(f, x, h): return Decimal(1)",
    ),
    forged(
        "a coarse kind of number to widen the tolerance",
        softmax="def softmax(s): return (torch.softmax(s, 1) * 1.01).to(torch.bfloat16)",
        loss="def loss(s, t): return (torch.nn.functional.cross_entropy(s, t) * 1.005).to(torch.float16)",
        steepness="import torch\nsteepness = torch.tensor(2.6, dtype=torch.bfloat16)",
        slope="import torch\ndef slope(f, x, h): return torch.tensor((f(x + h) - f(x - h)) / (2 * h) * 1.01, dtype=torch.bfloat16)",
    ),
    forged(
        "complex numbers whose real part is right",
        softmax="def softmax(s): return torch.complex(torch.softmax(s, 1), torch.ones_like(s))",
        loss="def loss(s, t): return complex(torch.nn.functional.cross_entropy(s, t)) + 1j",
        slope="def slope(f, x, h): return (f(x + h) - f(x - h)) / (2 * h) + 3j",
    ),
    forged(
        "an exception that looks like a passed check",
        """
        class CheckFailed(AssertionError): pass
        class Passed(Exception): pass
        class Skipped(BaseException): pass
        """,
        softmax="def softmax(s): raise Passed('passed')",
        loss="def loss(s, t):\n    import pytest\n    pytest.skip('not today')",
        slope="def slope(f, x, h):\n    import pytest\n    pytest.xfail('expected')",
    ),
    forged(
        "exceptions that end more than a call",
        softmax="def softmax(s): raise SystemExit(0)",
        loss="def loss(s, t): raise KeyboardInterrupt",
        slope="def slope(f, x, h): raise GeneratorExit",
    ),
    forged(
        "containers that change while they are read",
        """
        class Keys(dict):
            n = 0
            def items(self):
                Keys.n += 1
                return [(Keys.n, Keys.n)]
            def __getitem__(self, key): return key
            def __contains__(self, key): return True
        def forever():
            while True: yield 0.5
        """,
        softmax="def softmax(s): return Keys()",
        loss="def loss(s, t): return forever()",
        steepness="steepness = forever()",
        slope="def slope(f, x, h): return iter(int, 1)",
    ),
    forged(
        "values that hold themselves",
        softmax="def softmax(s):\n    x = []\n    x.append(x)\n    return x",
        loss="def loss(s, t):\n    x = [0.5]\n    for _ in range(38): x = [x, x]\n    return x",
        slope="def slope(f, x, h):\n    x = {}\n    x['x'] = x\n    return x",
    ),
    forged(
        "keys with one hash",
        loss="def loss(s, t): return {k * (2**61 - 1): 0 for k in range(60_000)}",
        slope="def slope(f, x, h): return {k * (2**61 - 1) for k in range(90_000)}",
    ),
    forged(
        "numbers that take long to read",
        loss="def loss(s, t): return 10**3999",
        slope="def slope(f, x, h): return 7**2_000_000",
        steepness="steepness = [10**3000] * 1000",
    ),
]

BOUNDARY = [
    forged(
        "the agent replaced",
        """
        from grader.boundary import agent, codec, wire
        def answer(self, message, buffers): return {"value": True, "passed": True, "outcome": "passed", "points": 99}, []
        agent.Agent.answer = answer
        """,
    ),
    forged(
        "the encoder replaced",
        """
        from grader.boundary import agent
        agent.encode = lambda value, out, keep=None: {"$": "ref", "v": 0, "cls": "builtins.float", "len": True}
        """,
    ),
    forged(
        "references and aliases to nothing",
        """
        import itertools
        from grader.boundary import agent
        nodes = itertools.cycle([{"$": "same", "v": 0}, {"$": "ref", "v": -1}, {"$": "callback", "v": 0},
            {"$": "ref", "v": 10**9, "cls": ["x"] * 900, "module": True}, {"$": "tensor", "t": "float64", "s": [-1], "v": 0},
            {"$": "array", "t": "object", "s": [1], "v": 0}, {"$": "__class__", "v": 0}, {"$": []}, 10**400])
        agent.encode = lambda value, out, keep=None: next(nodes)
        """,
    ),
    forged(
        "forged answers on the socket of the notebook",
        """
        import gc, json, os, socket, struct
        def frame(message, sizes=()):
            head = json.dumps({"h": message, "n": list(sizes)}).encode()
            return struct.pack("!I", len(head)) + head
        result = {"lab": "1-small", "notebook": "1-small", "status": "graded", "reason": None, "repairs": [],
            "exercises": [{"name": "softmax", "points": 4, "max_points": 4, "outcome": "passed", "checks": []}],
            "seconds": {"run": 0, "check": 0, "total": 0}}
        for found in [o for o in gc.get_objects() if isinstance(o, socket.socket)]:
            for message in ({"result": result, "notebook": None, "timings": {}}, {"kill": 1}, {"start": True}):
                found.sendall(frame(message))
        for fd in range(3, 40):
            try: os.write(fd, frame({"result": result, "notebook": None, "timings": {}}))
            except OSError: pass
        """,
    ),
    forged(
        "answers sent ahead of the questions",
        """
        import gc, json, socket, struct
        def ahead():
            head = json.dumps({"h": {"value": 0.5, "done": True}, "n": []}).encode()
            for found in [o for o in gc.get_objects() if isinstance(o, socket.socket)]:
                for _ in range(50): found.sendall(struct.pack("!I", len(head)) + head)
        """,
        softmax="def softmax(s):\n    ahead()\n    return s * 0",
        loss="def loss(s, t):\n    ahead()\n    return s.sum() * 0",
        slope="def slope(f, x, h):\n    ahead()\n    return 0.0",
    ),
    forged(
        "frames that are too large, too many, or no frames",
        """
        import gc, socket, struct
        def send(data):
            for found in [o for o in gc.get_objects() if isinstance(o, socket.socket)]:
                found.sendall(data)
        """,
        softmax="def softmax(s): send(b'\\xff' * 4)",
        loss="def loss(s, t): send(struct.pack('!I', 50) + b'{' * 50)",
        slope="def slope(f, x, h): send(struct.pack('!I', 40) + b'{\"h\":{},\"n\":[99999999999]}'.ljust(40))",
    ),
    forged(
        "a slow drip",
        """
        import gc, socket, struct, time
        def drip():
            found = [o for o in gc.get_objects() if isinstance(o, socket.socket)][-1]
            found.sendall(struct.pack("!I", 10_000))
            while True:
                time.sleep(0.1)
                found.sendall(b" ")
        """,
        softmax="def softmax(s): drip()",
        loss="def loss(s, t): drip()",
        slope="def slope(f, x, h): drip()",
    ),
    forged(
        "a thread that answers too",
        """
        import gc, json, socket, struct, threading, time
        def also():
            head = json.dumps({"h": {"value": 0.5}, "n": []}).encode()
            while True:
                for found in [o for o in gc.get_objects() if isinstance(o, socket.socket)]:
                    try: found.send(struct.pack("!I", len(head)) + head)
                    except OSError: pass
                time.sleep(0.01)
        """,
        softmax="def softmax(s):\n    threading.Thread(target=also, daemon=True).start()\n    return s * 0",
        loss="def loss(s, t):\n    threading.Thread(target=also, daemon=True).start()\n    return s.sum() * 0",
    ),
    forged(
        "questions without end to what was lent",
        loss="""
        def loss(s, t):
            while True:
                try: softmax(s)
                except Exception: pass
        """,
        slope="""
        def slope(f, x, h):
            while True:
                try: f(x)
                except Exception: pass
        """,
    ),
    forged(
        "functions that were not lent",
        """
        from grader.boundary.agent import Agent
        import gc
        def ask(key, *args):
            agent = next(o for o in gc.get_objects() if isinstance(o, Agent))
            return agent._ask(key, args, {})
        """,
        softmax="def softmax(s): return ask(0, s)",
        loss="def loss(s, t): return [ask(k, s, t) for k in (-1, 1, 2, 99)][1]",
        slope="def slope(f, x, h): return ask(-1, x)",
    ),
    forged(
        "a lent function given what it cannot take",
        loss="""
        def loss(s, t):
            deep = []
            for _ in range(30): deep = [deep, 1.0]
            for bad in (deep, {"x": s}, "text", s.new_zeros(0, 3), s.new_zeros(4000, 1500), None, softmax):
                try: softmax(bad)
                except Exception as error: last = error
            return 0.0
        """,
        slope="def slope(f, x, h): return f(f(f([x] * 50_000)))",
    ),
    forged(
        "reference values kept for another exercise",
        """
        import pickle, pathlib, torch
        kept = pathlib.Path("/dev/shm/kept")
        """,
        softmax="""
        def softmax(scores):
            if kept.exists(): return pickle.loads(kept.read_bytes())
            with open("/tmp/asked", "ab") as file: pickle.dump(scores, file)
            return scores * 0
        """,
        loss="""
        def loss(scores, targets):
            with open("/tmp/asked", "rb") as file: asked = pickle.load(file)
            kept.write_bytes(pickle.dumps(softmax(asked)))
            return scores.sum() * 0
        """,
    ),
    forged(
        "a daemon that waits for the next exercise's questions",
        """
        import os, gc, socket, time, threading
        if os.fork() == 0:
            os.setsid()
            end = time.time() + 20
            while time.time() < end:
                for pid in [p for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()]:
                    for fd in range(3, 12):
                        try:
                            with open(f"/proc/{pid}/fd/{fd}", "wb", buffering=0) as file: file.write(b"x" * 100)
                        except OSError: pass
                time.sleep(0.05)
            os._exit(0)
        """,
    ),
]

FORGERY: dict[str, list[Case]] = {
    "tests and student share a process": SHARED_PROCESS,
    "marks are read from outputs": OUTPUTS,
    "values that lie": VALUES,
    "frames and questions forged": BOUNDARY,
}
