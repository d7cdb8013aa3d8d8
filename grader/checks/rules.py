"""Rules of an exercise, such as "by hand": what its code must not use, found in the source and while running."""

from __future__ import annotations

import ast
import functools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from IPython.core.inputtransformer2 import TransformerManager

from grader.checks.scopes import aliases_of, called, dotted, in_scope, methods_of

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


def violation(
    rules: Rules,
    cell: str,
    others: Iterable[str],
    helpers: Iterable[str] = (),
    known: Iterable[str] = (),
) -> str | None:
    """The first use in `cell` of what the rules forbid, as a message with its line; None when there is none.

    `others` are the notebook's other cells, whose imports give the aliases. `helpers` are those that the student wrote:
    what the exercise reaches of them belongs to it, but for the names `known`, which are exercises of their own.
    """
    tree = parse(cell)
    if tree is None:
        return None
    written = [t for t in map(parse, helpers) if t is not None]
    aliases = aliases_of([*(t for t in map(parse, others) if t is not None), *written, tree])
    methods = methods_of([tree, *written])
    found = _search(rules, tree, aliases, methods)
    if found is not None:
        return _message(rules, *found)
    for name, code in called(tree, written, known).items():
        found = _search(rules, code, aliases, methods)
        if found is not None:
            return _message(rules, found[0], f"{found[1]} (in {name})")
    return None


def imports(cells: Iterable[str]) -> set[str]:
    """The full names of what the cells import."""
    return {
        name
        for tree in map(parse, cells)
        if tree is not None
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in _names(node, {})
    }


def _message(rules: Rules, line: int, name: str) -> str:
    return (
        f"Line {line} uses {name}.\nThe rule of this exercise is: {rules.title}.\nWrite this part yourself."
    )


def _search(
    rules: Rules, tree: ast.AST, aliases: Mapping[str, str], methods: Collection[str]
) -> tuple[int, str] | None:
    """The first forbidden name of a tree with its line; `methods` are those of the student's own classes."""
    found: list[tuple[int, str]] = []
    passed_over = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    passed_over |= {id(call.func) for call in ast.walk(tree) if isinstance(call, ast.Call) and _is_off(call)}
    for node, visible in in_scope(tree, aliases):
        line = getattr(node, "lineno", 0)
        if id(node) not in passed_over:
            found += [(line, name) for name in _names(node, visible) if is_forbidden(rules, name)]
            if isinstance(node, ast.Attribute) and node.attr in rules.methods and node.attr not in methods:
                found.append((line, f".{node.attr}"))
        if isinstance(node, ast.keyword) and node.arg in rules.methods and not _is_false(node.value):
            found.append((node.value.lineno, f"{node.arg}="))
        if isinstance(node, ast.Name) and node.id in HIDDEN_WAYS and isinstance(node.ctx, ast.Load):
            found.append((line, node.id))
    return min(found, default=None)


def _is_off(call: ast.Call) -> bool:
    """Whether a call turns autograd off."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return name in ("set_grad_enabled", "requires_grad_") and [*map(_is_false, given)] == [True]


def _is_false(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _names(node: ast.AST, aliases: Mapping[str, str]) -> list[str]:
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
