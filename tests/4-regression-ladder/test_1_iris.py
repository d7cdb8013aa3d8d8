"""Hidden checks of the regression ladder: five versions of one training, one trajectory."""

from typing import Any

import numpy as np
import pytest
import torch

from grader.checks import BY_HAND, Rules, at_an_edge, check_close, exercise, expect

# The first optimizer of a process loads half of torch: better once, here, than in every examiner.
torch.optim.SGD([torch.zeros(1)], lr=1.0)

RUN = '''
import contextlib as checks_contextlib
import numpy as checks_np
import torch as checks_torch
from torch.nn.modules.module import register_module_forward_hook as checks_on_module
from torch.optim.optimizer import register_optimizer_step_post_hook as checks_on_step
from torch.overrides import TorchFunctionMode as ChecksMode

CHECKS_RUNGS = tuple(f"two_layer_regression_{kind}_train" for kind in ("numpy", "tensor", "autograd", "nn", "nn_optim"))


def checks_kept(value, before):
    """Whether an argument is what it was, its flag for gradients included."""
    same = value.shape == before.shape and bool((value == before).all())
    return same and not getattr(value, "requires_grad", False)


class ChecksOperations(ChecksMode):
    """Counts the operations on two tensors, such as products."""

    def __init__(self, count):
        self.count = count

    def __torch_function__(self, function, types, args=(), kwargs=None):
        self.count["tensor"] += sum(isinstance(value, checks_torch.Tensor) for value in args) > 1
        return function(*args, **(kwargs or {}))


@checks_contextlib.contextmanager
def checks_counting(name):
    """How often tensors, autograd, a module, an optimizer and the functions of the other rungs are used."""
    count = {"tensor": 0, "autograd": 0, "nn": 0, "optim": 0, "others": 0}

    def counted(tool, function):
        def call(*args, **kwargs):
            count[tool] += 1
            return function(*args, **kwargs)
        return call

    names, engine = globals(), checks_torch.autograd._engine_run_backward
    others = {n: names[n] for n in CHECKS_RUNGS if n != name and callable(names.get(n))}
    hooks = [checks_on_module(counted("nn", lambda *_: None)), checks_on_step(counted("optim", lambda *_: None))]
    names.update({n: counted("others", function) for n, function in others.items()})
    checks_torch.autograd._engine_run_backward = counted("autograd", engine)
    operations = ChecksOperations(count) if name == CHECKS_RUNGS[1] else checks_contextlib.nullcontext()
    try:
        with operations:
            yield count
    finally:
        checks_torch.autograd._engine_run_backward = engine
        names.update(others)
        for hook in hooks:
            hook.remove()


def checks_run(name, given, lr, nite):
    """What the function returns, its losses as plain lists, which arguments it changed, and what it used."""
    before = [value.copy() if isinstance(value, checks_np.ndarray) else value.clone() for value in given]
    with checks_counting(name) as count:
        W1, W2, losses_tr, losses_val = globals()[name](*given, lr=lr, nite=nite)
    names = ("X", "Y", "X_val", "Y_val", "W1", "W2")
    changed = [n for n, value, old in zip(names, given, before) if not checks_kept(value, old)]
    graph = any(getattr(x, "requires_grad", False) for x in [*losses_tr, *losses_val])
    losses = [[x.item() if hasattr(x, "item") else x for x in losses] for losses in (losses_tr, losses_val)]
    return {"W1": W1, "W2": W2, "losses_tr": losses[0], "losses_val": losses[1]}, changed, graph, count
'''
TOOLS = {
    "tensor": ("Hardly an operation on tensors was made.", "the arithmetic of rung 1, on tensors"),
    "autograd": ("No gradient was asked from autograd.", "backward()"),
    "nn": ("No module of torch.nn was called.", "a model made of layers"),
    "optim": ("No optimizer of torch.optim made a step.", "an optimizer"),
}
TOO_EARLY = {"nn": "A module of torch.nn was called.", "optim": "An optimizer of torch.optim made a step."}
WITH_NUMPY = Rules(
    "by hand, with numpy: no torch, no other library",
    forbidden=("torch", "functorch", "sklearn", "scipy", "jax", "tensorflow"),
    guards=(*BY_HAND.guards, "torch.tensor", "torch.as_tensor", "torch.from_numpy"),
)
NX, NH, NY = 3, 4, 2


def arrays(n: int = 5, n_val: int = 6, seed: int = 1, ny: int = NY) -> list[np.ndarray]:
    """X, Y, X_val, Y_val, W1, W2 with sizes that are all different; their values are exact in float32 as well."""
    rng = np.random.default_rng(seed)
    shapes = [(n, NX), (n, ny), (n_val, NX), (n_val, ny), (NH, NX), (ny, NH)]
    return [rng.normal(0.3, 1, shape).astype(np.float32).astype(np.float64) for shape in shapes]


class Rung:
    """What every version must do; `tools` are what this version is about: without them, or with those of a later one, its
    numbers count for nothing.

    Layers of torch.nn start in float32, as the lab does, so that a version that stays there loses one check only.
    """

    name = ""
    tools: tuple[str, ...] = ()
    too_early: tuple[str, ...] = ()
    dtype: Any = np.float32

    def convert(self, value: np.ndarray, device: str, dtype: Any = None) -> Any:
        """An array as this version takes it."""
        return torch.tensor(value.astype(dtype or self.dtype), device=device)

    def rtol(self, dtype: Any = None) -> float:
        """What two right versions may differ by, relative to the largest number."""
        return 1e-4 if (dtype or self.dtype) is np.float32 else 1e-6

    def run(
        self,
        student: Any,
        device: str,
        given: list[np.ndarray],
        lr: float = 0.1,
        nite: int = 4,
        dtype: Any = None,
    ) -> tuple:
        """The student's result, the names of the arguments it changed, whether losses carry their graph."""
        student.define(RUN)
        arguments = [self.convert(v, device, dtype) for v in given]
        *found, count = student.checks_run(self.name, arguments, lr, nite)
        expect(
            count["others"] == 0,
            "The function of another rung was called.",
            "It looks like a version that leaves its work to another one.",
            "Each rung is written anew: copy lines if you like, and change what is new.",
        )
        for tool in self.too_early:
            expect(
                count[tool] == 0,
                TOO_EARLY[tool],
                "It looks like the version of a later rung.",
                "Which tools has this rung, and which not yet?",
            )
        for tool in self.tools:
            seen, hint = TOOLS[tool]
            expect(
                count[tool] >= nite,
                seen,
                "It looks like the version of another rung.",
                f"This rung is about {hint}.",
            )
        return tuple(found)

    def wanted(
        self,
        reference: Any,
        device: str,
        given: list[np.ndarray],
        lr: float = 0.1,
        nite: int = 4,
        dtype: Any = None,
    ) -> dict[str, Any]:
        """The trajectory of the reference's first rung, computed in float64."""
        W1, W2, losses_tr, losses_val = reference.two_layer_regression_numpy_train(*given, lr, nite)
        weights = {"W1": self.convert(W1, device, dtype), "W2": self.convert(W2, device, dtype)}
        return {"losses_tr": losses_tr, "losses_val": losses_val, **weights}

    def sizes(self, given: list[np.ndarray]) -> dict[str, int]:
        """What a constant factor may be explained by."""
        return {"the number of examples": len(given[0]), "the number of outputs": NY}

    @pytest.mark.parametrize(("n", "n_val"), [(5, 6), (1, 3), (4, 7)])
    def test_one_update(self, student, reference, device, n, n_val):
        """the gradients, from one update"""
        given = arrays(n, n_val)
        got = self.run(student, device, given, lr=0.01, nite=1)[0]
        wanted = self.wanted(reference, device, given, lr=0.01, nite=1)
        for key, start in (("W2", given[5]), ("W1", given[4])):
            expect(
                getattr(got[key], "shape", None) is not None and tuple(got[key].shape) == start.shape,
                f"The returned {key} does not have the shape of the one that was given.",
                "",
                "Look at the return line, and at the table of shapes.",
            )
        begin = {key: self.convert(value, device) for key, value in (("W1", given[4]), ("W2", given[5]))}
        check_close(
            {f"gradient of {key}": (begin[key] - got[key]) / 0.01 for key in begin},
            {f"gradient of {key}": (begin[key] - wanted[key]) / 0.01 for key in begin},
            what="the update",
            sizes=self.sizes(given),
            rtol=1e-4 if self.dtype is np.float64 else 1e-3,  # a difference of weights, divided by 0.01
        )

    @pytest.mark.parametrize(("n", "n_val"), [(5, 6), (6, 5), (4, 4), (1, 3)])
    def test_losses(self, student, reference, device, n, n_val):
        """both lists of losses"""
        given = arrays(n, n_val, seed=2)
        got = self.run(student, device, given, lr=0.03)[0]
        wanted = self.wanted(reference, device, given, lr=0.03)
        sizes = self.sizes(given) | {"the number of validation examples": n_val}
        for key in ("losses_tr", "losses_val"):
            check_close(got[key], wanted[key], what=key, sizes=sizes, rtol=self.rtol())

    def test_weights(self, student, reference, device):
        """the weights after several updates, with three outputs"""
        given = arrays(seed=3, ny=3)
        got = self.run(student, device, given, lr=0.03, nite=6)[0]
        wanted = self.wanted(reference, device, given, lr=0.03, nite=6)
        check_close(
            {k: got[k] for k in ("W1", "W2")}, {k: wanted[k] for k in ("W1", "W2")}, what="the weights"
        )

    @pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
    def test_precision(self, student, reference, device, dtype):
        """the whole trajectory in the precision of what is given"""
        given = arrays(seed=4)
        got = self.run(student, device, given, nite=3, dtype=dtype)[0]
        wanted = self.wanted(reference, device, given, nite=3, dtype=dtype)
        check_close(got, wanted, what="the result", rtol=self.rtol(dtype))
        for key in ("W1", "W2"):
            expect(
                got[key].dtype == wanted[key].dtype,
                f"Given {wanted[key].dtype}, the function returns a {key} of {got[key].dtype}.",
                "It looks like a conversion to one precision, whatever is given.",
                "Results have the precision of what is given.",
            )

    def test_stacked(self, student, reference, device):
        """the same examples twice change nothing"""
        given = arrays(seed=6)
        twice = [*(np.concatenate([value, value]) for value in given[:4]), *given[4:]]
        got = self.run(student, device, twice, nite=2)[0]
        wanted = self.wanted(reference, device, given, nite=2)
        sizes = {"the number of times each example was given": 2}
        check_close(got, wanted, what="the result", sizes=sizes, rtol=self.rtol())

    def test_given_stays(self, student, device):
        """what the function was given stays as it is"""
        changed = self.run(student, device, arrays(seed=7))[1]
        expect(
            not changed,
            f"After the training, what was given as {' and '.join(changed)} is no longer the same.",
            "It looks like an operation in place on the caller's data, or a flag set on it.",
            "Where does your own copy begin?",
        )

    def test_plain_numbers(self, student, device):
        """losses are plain numbers, one for each update"""
        result, _, graph = self.run(student, device, arrays(seed=8), lr=0.0, nite=5)
        expect(
            not graph,
            "A loss in the lists still requires gradients.",
            "It looks like the loss tensor itself, which keeps its whole graph alive.",
            "A list of losses needs the number only.",
        )
        check_close(
            [len(result["losses_tr"]), len(result["losses_val"])], [5, 5], what="the numbers of losses"
        )

    def test_repeatable(self, student, reference, device):
        """two calls with the same weights give the same losses"""
        given = arrays(seed=9)
        first, second = (self.run(student, device, given)[0]["losses_tr"] for _ in range(2))
        check_close(second, first, what="the losses of the second call", rtol=self.rtol())
        wanted = self.wanted(reference, device, given)["losses_tr"]
        check_close(first, wanted, what="the losses", rtol=self.rtol())


class ByHand(Rung):
    """A version that writes the derivative itself (autograd's own differs between clamp and relu at zero)."""

    dtype = np.float64

    @at_an_edge
    def test_kink(self, student, reference, device):
        """inputs that meet the kink of the ReLU exactly"""
        given = arrays(seed=5)
        given[0] = np.array([[2.0, 2, 1], [1, -1, 0.5], [0.5, 0.5, -0.5], [2, 1, 1], [1, 0, 0]])
        given[4] = np.array([[1.0, -1, 0], [1, 0, -2], [0.5, 0.5, 1], [-1, 2, 0]])
        got = self.run(student, device, given, lr=0.01, nite=1)[0]
        wanted = self.wanted(reference, device, given, lr=0.01, nite=1)
        check_close(got, wanted, what="the result", rtol=1e-6)


@exercise("two_layer_regression_numpy_train", rules=WITH_NUMPY)
class TestNumpy(ByHand):
    name = "two_layer_regression_numpy_train"

    def convert(self, value: np.ndarray, device: str, dtype: Any = None) -> Any:
        return value.astype(dtype or self.dtype)


@exercise("two_layer_regression_tensor_train", rules=BY_HAND)
class TestTensor(ByHand):
    name = "two_layer_regression_tensor_train"
    tools = ("tensor",)


@exercise("two_layer_regression_autograd_train")
class TestAutograd(Rung):
    name = "two_layer_regression_autograd_train"
    tools = ("autograd",)
    too_early = ("nn", "optim")


@exercise("two_layer_regression_nn_train")
class TestNn(Rung):
    name = "two_layer_regression_nn_train"
    tools = ("nn",)
    too_early = ("optim",)


@exercise("two_layer_regression_nn_optim_train")
class TestOptim(Rung):
    name = "two_layer_regression_nn_optim_train"
    tools = ("nn", "optim")
