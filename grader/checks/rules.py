"""Rules of an exercise, such as "by hand": what its code must not use, found in the source and while running."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable
from dataclasses import dataclass

from IPython.core.inputtransformer2 import TransformerManager

HIDDEN_WAYS = ("eval", "exec", "compile", "__import__", "importlib", "getattr")


@dataclass(frozen=True)
class Rules:
    """`forbidden` and `allowed` are dotted prefixes (the longest that fits decides); `methods` are attribute
    names that must not be used on anything; `guards` are functions that raise while the exercise is called, and
    "torch.autograd" stands there for whatever autograd records.
    """

    title: str
    forbidden: tuple[str, ...]
    allowed: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()


LOSSES = (
    "cross_entropy", "nll_loss", "mse_loss", "l1_loss", "binary_cross_entropy", "kl_div", "smooth_l1_loss",
    "binary_cross_entropy_with_logits", "gaussian_nll_loss", "huber_loss", "poisson_nll_loss", "soft_margin_loss",
)  # fmt: skip
BY_HAND = Rules(
    "by hand: no autograd, no torch.nn, no torch.optim, no ready loss",
    forbidden=(
        "torch.autograd", "torch.nn", "torch.optim", "torch.func", "torch.enable_grad", "torch.set_grad_enabled",
        "torch.gradient", "functorch", "torch.ops", "torch._C", "torch._VF",
        *(f"torch.nn.functional.{name}" for name in LOSSES),
        *(f"torch.{name}" for name in LOSSES), "sklearn", "scipy",
    ),
    allowed=("torch.nn.functional",),
    methods=("backward", "requires_grad_", "requires_grad", "grad_fn", "retain_grad"),
    guards=(
        "torch.autograd.grad", "torch.autograd.backward", "torch.Tensor.backward", "torch.nn.Module.__call__",
        "torch.optim.Optimizer.step", "torch.func.grad", "torch.func.vjp", "torch.func.jacrev", "torch.autograd",
        "torch.func.jvp", "torch.autograd.forward_ad.dual_level.__enter__", "torch._C._nn.cross_entropy_loss",
        *(f"torch.nn.functional.{name}" for name in LOSSES),
    ),
)  # fmt: skip
PURE_PYTHON = Rules(
    "lists and math only: no numpy, no torch, no other library",
    forbidden=("numpy", "torch", "scipy", "sklearn", "pandas", "jax", "tensorflow", "statistics"),
    guards=("numpy.dot", "numpy.matmul", "numpy.array", "numpy.asarray", "torch.tensor", "torch.matmul"),
)


def plain_python(cell: str) -> str:
    """A cell's source with IPython's magics turned into calls; the text itself when that fails."""
    try:
        return TransformerManager().transform_cell(cell)
    except Exception:
        return cell


@functools.lru_cache(maxsize=1000)
def parse(cell: str) -> ast.Module | None:
    """The syntax tree of a cell, or None when it has none. The tree is shared: nobody may change it."""
    for form in (str, plain_python):
        try:
            return ast.parse(form(cell))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def syntax_problem(cell: str) -> str | None:
    """Why a cell is not Python, as a message with its line; None when it is."""
    try:
        ast.parse(plain_python(cell))
    except SyntaxError as error:
        line = error.lineno or 1
        return (
            f"Line {line} of your cell is not valid Python: {error.msg}.\n"
            f"None of this cell was run.\nLook at line {line} and at the one before it."
        )
    except (ValueError, RecursionError, MemoryError):
        return "Your cell could not be read as Python, so none of it was run."
    return None


def violation(rules: Rules, cell: str, others: Iterable[str], helpers: Iterable[str] = ()) -> str | None:
    """The first use in `cell` of what the rules forbid, as a message with its line; None when there is none.

    `others` are the notebook's other cells, whose imports give the aliases. `helpers` are the cells that the
    student added: functions of theirs that the exercise calls belong to the exercise.
    """
    tree = parse(cell)
    if tree is None:
        return None
    added = [t for t in map(parse, helpers) if t is not None]
    aliases = aliases_of([*(t for t in map(parse, others) if t is not None), *added, tree])
    found = _search(rules, tree, aliases)
    if found is not None:
        line, name = found
        return _message(rules, line, name)
    for function in called(tree, added):
        found = _search(rules, function, aliases)
        if found is not None:
            return _message(rules, found[0], f"{found[1]} (in {function.name})")
    return None


def imports(cells: Iterable[str]) -> set[str]:
    """The full names of what the cells import."""
    return {
        name
        for tree in map(parse, cells)
        if tree is not None
        for node in _naming(tree)
        for name in _names(node, {})
    }


def _message(rules: Rules, line: int, name: str) -> str:
    return (
        f"Line {line} uses {name}.\nThe rule of this exercise is: {rules.title}.\nWrite this part yourself."
    )


def aliases_of(trees: list[ast.Module]) -> dict[str, str]:
    """What every imported or plainly renamed name stands for: {"F": "torch.nn.functional"}."""
    names: dict[str, str] = {}
    for tree in trees:
        for node in _naming(tree):
            if isinstance(node, ast.Import):
                for item in node.names:
                    names[item.asname or item.name.split(".")[0]] = (
                        item.name if item.asname else item.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for item in node.names:
                    names[item.asname or item.name] = f"{node.module}.{item.name}"
            elif (
                isinstance(node, ast.Assign)
                and len(node.targets) == 1
                and isinstance(node.targets[0], ast.Name)
            ):
                full = dotted(node.value, names)
                if full and "." in full and full.split(".")[0] in ("torch", "numpy", "scipy", "sklearn"):
                    names[node.targets[0].id] = full
    return names


@functools.lru_cache(maxsize=1000)
def _naming(tree: ast.Module) -> list[ast.AST]:
    """The nodes of a tree that may give a name to something imported."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom | ast.Assign)]


def dotted(node: ast.AST, aliases: dict[str, str]) -> str | None:
    """The full name of an attribute chain, with the alias at its start resolved."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "__import__":
        first = node.args[0] if node.args else None
        root = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
    elif isinstance(node, ast.Name):
        root = aliases.get(node.id)
    else:
        root = None
    return ".".join([root, *reversed(parts)]) if root else None


def _search(rules: Rules, tree: ast.AST, aliases: dict[str, str]) -> tuple[int, str] | None:
    """The first forbidden name of a tree with its line."""
    found: list[tuple[int, str]] = []
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for name in _names(node, aliases) if id(node) not in inner else ():
            if is_forbidden(rules, name):
                found.append((line, name))
        if isinstance(node, ast.Attribute) and node.attr in rules.methods:
            found.append((line, f".{node.attr}"))
        if isinstance(node, ast.keyword) and node.arg in rules.methods and not _is_false(node.value):
            found.append((node.value.lineno, f"{node.arg}="))
        if isinstance(node, ast.Name) and node.id in HIDDEN_WAYS and isinstance(node.ctx, ast.Load):
            found.append((line, node.id))
    return min(found, default=None)


def _is_false(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _names(node: ast.AST, aliases: dict[str, str]) -> list[str]:
    if isinstance(node, ast.Attribute | ast.Name):
        name = dotted(node, aliases)
        return [name] if name else []
    if isinstance(node, ast.Import):
        return [item.name for item in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{item.name}" for item in node.names]
    return []


def is_forbidden(rules: Rules, name: str) -> bool:
    """Whether the longest prefix of the rules that fits `name` is a forbidden one."""

    def longest(prefixes: tuple[str, ...]) -> int:
        return max((len(p) for p in prefixes if name == p or name.startswith(p + ".")), default=-1)

    return longest(rules.forbidden) > longest(rules.allowed)


def called(tree: ast.Module, others: list[ast.Module]) -> list[ast.FunctionDef]:
    """The functions of the added cells that the exercise reaches by their names."""
    known = {n.name: n for t in others for n in t.body if isinstance(n, ast.FunctionDef)}
    reached: list[ast.FunctionDef] = []
    queue: list[ast.AST] = [tree]
    while queue:
        for node in ast.walk(queue.pop()):
            if isinstance(node, ast.Name) and node.id in known and known[node.id] not in reached:
                reached.append(known[node.id])
                queue.append(known[node.id])
    return reached
