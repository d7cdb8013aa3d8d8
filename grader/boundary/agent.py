"""The student's side of the boundary: answers calls on the functions of a notebook.

Runs in the sandbox. Nothing here is trusted or secret: the student's code may read and change all of it, and
gains nothing, since comparisons and marks exist on the other side only.

A request is {"op": name, ...}, its answer {"value": tree} or {"error": class, ...}. With "seed" it first seeds random, numpy
and torch (CUDA included). While it works on a request the agent may ask back: {"op": "callback" | "vjp", ...} for a
function that the other side lent.
"""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable
from types import CodeType
from typing import Any

from grader.boundary.codec import Buffer, CodecError, decode, encode
from grader.boundary.guards import guarded
from grader.boundary.seeds import seed_everything

UNCHANGED = object()
Frame = tuple[dict[str, Any], list[Any]]
Peer = Callable[[dict[str, Any], list[Any]], Frame]


class Agent:
    """Serves the names of one namespace; `peer` asks the other side and gives its answer. Tensors that come in are
    put on `device`, by default the CPU; what goes out is data.
    """

    def __init__(self, namespace: dict[str, Any], peer: Peer, device: str | None = None) -> None:
        self.namespace, self.peer, self.device = namespace, peer, device
        self.objects: list[Any] = []

    def answer(self, message: dict[str, Any], buffers: list[Any]) -> Frame:
        """The reply to one request; whatever the student's code raises becomes an error reply."""
        out: list[Buffer] = []
        try:
            if "seed" in message:
                seed_everything(message["seed"])
            operation = getattr(self, f"do_{message['op']}")
            reply = operation(message, buffers, out)
        except BaseException as error:
            return _describe(error), []
        return reply, out

    def do_has(self, message: dict[str, Any], buffers: list[Any], out: list[Buffer]) -> dict[str, Any]:
        """Whether a name is defined."""
        return {"value": message["name"] in self.namespace}

    def do_get(self, message: dict[str, Any], buffers: list[Any], out: list[Buffer]) -> dict[str, Any]:
        """The value of a name, or of an attribute of a kept object."""
        if "object" in message:
            found = getattr(self.objects[message["object"]], message["name"])
        else:
            found = self._named(message["name"])
        return {"value": encode(found, out, self.keep)}

    def do_define(self, message: dict[str, Any], buffers: list[Any], out: list[Buffer]) -> dict[str, Any]:
        """Run helper source of the check among the notebook's names."""
        exec(_compiled(message["source"]), self.namespace)
        return {"value": None}

    def do_lend(self, message: dict[str, Any], buffers: list[Any], out: list[Buffer]) -> dict[str, Any]:
        """Replace names by functions of the other side, of which the keys are given; each keeps the notebook's own as
        `__wrapped__`.
        """
        for name, key in message["keys"].items():
            own: Any = self.namespace.get(name)
            lent: Any = self._callback(key, name)
            again = getattr(own, "__code__", None) is lent.__code__
            lent.__wrapped__ = own.__wrapped__ if again else own
            self.namespace[name] = lent
        return {"value": None}

    def do_next(self, message: dict[str, Any], buffers: list[Any], out: list[Buffer]) -> dict[str, Any]:
        """The next item of a kept iterator: a list of one, or of none at the end."""
        end = object()
        item = next(self.objects[message["object"]], end)
        return {"value": encode([] if item is end else [item], out, self.keep)}

    def do_call(self, message: dict[str, Any], buffers: list[Any], out: list[Buffer]) -> dict[str, Any]:
        """Call a name, a kept object or its method; with `after`, send back the arguments as they are then."""
        call = decode(message["tree"], buffers, self.resolve, self.device)
        args, kwargs = call["args"], call["kwargs"]
        if "object" in message:
            target = self.objects[message["object"]]
            target = getattr(target, message["name"]) if message.get("name") else target
        else:
            target = self._named(message["name"])
        with guarded(message.get("guards", ())):
            result = target(*args, **kwargs)
        reply = {"value": encode(result, out, self.keep)}
        if message.get("after"):
            reply["after"] = encode([args, kwargs], out, self.keep)
        return reply

    def _named(self, name: str) -> Any:
        if name not in self.namespace:
            raise NameError(f"name '{name}' is not defined")
        return self.namespace[name]

    def keep(self, value: Any) -> dict[str, Any]:
        """The node of an object that stays here."""
        kind = type(value)
        self.objects.append(value)
        node = {"$": "ref", "v": len(self.objects) - 1, "cls": f"{kind.__module__}.{kind.__qualname__}"[:200]}
        if hasattr(kind, "__len__"):
            node["len"] = True
        return node

    def resolve(self, node: dict[str, Any]) -> Any:
        """The object behind a node of a request."""
        if node["$"] == "callback":
            return self._callback(node["v"], str(node.get("name", "callback")))
        return self.objects[node["v"]]

    def _callback(self, key: int, name: str) -> Callable[..., Any]:
        def lent(*args: Any, **kwargs: Any) -> Any:
            return self._ask(key, args, kwargs)

        lent.__name__ = lent.__qualname__ = name
        return lent

    def _ask(self, key: int, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Call a lent function: changes it makes to its arguments are repeated here, a graph is kept."""
        buffers: list[Buffer] = []
        tree = encode([list(args), kwargs], buffers, self._keep_parameters)
        message = {"op": "callback", "key": key, "tree": tree, "grad": _grad_enabled()}
        reply, data = self.peer(message, buffers)
        if "error" in reply:
            raise RuntimeError(reply["error"])
        if "after" in reply:
            after = decode(reply["after"], data, self._after, self.device)
            copy_into([list(args), kwargs], after)
        if "argument" in reply:
            return args[reply["argument"]]
        value = decode(reply["value"], data, self.resolve, self.device)
        if "graph" in reply:
            return self._with_graph(reply["graph"], value, [args, kwargs])
        return value

    def _keep_parameters(self, value: Any) -> dict[str, Any]:
        """A torch module takes its parameters along when it is given to a lent function."""
        node = self.keep(value)
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(value, torch.nn.Module):
            node["module"] = True
        return node

    def do_parameters(self, message: dict[str, Any], buffers: list[Any], out: list[Buffer]) -> dict[str, Any]:
        """The parameters of a kept module with their gradients, as plain leaf tensors."""
        tensors = list(self.objects[message["object"]].parameters())
        return {"value": encode(tensors, out, self.keep)}

    def do_update(self, message: dict[str, Any], buffers: list[Any], out: list[Buffer]) -> dict[str, Any]:
        """Give the parameters of a kept module new values and gradients."""
        new = decode(message["tree"], buffers, self.resolve, self.device)
        copy_into(list(self.objects[message["object"]].parameters()), new)
        return {"value": None}

    def _after(self, node: dict[str, Any]) -> Any:
        return UNCHANGED

    def _with_graph(self, key: int, value: Any, inputs: Any) -> Any:
        """Tie a result of a lent function to its inputs, so that backward() goes through the boundary."""
        leaves = [t for t in tensors_in(inputs) if t.requires_grad]
        outputs = [t for t in tensors_in(value) if t.requires_grad]

        def backward(grads: tuple) -> tuple:
            buffers: list[Buffer] = []
            tree = encode([g.detach() for g in grads], buffers)
            reply, data = self.peer({"op": "vjp", "graph": key, "tree": tree}, buffers)
            if "error" in reply:
                raise RuntimeError(reply["error"])
            return tuple(decode(reply["value"], data, None, self.device))

        tied = _lent_class().apply(backward, [t.detach() for t in outputs], *leaves)
        return replace(value, dict(zip(map(id, outputs), tied, strict=True)))


@functools.cache
def _lent_class() -> Any:
    """The results of a lent function as torch's autograd sees them; made once, since torch makes a second class of each."""
    import torch

    class Lent(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, backward: Callable[[tuple], tuple], plain: list[Any], *ins: Any) -> Any:
            ctx.backward_there = backward
            return tuple(t.clone() for t in plain)

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            return None, None, *ctx.backward_there(grads)

    return Lent


@functools.lru_cache(maxsize=64)
def _compiled(source: str) -> CodeType:
    """The code of a check's helpers: each check of an exercise sends the same ones."""
    return compile(source, "<check>", "exec")


def _grad_enabled() -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and bool(torch.is_grad_enabled())


def tensors_in(value: Any) -> list[Any]:
    """Every torch tensor in nested lists, tuples and dicts, in order, each once."""
    torch = sys.modules["torch"]
    found: dict[int, Any] = {}

    def walk(v: Any) -> None:
        if isinstance(v, torch.Tensor):
            found.setdefault(id(v), v)
        elif isinstance(v, list | tuple):
            for x in v:
                walk(x)
        elif isinstance(v, dict):
            for x in v.values():
                walk(x)

    walk(value)
    return list(found.values())


def replace(value: Any, new: dict[int, Any]) -> Any:
    """The same nested value with some tensors exchanged, by their id."""
    if id(value) in new:
        return new[id(value)]
    if isinstance(value, list | tuple):
        return type(value)(replace(v, new) for v in value)
    if isinstance(value, dict):
        return {k: replace(v, new) for k, v in value.items()}
    return value


def copy_into(mine: Any, theirs: Any) -> None:
    """Repeat in `mine` (tensors, arrays, lists, dicts) the changes made in place to its copy `theirs`."""
    torch, np = sys.modules.get("torch"), sys.modules.get("numpy")
    if isinstance(mine, list | tuple) and isinstance(theirs, list | tuple):
        for a, b in zip(mine, theirs, strict=False):
            copy_into(a, b)
        if isinstance(mine, list):
            same = [a if _mutable(a) or b is UNCHANGED else b for a, b in zip(mine, theirs, strict=False)]
            mine[:] = same + list(theirs[len(same) :])
    elif isinstance(mine, dict) and isinstance(theirs, dict):
        for key, value in theirs.items():
            if key in mine and _mutable(mine[key]) and type(mine[key]) is type(value):
                copy_into(mine[key], value)
            elif value is not UNCHANGED:
                mine[key] = value
        for key in [k for k in mine if k not in theirs]:
            del mine[key]
    elif torch is not None and isinstance(mine, torch.Tensor) and isinstance(theirs, torch.Tensor):
        if mine.shape == theirs.shape:
            with torch.no_grad():
                mine.copy_(theirs)
            if mine.is_leaf:
                mine.grad = None if theirs.grad is None else theirs.grad.to(mine)
    elif np is not None and isinstance(mine, np.ndarray) and np.shape(theirs) == mine.shape:
        mine[...] = theirs


def _mutable(value: Any) -> bool:
    torch, np = sys.modules.get("torch"), sys.modules.get("numpy")
    kinds: tuple[type, ...] = (list, dict)
    if torch is not None:
        kinds += (torch.Tensor,)
    if np is not None:
        kinds += (np.ndarray,)
    return isinstance(value, kinds)


def _is_of_a_cell(filename: str) -> bool:
    """Whether code comes from a cell: those have no file. Helpers of a check and what libraries make have none either."""
    return filename.startswith("<") and not filename.startswith(("<check>", "<frozen ", "<string>", "<__"))


def _describe(error: BaseException) -> dict[str, Any]:
    """An error reply: class names, text and the student's own frames."""
    names = [c.__name__ for c in type(error).__mro__][:12]
    try:
        text = str(error)
    except BaseException:
        text = ""
    try:
        own = [f for f in traceback.extract_tb(error.__traceback__) if _is_of_a_cell(f.filename)]
        where = f"line {own[-1].lineno} of {own[-1].name}" if own else ""
    except BaseException:
        where = ""
    if isinstance(error, CodecError):
        names = ["TypeError", "Exception"]
    return {"error": names[0], "bases": names, "text": text[:2000], "where": where[:200]}
