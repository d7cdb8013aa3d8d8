"""One update of many models at once: a step of training, mapped over a stack of models and recorded.

`torch.func.vmap` maps a step over a stack, but for small networks the mapping itself, at each call, takes several
times longer than the arithmetic. So the mapped step is called once, the tensor operations that it comes to are
written down as a list (a graph of torch.fx), and from then on this list is run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.fx import Graph, GraphModule, Node
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only

Params = dict[str, Tensor]
Step = Callable[[Params, Tensor, Tensor, Any], Params]

_CANNOT_BE_MAPPED = (RuntimeError, ValueError, TypeError, KeyError)
_MAY_DO_NOTHING = ("expand", "view", "_unsafe_view", "detach", "alias")


def record(step: Step, params: Params, X: Tensor, Y: Tensor, etas: Tensor) -> Step | None:
    """The step for a stack of models, as a list of operations; None where the step cannot be mapped.

    params: name -> (n_models, ...); X (n_models, n_batch, nx), Y (n_models, n_batch, ny); etas (n_models,).
    A step cannot be mapped when it looks at values (`if`, `float`, `print`), draws random numbers, or keeps
    something from one call to the next: the last is found by two updates of the first model, made both ways.
    The recorded step is for arguments of these shapes only, and may change `params` in place.
    """
    params, X, Y = _copied(params), X.clone(), Y.clone()  # copies that a backward pass may go through
    names, values = list(params), list(_copied(params).values())
    try:
        with _Recorder([X, Y, etas, *values]) as recorder:
            after = torch.func.vmap(step)(dict(zip(names, values, strict=True)), X, Y, etas)
        run = recorder.program([after[name] for name in names]).forward

        def recorded(params: Params, X: Tensor, Y: Tensor, etas: Tensor) -> Params:
            return dict(zip(names, run(X, Y, etas, *params.values()), strict=True))

        return recorded if _agree(step, recorded, params, X, Y, etas) else None
    except _CANNOT_BE_MAPPED:
        return None


class _Recorder(TorchDispatchMode):
    """Writes down every tensor operation that is carried out inside the `with` block."""

    def __init__(self, inputs: list[Tensor]) -> None:
        super().__init__()
        self.graph = Graph()
        self.constants: dict[str, Tensor] = {}
        self.nodes: dict[int, Node] = {}
        self.kept: list[Any] = []  # as long as a tensor lives, no other one has its id
        for k, value in enumerate(inputs):
            self._name(value, self.graph.placeholder(f"input_{k}"))

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: the compiler, which would have to be kept away, takes seconds to import and is not used here."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Carry out an operation and add it to the list, unless it only gives a tensor as it is."""
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        name = func.overloadpacket.__name__
        if name in _MAY_DO_NOTHING and out.shape == args[0].shape:
            self._name(out, self._node(args[0]))
            return out
        # `torch.add` is what `torch.ops.aten.add.Tensor` is, and takes half its time to call.
        target = func if name.endswith("_") else getattr(torch, name, getattr(Tensor, name, func))
        node = self.graph.call_function(target, *tree_map_only(Tensor, self._node, (args, kwargs)))
        if isinstance(out, Tensor):
            self._name(out, node)
        else:
            for k, part in enumerate(out):
                if isinstance(part, Tensor):
                    self._name(part, self.graph.call_function(_part, (node, k)))
        return out

    def program(self, outputs: list[Tensor]) -> GraphModule:
        """The list as a function of the inputs that gives the outputs."""
        self.graph.output(tuple(self._node(value) for value in outputs))
        self.graph.eliminate_dead_code()
        return GraphModule(self.constants, self.graph)

    def _name(self, value: Tensor, node: Node) -> None:
        self.nodes[id(value)] = node
        self.kept.append(value)

    def _node(self, value: Tensor) -> Node:
        """The operation that made a tensor; one that came from elsewhere is a constant."""
        if id(value) not in self.nodes:
            name = f"constant_{len(self.constants)}"
            self.constants[name] = value
            self._name(value, self.graph.get_attr(name))
        return self.nodes[id(value)]


def _part(values: Any, k: int) -> Any:
    return values[k]


def _copied(params: Params) -> Params:
    return {name: value.clone() for name, value in params.items()}


def _agree(step: Step, recorded: Step, params: Params, X: Tensor, Y: Tensor, etas: Tensor) -> bool:
    """Whether two updates of the first model come out the same by the step itself and by its recording."""
    one = {name: value[0].clone() for name, value in params.items()}
    stack = _copied(params)
    for _ in range(2):
        one = step(one, X[0], Y[0], etas[0])
        stack = recorded(stack, X, Y, etas)
    return all(torch.allclose(stack[name][0], one[name], rtol=1e-3, atol=1e-6) for name in one)
