"""Code that hard-codes the CPU is found with its line; what only looks like it is not."""

from __future__ import annotations

import pytest

from grader.checks.cpu_only import hard_coded

SETUP = "import torch\nimport torch as th\nfrom torch import device as dev\nimport sklearn.svm as svm\nimport numpy as np"


def lines(body: str, helpers: tuple[str, ...] = (), released: str = "", setup: str = SETUP) -> list[int]:
    """The lines that are named, in a function whose body begins on line 2."""
    told = hard_coded(f"def f(X, W):\n{body}", [setup, *helpers], helpers, released)
    return [int(text.split()[1]) for text in told]


@pytest.mark.parametrize(
    "statement",
    [
        "X = X.cpu()",
        "return (X @ W).cpu()",
        "return X.detach().cpu()",
        "return torch.Tensor.cpu(X)",
        "Z = torch.zeros(3, device='cpu')",
        "Z = th.zeros(3, device='cpu:0')",
        "Z = torch.zeros(3, device=torch.device('cpu'))",
        "where = torch.device('cpu')",
        "where = th.device(type='cpu')",
        "where = dev('cpu')",
        "X = X.to('cpu')",
        "X = X.to(torch.device('cpu'))",
        "X = X.to('cpu', torch.float64)",
        "X = X.to(device='cpu')",
        "torch.set_default_device('cpu')",
        "with torch.device('cpu'): Z = torch.zeros(3)",
        "return X.cpu().numpy().sum() + X.cpu().sum()",
        "return X.cpu().sum().item()",
        "return float(X.cpu().sum())",
        "return torch.relu(X.cpu())",
    ],
)
def test_the_line_is_named(statement):
    assert lines(f"    Y = X\n    {statement}") == [3]


def test_a_name_that_stands_for_the_cpu():
    assert lines("    place = 'cpu'\n    return X.to(place)") == [3]
    assert lines("    place = 'cpu'\n    return torch.zeros(2, device=place)") == [3]
    assert lines("    place = torch.device('cpu')\n    return X.to(place)") == [2, 3]


def test_a_helper_of_the_students_own_belongs_to_it():
    helper = "def here(X):\n    return X.cpu()"
    (told,) = hard_coded("def f(X):\n    return here(X)", [SETUP, helper], [helper])
    assert told.startswith("Line 2 of `here` keeps the work on the CPU: `X.cpu()`.")
    assert lines("    return X", (helper,)) == []
    assert lines("    return X.to(PLACE)", ("PLACE = 'cpu'",)) == [2]


@pytest.mark.parametrize(
    "statement",
    [
        "return X  # .cpu() and device='cpu' would be wrong",
        "'''Put X on the device=\"cpu\" with X.to('cpu').'''",
        "kind = 'cpu'",
        "print('cpu')",
        "Z = torch.zeros(3, device=X.device)",
        "X = X.to(W.device)",
        "X = X.to(W)",
        "X = X.to(torch.float64)",
        "where = torch.device('cuda' if torch.cuda.is_available() else 'cpu')",
        "where = torch.device('cuda') if torch.cuda.is_available() else torch.device('cpu')",
        "where = 'cuda' if torch.cuda.is_available() else 'cpu'; X = X.to(where)",
        "return X.detach().cpu().numpy()",
        "return X.sum().cpu().item()",
        "return X.cpu().tolist()",
        "return np.asarray(X.detach().cpu())",
        "return float(X.sum().cpu())",
        "axes = W; axes.plot(X.cpu(), W.cpu().flatten())",
        "fit = svm.SVC(device='cpu')",
        "if X.device.type == 'cpu': X = 2 * X",
        "names = {'device': 'cpu'}",
    ],
)
def test_what_only_looks_like_it(statement):
    assert lines(f"    Y = X\n    {statement}") == []


def test_a_choice_between_devices_in_statements():
    body = "    if torch.cuda.is_available():\n        place = 'cuda'\n    else:\n        place = torch.device('cpu')\n"
    assert lines(body + "    return X.to(place)") == []


def test_a_parameter_is_the_callers_choice():
    assert hard_coded("def f(X, device='cpu'):\n    return X.to(device)", [SETUP]) == []


def test_what_the_released_cell_had_is_not_the_students():
    stub = "def f(X, W):\n    X = X.to('cpu')\n    Y = None\n    return Y"
    assert lines("    X = X.to('cpu')\n    return X @ W", released=stub) == []
    assert lines("    X = X.to('cpu')\n    return (X @ W).cpu()", released=stub) == [3]


@pytest.mark.parametrize("count", [1000, 1500, 2500])
def test_an_expression_may_be_deeper_than_the_stack(count):
    deep = "+".join(["X"] * count)
    assert lines(f"    return ({deep}).cpu()") == [2]


def test_no_torch_no_remark():
    assert lines("    return X.cpu()", setup="import numpy as np") == []


def test_what_is_no_python_gives_none():
    assert hard_coded("def f(X:\n  X.cpu()", [SETUP]) == []
