"""Live script in pages, and right work that a coarse reader of outputs would not pay."""

import nbformat
from hostile_cases import Case, costs, damaged
from hostile_course import named, plain

ALIVE = "<script>document.title='@MARK@'</script><img src=x onerror=alert(1)><svg onload=alert(1)>"


def _answer(text: str):
    def edit(notebook):
        named(notebook, "q-why").source = text

    return edit


def _cells(*cells):
    def edit(notebook):
        notebook.cells += cells

    return edit


def _with_attachment(notebook):
    cell = plain("![x](attachment:x.svg) ![y](attachment:y.png)", "markdown")
    cell.attachments = {"x.svg": {"image/svg+xml": ALIVE}, "y.png": {"image/png": 'AAAA" onerror="alert(1)'}}
    notebook.cells.append(cell)


def _hostile_names(notebook):
    cell = plain("x = 1")
    cell.metadata["nbgrader"] = {
        "grade": True,
        "solution": False,
        "locked": True,
        "task": False,
        "points": 5,
        "schema_version": 3,
        "grade_id": ALIVE,
    }
    cell.metadata["tags"] = [ALIVE]
    notebook.cells.append(cell)
    notebook.metadata["kernelspec"] = {"name": ALIVE, "display_name": ALIVE, "language": ALIVE}
    notebook.metadata["grader"] = {"status": "graded", "exercises": []}
    named(notebook, "check-softmax").metadata["nbgrader"]["points"] = ALIVE
    return nbformat.writes(notebook).encode()


def _saved_outputs(notebook):
    data = {"text/html": ALIVE, "application/javascript": "alert(1)", "text/plain": "4.0"}
    output = nbformat.v4.new_output("execute_result", data=data, execution_count=1)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output]


SCRIPT = [
    costs(
        "printed markup",
        f"print({ALIVE!r})",
        "import sys\nprint('\\x1b[31m<b onclick=alert(1)>\\x1b[0m', file=sys.stderr)",
    ),
    costs(
        "HTML, SVG, JavaScript, Markdown and LaTeX displayed",
        f"""
        from IPython.display import HTML, SVG, Javascript, Markdown, Latex, IFrame, display
        for kind in (HTML, Markdown, Latex): display(kind({ALIVE!r}))
        display(Javascript("alert(1)")); display(IFrame("http://127.0.0.1:@PORT@/", 9, 9))
        display({{"image/svg+xml": {ALIVE!r}, "application/javascript": "alert(1)", "text/html": {ALIVE!r}}}, raw=True)
        """,
    ),
    costs(
        "markup as the representation of a value",
        f"class Live:\n    def __repr__(self): return {ALIVE!r}\n    _repr_html_ = _repr_svg_ = _repr_latex_ = _repr_markdown_ = __repr__\nLive()",
    ),
    costs("markup in an exception", f"raise type({ALIVE!r}, (Exception,), {{}})({ALIVE!r})"),
    costs(
        "markup in an answer's exception",
        due={"softmax": 0.0, "loss": 3.0, "steepness": 1.0, "slope": 2.0},
        softmax=f"def softmax(s): raise type({ALIVE!r}, (Exception,), {{}})({ALIVE!r})",
    ),
    costs(
        "markup inside a picture",
        """
        from IPython.display import display
        display({"image/png": 'iVBORw0KGgo="><script>alert(1)</script>', "text/plain": "x"}, raw=True)
        """,
    ),
    Case(
        "markup in an answer in words",
        _answer(
            f"Because. {ALIVE} [a](javascript:alert(1)) ![b](http://127.0.0.1:@PORT@/p.png) <a href='data:text/html,x'>c</a>"
        ),
        {"softmax": 4.0, "loss": 3.0, "steepness": 1.0, "slope": 2.0},
    ),
    Case(
        "markup in text cells",
        _cells(
            plain(ALIVE, "markdown"),
            plain(f"<style>*{{display:none}}</style><div {ALIVE}>", "markdown"),
            plain(f"$\\href{{javascript:alert(1)}}{{x}}$ $${ALIVE}$$", "markdown"),
            nbformat.v4.new_raw_cell(ALIVE),
        ),
        {"softmax": 4.0, "loss": 3.0, "steepness": 1.0, "slope": 2.0},
    ),
    Case(
        "markup in the code",
        _cells(plain(f"# {ALIVE}\nx = '''{ALIVE}'''")),
        {"softmax": 4.0, "loss": 3.0, "steepness": 1.0, "slope": 2.0},
    ),
    Case(
        "markup in attachments",
        _with_attachment,
        {"softmax": 4.0, "loss": 3.0, "steepness": 1.0, "slope": 2.0},
    ),
    damaged("markup in names and metadata", _hostile_names),
    Case(
        "outputs saved in the file",
        _saved_outputs,
        {"softmax": 4.0, "loss": 3.0, "steepness": 1.0, "slope": 2.0},
        stock=True,
    ),
]

NOISE = [
    costs(
        "warnings",
        stock=True,
        softmax="import warnings\ndef softmax(s):\n    warnings.warn('careful')\n    return torch.softmax(s, 1)\nwarnings.warn('here')",
    ),
    costs(
        "lines on stderr, logs and progress bars",
        stock=True,
        loss="""
        import logging, sys
        logging.basicConfig(level="INFO", stream=sys.stderr)
        def loss(s, t):
            logging.warning("loss")
            print("seen", file=sys.stderr)

            return torch.nn.functional.cross_entropy(s, t)
        loss(torch.zeros(2, 3), torch.tensor([0, 1]))
        """,
    ),
    costs(
        "prints in the answers",
        stock=True,
        slope="def slope(f, x, h):\n    print('x =', x)\n    return (f(x + h) - f(x - h)) / (2 * h)\nslope(abs, 1, 0.1)",
    ),
    costs(
        "threads and more cores",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(100,), daemon=True).start()\ntorch.set_num_threads(4)\n_ = torch.randn(800, 800) @ torch.randn(800, 800)",
    ),
    costs(
        "processes of a data loader",
        "from torch.utils.data import DataLoader\nbatches = list(DataLoader(list(range(20)), batch_size=5, num_workers=2))",
    ),
    costs(
        "another folder, environment and random state",
        "import os, random\nos.chdir('/'); os.environ.clear(); random.seed(3); torch.manual_seed(3)",
    ),
    costs(
        "other defaults of Python, numpy and torch",
        "import warnings\nwarnings.simplefilter('error'); np.seterr(all='raise'); torch.set_default_device('meta')",
        "torch.no_grad().__enter__(); torch.inference_mode().__enter__()",
    ),
    costs(
        "built-in functions broken", "import builtins\nbuiltins.id = builtins.sorted = builtins.print = None"
    ),
    Case(
        "names used for something else afterwards",
        _cells(
            plain("softmax = softmax(torch.zeros(2, 3)); loss = 0.5; steepness = 7; len = 3; slope = None"),
            plain("torch = np = math = 'gone'"),
            plain("%reset -f"),
        ),
        {"softmax": 4.0, "loss": 3.0, "steepness": 1.0, "slope": 2.0},
    ),
    costs(
        "values in classes of their own",
        softmax="class Rows(torch.Tensor): pass\ndef softmax(s): return torch.softmax(s, 1).as_subclass(Rows)",
        loss="class Loss(float): pass\ndef loss(s, t): return Loss(torch.nn.functional.cross_entropy(s, t))",
        slope="def slope(f, x, h): return torch.nn.Parameter(torch.tensor((f(x + h) - f(x - h)) / (2 * h), dtype=torch.float64))",
    ),
    costs(
        "a module that a cell writes",
        "open('mine.py', 'w').write('import torch\\ndef soft(s): return torch.softmax(s, 1)')",
        softmax="from mine import soft\ndef softmax(s): return soft(s)",
    ),
    costs(
        "packages to install", "!pip install numpy==1.0 --quiet\n%pip install left-pad\n!apt-get install x"
    ),
    costs("another default type", "torch.set_default_dtype(torch.float64); torch.set_grad_enabled(False)"),
    costs(
        "garbage collection off and limits raised",
        "import gc, sys\ngc.disable(); sys.setrecursionlimit(5000)",
    ),
    costs(
        "magics and shell lines",
        stock=True,
        slope="def slope(f, x, h):\n    return (f(x + h) - f(x - h)) / (2 * h)\n%time slope(abs, 1, 0.1)\n!echo hello\n%matplotlib inline",
    ),
    costs(
        "names of the grader used for something else",
        "student = reference = grader = check = expected = answer = 3\nprint(student)",
    ),
    costs("star imports and deleted names", "from math import *\ndel pow\nimport torch, numpy as np"),
]

PAGES: dict[str, list[Case]] = {"live script in pages": SCRIPT, "right work that makes noise": NOISE}
