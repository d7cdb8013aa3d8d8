"""The rule "by hand": uses are found whatever they are called, innocent code is not."""

import pytest

from grader.checks.rules import BY_HAND, PURE_PYTHON, violation

IMPORTS = "from torch.autograd import grad\nimport torch\nimport numpy as np\nfrom torch import nn\nimport torch.nn.functional as F\n"

FORBIDDEN = {
    "autograd by its full name": "def f(x):\n    return torch.autograd.grad(x.sum(), x)",
    "autograd imported inside": "def f(x):\n    from torch.autograd import grad\n    return grad(x.sum(), x)",
    "autograd as a module of another name": "def f(x):\n    import torch.autograd as helper\n    return helper.grad(x, x)",
    "the method backward": "def f(x):\n    x.sum().backward()\n    return x.grad",
    "requires_grad as a method": "def f(x):\n    return x.clone().requires_grad_()",
    "requires_grad as an option": "def f(x):\n    return torch.tensor(x, requires_grad=True)",
    "torch.nn by an alias of another cell": "def f(x):\n    return nn.Linear(3, 2)(x)",
    "a ready loss by an alias": "def f(a, b):\n    return F.cross_entropy(a, b)",
    "a ready loss by its full name": "def f(a, b):\n    return torch.nn.functional.nll_loss(a, b)",
    "optim": "def f(p):\n    return torch.optim.SGD(p, lr=0.1)",
    "torch.func": "def f(g, x):\n    return torch.func.grad(g)(x)",
    "a module kept in a variable": "tools = torch.nn\ndef f(x):\n    return tools.Linear(3, 2)(x)",
    "torch under another name": "import torch as t\ndef f(x):\n    return t.autograd.grad(x, x)",
    "getattr": "def f(x):\n    return getattr(torch, 'auto' + 'grad').grad(x, x)",
    "exec": "def f(x):\n    exec('import torch.nn')",
    "__import__": "def f(x):\n    return __import__('torch.autograd').autograd.grad(x, x)",
    "importlib": "def f(x):\n    import importlib\n    return importlib.import_module('torch.nn')",
    "a default argument that renames torch": "def f(x, t=torch.autograd):\n    return t.grad(x, x)",
    "what a comprehension goes through": "def f(x):\n    return [m.Linear(1, 1)(x) for m in [torch.nn]]",
    "a global name that is bound again": "def f(x):\n    global nn\n    for nn in [nn]:\n        return nn.Linear(1, 1)(x)",
    "an alias inside of a function": "def f(x):\n    n = nn\n    return n.Linear(3, 2)(x)",
    "gradients turned on": "def f(x):\n    with torch.set_grad_enabled(True):\n        return x * 2",
    "after a magic": "%timeit 1\ndef f(x):\n    return torch.autograd.grad(x, x)",
}

ALLOWED = {
    "tensor operations": "def f(x):\n    return torch.softmax(x @ x.T, 1)",
    "the word in a comment": "def f(x):\n    # not torch.autograd, and no backward() either\n    return x",
    "the word in a text": "def f(x):\n    '''Instead of loss.backward().'''\n    return 'torch.nn'",
    "the function's own name": "def backward(params, outputs, Y):\n    return params",
    "calling the notebook's own backward": "def train(p, o, Y):\n    return backward(p, o, Y)",
    "functional without a loss": "def f(x):\n    return F.softmax(x, dim=1), torch.nn.functional.one_hot(x)",
    "no_grad": "def f(x):\n    with torch.no_grad():\n        return x * 2",
    "requires_grad turned off": "def f(x):\n    return torch.zeros(3, requires_grad=False)",
    "requires_grad turned off by its method": "def f(x):\n    return x.clone().requires_grad_(False)",
    "gradients turned off": "def f(x):\n    with torch.set_grad_enabled(False):\n        return x * 2",
    "a variable with an imported name": "def f(x):\n    grad = 2 * x\n    return grad / len(x)",
    "a parameter with an imported name": "def f(grad, nn):\n    return lambda: grad @ nn",
    "imported names in loops": "def f(x):\n    for nn, grad in x:\n        x -= grad\n    return [F for F in x]",
    "a method of an own class": "class A:\n    def backward(self):\n        return 1\ndef f(x):\n    return A().backward()",
    "a variable called nn_output": "def f(x):\n    nn_output = x\n    return nn_output",
    "a syntax error": "def f(x:\n    torch.autograd",
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_forbidden_use_is_found_with_its_line(name):
    message = violation(BY_HAND, FORBIDDEN[name], [IMPORTS])
    assert message is not None
    assert message.startswith("Line ")
    assert BY_HAND.title in message


@pytest.mark.parametrize("name", ALLOWED)
def test_innocent_code_is_not(name):
    assert violation(BY_HAND, ALLOWED[name], [IMPORTS]) is None


@pytest.mark.parametrize("count", [1000, 1500, 2500, 20_000])
def test_an_expression_may_be_deeper_than_the_stack(count):
    cell = "def f(x):\n    return " + "+".join(["x"] * count)
    assert violation(BY_HAND, cell, [IMPORTS, cell], [cell]) is None
    used = violation(BY_HAND, cell + " + nn.Linear(1, 1)(x)", [IMPORTS])
    assert used is None or "torch.nn.Linear" in used  # the deepest are no syntax tree any more
    assert (used is None) == (count > 2500)


def test_other_exercises_do_not_count():
    other = "def forward(x):\n    return torch.nn.Linear(2, 2)(x)"
    assert violation(BY_HAND, "def train(x):\n    return forward(x)", [IMPORTS, other]) is None


def test_helpers_that_the_student_added_do_count():
    helper = "def helper(x):\n    return torch.nn.Linear(2, 2)(x)"
    deeper = "def outer(x):\n    return helper(x)"
    message = violation(BY_HAND, "def f(x):\n    return outer(x)", [IMPORTS], [helper, deeper])
    assert message is not None
    assert "in helper" in message


HELPERS = {
    "a function": "def mm(a, b):\n    return np.einsum('i,i', a, b)",
    "a lambda": "mm = lambda a, b: np.einsum('i,i', a, b)",
    "a partial function": "from functools import partial\nmm = partial(np.einsum, 'i,i')",
    "a class": "class mm:\n    def __new__(cls, a, b):\n        return np.einsum('i,i', a, b)",
    "an object": "class MM:\n    def __call__(self, a, b):\n        return np.einsum('i,i', a, b)\nmm = MM()",
    "another name": "def helper(a, b):\n    return np.einsum('i,i', a, b)\nmm = helper",
    "one that is imported inside": "def mm(a, b):\n    from numpy import einsum\n    return einsum('i,i', a, b)",
    "one under a condition": "if True:\n    def mm(a, b):\n        return np.einsum('i,i', a, b)",
}


@pytest.mark.parametrize("name", HELPERS)
def test_a_helper_in_whatever_form_belongs_to_who_calls_it(name):
    calls = "def f(a, b):\n    return mm(a, b)"
    message = violation(PURE_PYTHON, calls, [IMPORTS], [HELPERS[name]])
    assert message is not None
    assert "numpy.einsum" in message
    assert violation(PURE_PYTHON, calls, [IMPORTS], [HELPERS[name]], ["mm"]) is None
    for innocent in (
        "def f(mm, b):\n    return mm(b)",
        f"def mm(a):\n    return a\n{calls}",
        "def f(a):\n    return a.mm()",
    ):
        assert violation(PURE_PYTHON, innocent, [IMPORTS], [HELPERS[name]]) is None


def test_a_number_that_was_made_with_a_library_is_no_helper():
    made = "d_output = int(np.max([0, 1])) + 1\nscale = np.sqrt(2.0)"
    assert (
        violation(PURE_PYTHON, "def f(a):\n    return [scale * x for x in a][:d_output]", [IMPORTS], [made])
        is None
    )


@pytest.mark.parametrize("use", ["np.dot(a, b)", "torch.tensor(a)", "__import__('numpy').dot(a, b)"])
def test_pure_python_knows_the_libraries(use):
    assert violation(PURE_PYTHON, f"def f(a, b):\n    return {use}", [IMPORTS]) is not None
    assert (
        violation(PURE_PYTHON, "def f(a, b):\n    return sum(x * y for x, y in zip(a, b))", [IMPORTS]) is None
    )
