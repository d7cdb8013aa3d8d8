"""A small course and graded notebooks as they come out of a grading run."""

from __future__ import annotations

import base64
import struct
import zlib

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.course import Course
from grader.results import Check, Exercise, Graded, Result, Seconds


def png(width=40, height=20, shade=120):
    """The bytes of a grey picture, base64."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([shade]) * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    return base64.b64encode(data).decode()


def nbgrader(grade_id, grade=False, solution=False, points=None, locked=False):
    meta = {"schema_version": 3, "task": False, "grade_id": grade_id}
    meta |= {"grade": grade, "solution": solution, "locked": locked}
    return {"nbgrader": meta if points is None else meta | {"points": points}}


def exercise(name, body, check, points, bonus=False):
    meta = nbgrader(f"check-{name}", grade=True, points=points, locked=True) | (
        {"bonus": True} if bonus else {}
    )
    return [
        new_code_cell(body, metadata=nbgrader(name, solution=True), id=name),
        new_code_cell(check, metadata=meta, id=f"check-{name}"),
    ]


def by_hand():
    """The instructor's first notebook."""
    cells = [
        new_markdown_cell(
            "# Backpropagation by hand\n\nA network with one hidden layer, written **by hand**. "
            "Effort: 60 minutes.\n\nThe forward pass is $\\tilde{h} = X W_h + b_h$, $h = \\tanh(\\tilde{h})$,\n"
            "$\\hat{y} = \\mathrm{softmax}(h W_y + b_y)$.\n\n$$L = -\\frac{1}{B} \\sum_i \\sum_k y_{ik} \\log \\hat{y}_{ik}$$",
            id="intro",
        ),
        new_code_cell(
            "import torch\nfrom utils import CirclesData\n\ndata = CirclesData()",
            metadata=nbgrader("setup", locked=True),
            id="setup",
        ),
        new_markdown_cell(
            "## Forward pass\n\n| name | shape |\n|---|---|\n| `X` | (n_batch, nx) |\n| `Wh` | (nx, nh) |\n\n"
            "<details><summary>It says “mat1 and mat2 shapes cannot be multiplied”</summary>\n\n"
            "Compare the shapes in the table with `print(X.shape)`.\n\n</details>",
            id="forward-text",
        ),
        *exercise(
            "forward",
            'def forward(params, X):\n    """Outputs of the network.\n\n    X: (n_batch, nx)\n    """\n'
            "    outputs = {}\n    outputs['htilde'] = X @ params['Wh'] + params['bh']  # (n_batch, nh)\n"
            "    outputs['h'] = torch.tanh(outputs['htilde'])\n    z = outputs['h'] @ params['Wy'] + params['by']\n"
            "    outputs['yhat'] = torch.softmax(z, dim=1)\n    return outputs['yhat'], outputs",
            'with check("forward"):\n    yhat, outputs = forward(params, data.train[0][:5])\n'
            "    assert yhat.shape == (5, 2)",
            3,
        ),
        *exercise(
            "loss_accuracy",
            "def loss_accuracy(Yhat, Y):\n    return -(Y * Yhat.log()).sum(), (Yhat.argmax(1) == Y.argmax(1)).float().mean()",
            'with check("loss_accuracy"):\n    loss, accuracy = loss_accuracy(yhat, Y)',
            2,
        ),
        *exercise(
            "backward",
            "def backward(params, outputs, Y):\n    delta = outputs['yhat'] - Y\n    return {'Wy': outputs['h'].T @ delta}",
            'with check("backward"):\n    grads = backward(params, outputs, Y)',
            4,
        ),
        *exercise(
            "sgd",
            "def sgd(params, grads, eta):\n    ...",
            'with check("sgd"):\n    sgd(params, grads, 0.1)',
            1,
        ),
        *exercise("train", "def train(params):\n    ...", 'with check("train"):\n    train(params)', 3),
        *exercise(
            "momentum", "def momentum(x):\n    ...", 'with check("momentum"):\n    momentum(1)', 1, bonus=True
        ),
        new_markdown_cell(
            "Why does a large batch give a smoother curve?", metadata=nbgrader("q-batch-text", locked=True)
        ),
        new_markdown_cell(
            "=== BEGIN MARK SCHEME ===\nsecret scheme\n=== END MARK SCHEME ===",
            metadata=nbgrader("q-large-batch", grade=True, solution=True, points=2),
            id="q-large-batch",
        ),
    ]
    return new_notebook(cells=cells)


def autograd():
    """The instructor's second notebook."""
    cells = [new_markdown_cell("# Autograd", id="intro")]
    return new_notebook(cells=cells + exercise("step", "def step():\n    ...", "step()", 5))


@pytest.fixture
def lab(tmp_path):
    folder = tmp_path / "source" / "3-backprop"
    folder.mkdir(parents=True)
    nbformat.write(by_hand(), folder / "1-by-hand.ipynb")
    nbformat.write(autograd(), folder / "2-autograd.ipynb")
    return Course(tmp_path).lab("3-backprop")


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def error(name, said, lines):
    return {"output_type": "error", "ename": name, "evalue": said, "traceback": lines}


def executed():
    """The same notebook with a student's outputs, as plain dicts."""
    notebook = by_hand()
    by_id = {cell.id: cell for cell in notebook.cells}
    for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), 1):
        cell.execution_count = count
    by_id["setup"].outputs = [
        stream("epoch 1\repoch 2\repoch 3, loss 0.693\n"),
        stream("\x1b[31mslow\x1b[0m\n", "stderr"),
    ]
    by_id["forward"].outputs = [
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {"image/png": png(), "text/plain": "<Figure size 40x20>"},
        },
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {"text/html": "<b>live</b>", "text/plain": "a table"},
        },
    ]
    by_id["check-forward"].outputs = [stream("forward: ok\n")]
    by_id["check-backward"].outputs = [
        error(
            "CheckFailed",
            "grads['Wy'] is 5.0 times what it should be, and 5 is the batch size",
            [
                "\x1b[31mCheckFailed\x1b[39m                Traceback (most recent call last)",
                "\x1b[36mCell\x1b[39m \x1b[32mIn[7]\x1b[39m\x1b[32m, line 3\x1b[39m\n"
                "      1 with check('backward'):\n----> 3     check_close(grads['Wy'], W)",
                "CheckFailed: grads['Wy'] is 5.0 times what it should be",
            ],
        )
    ]
    by_id["sgd"].outputs = [error("NameError", "name 'params' is not defined", [])]
    by_id["q-large-batch"].source = "Because the *noise* of the gradient falls with $\\frac{1}{\\sqrt{B}}$."
    return notebook


AVERAGED = (
    "Every gradient is 5 times too large, and 5 is the batch size.\n"
    "It looks like a sum over the batch where the loss is a mean.\n"
    "Look at the first delta: what does the mean bring to it?"
)


def result():
    """Every outcome once."""
    return Result(
        "3-backprop",
        "1-by-hand",
        "repaired",
        repairs=[
            "The check cell of `forward` was changed; the original was put back.",
            "The cell 'check-train' was left out: it ended the Python interpreter.",
        ],
        exercises=[
            Exercise("forward", 3, 3, "passed", [Check(f"outputs, batch of {n}", "passed") for n in (5, 1, 4)]),
            Exercise("loss_accuracy", 1, 2, "partial", [
                Check("loss of a batch", "failed", "The loss is 5 times too large.\nIt looks like a sum.\nLook at the mean.",
                      "loss_summed_over_the_batch"),
                Check("accuracy of a batch", "passed"),
            ]),
            Exercise("backward", 0, 4, "failed", [
                Check("gradients of a batch, n_batch=5", "failed", AVERAGED, "gradient_not_averaged"),
                Check("gradients of a batch, n_batch=4", "failed", AVERAGED, "gradient_not_averaged"),
                Check("a batch stacked twice", "failed", "The gradient doubled.\nThe mean must not move."),
            ]),
            Exercise("sgd", 0, 1, "not_written", [Check("one step", "failed", "not written yet")]),
            Exercise("train", 0, 3, "not_run", [Check("every pair once", "not_run", "The check was stopped after 10 s.")]),
            Exercise("momentum", 1, 1, "passed", [Check("two steps", "passed")]),
        ],
        seconds=Seconds(1.25, 0.5, 1.9),
    )  # fmt: skip


@pytest.fixture
def graded():
    return Graded(result(), executed())


@pytest.fixture
def picture():
    return png


@pytest.fixture
def notebook_of():
    """A notebook of one code cell with the given outputs."""
    return lambda outputs: new_notebook(cells=[new_code_cell("x", outputs=outputs)])
