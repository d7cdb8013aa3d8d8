"""Mechanical mutants of a solution: one small change of its syntax tree each, made in the text.

Every operator is a generator of (what it does, the node it replaces, the new text). Only the marked solution is
changed, never a docstring or a text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from grader.regions import regions

Change = tuple[str, ast.AST, str]

BINARY = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.MatMult: ast.Mult,
    ast.Pow: ast.Mult, ast.FloorDiv: ast.Div, ast.Mod: ast.Mult,
}  # fmt: skip
SWAPPED = (ast.Sub, ast.Div, ast.MatMult, ast.Pow)
COMPARISONS = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
PAIRS = (
    ("mean", "sum"), ("max", "min"), ("argmax", "argmin"), ("zeros", "ones"), ("zeros_like", "ones_like"),
    ("rand", "randn"), ("maximum", "minimum"), ("any", "all"), ("add_", "sub_"), ("train", "eval"),
    ("ceil", "floor"), ("softmax", "log_softmax"),
)  # fmt: skip
NAMES = {a: b for x, y in PAIRS for a, b in ((x, y), (y, x))} | {
    "tanh": "sigmoid", "relu": "tanh", "exp": "expm1", "log": "log1p", "sqrt": "square", "square": "abs",
    "abs": "square", "randperm": "arange", "shuffle": "sorted", "normal": "uniform", "Tanh": "Sigmoid",
    "ReLU": "Tanh", "SGD": "Adam", "CrossEntropyLoss": "MSELoss", "MSELoss": "L1Loss",
}  # fmt: skip
TEXTS = {"mean": "sum", "sum": "mean"}
MODULES = ("np", "numpy", "torch", "nn", "F", "math", "random", "optim")
SIMPLE = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Delete, ast.Assert, ast.Raise)
LOOSE = (ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.UnaryOp, ast.Lambda, ast.NamedExpr)


@dataclass(frozen=True)
class Mutant:
    """One changed solution: what was done, the lines that changed (in one), before and after, the whole text."""

    what: str
    was: str
    becomes: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a solution cell, each once, in the order of its lines. Lines of IPython's own stay.

    Raises SyntaxError when the cell is not Python, MarkerError when its regions are not as they must be.
    """
    plain = re.sub(r"(?m)^(\s*)[%!?].*$", r"\1pass", source)
    tree = ast.parse(plain)
    found: dict[str, Mutant] = {}
    original = ast.dump(tree)
    for what, node, text in sorted(_changes(tree, _solution_lines(source)), key=lambda c: c[1].lineno):  # type: ignore[attr-defined]
        changed = _replaced(plain, node, text)
        try:
            same = ast.dump(ast.parse(changed)) == original
        except SyntaxError:
            continue
        if not same:
            found.setdefault(changed, Mutant(what, *_differing(plain, changed), changed))
    return list(found.values())


def _solution_lines(source: str) -> set[int]:
    """Line numbers from 1 of the marked solution; of the whole cell when nothing is marked."""
    marked = regions(source, "code")
    if not marked:
        return set(range(1, source.count("\n") + 2))
    return {line + 1 for begin, end in marked for line in range(begin, end)}


def _changes(tree: ast.Module, lines: set[int]) -> Iterator[Change]:
    for node in _nodes(tree):
        for kind, operator in OPERATORS:
            if isinstance(node, kind):
                for change in operator(node):
                    if change[1].lineno in lines:  # type: ignore[attr-defined]
                        yield change


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but docstrings, what is inside texts with values, and zip's net `strict=`, which no answer needs."""
    for child in ast.iter_child_nodes(node):
        is_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if not isinstance(child, ast.JoinedStr) and not is_text and getattr(child, "arg", "") != "strict":
            yield child
            yield from _nodes(child)


def _replaced(source: str, node: ast.AST, text: str) -> str:
    """The source with the node's text exchanged; positions of the tree count bytes of UTF-8."""
    lines = source.encode().split(b"\n")
    first, last = node.lineno - 1, node.end_lineno - 1  # type: ignore[attr-defined]
    head, tail = lines[first][: node.col_offset], lines[last][node.end_col_offset :]  # type: ignore[attr-defined]
    return b"\n".join([*lines[:first], head + text.encode() + tail, *lines[last + 1 :]]).decode()


def _differing(before: str, after: str) -> tuple[str, str]:
    """The lines in which two texts differ, each side joined to one line."""
    a, b = before.split("\n"), after.split("\n")
    start = next(i for i, (x, y) in enumerate(zip([*a, ""], [*b, ""], strict=False)) if x != y)
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    joined = (" ".join(line.strip() for line in x[start : len(x) - end]) for x in (a, b))
    return next(joined), next(joined)


def _text(new: ast.AST, old: ast.AST) -> str:
    text = ast.unparse(ast.fix_missing_locations(new))
    return f"({text})" if isinstance(new, LOOSE) and type(new) is not type(old) else text


def _binary(node: ast.BinOp) -> Iterator[Change]:
    left, right = node.left, node.right
    if type(node.op) in BINARY:
        yield "operator", node, _text(ast.BinOp(left, BINARY[type(node.op)](), right), node)
    if isinstance(node.op, SWAPPED):
        yield "operands swapped", node, _text(ast.BinOp(right, node.op, left), node)
    yield "operand dropped", node, f"({ast.unparse(left)})"
    yield "operand dropped", node, f"({ast.unparse(right)})"


def _compare(node: ast.Compare) -> Iterator[Change]:
    for other in COMPARISONS[type(node.ops[0])]:
        yield (
            "comparison",
            node,
            _text(ast.Compare(node.left, [other(), *node.ops[1:]], node.comparators), node),
        )


def _unary(node: ast.UnaryOp) -> Iterator[Change]:
    yield "sign or not dropped", node, f"({ast.unparse(node.operand)})"


def _boolean(node: ast.BoolOp) -> Iterator[Change]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield "and for or", node, f"({ast.unparse(ast.BoolOp(other, node.values))})"
    for value in node.values:
        yield "condition alone", node, f"({ast.unparse(value)})"


def _constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    new: tuple[object, ...] = ()
    if isinstance(value, bool):
        new = (not value,)
    elif isinstance(value, int):
        new = (value + 1, value - 1)
    elif isinstance(value, float):
        new = (2 * value, value / 2, 0.0)
    elif isinstance(value, str) and value in TEXTS:
        new = (TEXTS[value],)
    for other in new:
        yield "constant", node, f"({other!r})" if isinstance(other, int) and other < 0 else repr(other)


def _call(node: ast.Call) -> Iterator[Change]:
    args, keywords = node.args, node.keywords
    for keyword in keywords:
        if keyword.arg not in (None, "strict"):
            rest = [k for k in keywords if k is not keyword]
            yield f"{keyword.arg}= dropped", node, _text(ast.Call(node.func, args, rest), node)
    if len(args) >= 2:
        yield "argument dropped", node, _text(ast.Call(node.func, args[:-1], keywords), node)
        swapped = [args[1], args[0], *args[2:]]
        yield "arguments swapped", node, _text(ast.Call(node.func, swapped, keywords), node)
    method = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") not in MODULES
    inner = node.func.value if method else args[0] if args else None  # type: ignore[attr-defined]
    if inner is not None and not isinstance(inner, ast.Starred):
        yield "call dropped", node, _text(inner, node)
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name == "range" and args:
        for sign in "+-":
            stop = ast.parse(f"({ast.unparse(args[0])}) {sign} 1", mode="eval").body
            yield "range off by one", args[0], ast.unparse(stop)


def _name(node: ast.Name | ast.Attribute) -> Iterator[Change]:
    name = node.id if isinstance(node, ast.Name) else node.attr
    if name in NAMES and isinstance(node.ctx, ast.Load):
        head = "" if isinstance(node, ast.Name) else f"{_text(node.value, node)}."
        yield f"{NAMES[name]} for {name}", node, head + NAMES[name]
    if name == "T" and isinstance(node, ast.Attribute):
        yield ".T dropped", node, _text(node.value, node)


def _statement(node: ast.stmt) -> Iterator[Change]:
    yield "statement removed", node, "pass"


def _augmented(node: ast.AugAssign) -> Iterator[Change]:
    target, value = ast.unparse(node.target), ast.unparse(node.value)
    yield "plain assignment", node, f"{target} = {value}"
    if type(node.op) in BINARY:
        other = ast.AugAssign(node.target, BINARY[type(node.op)](), node.value)
        yield "operator", node, _text(other, node)


def _with(node: ast.With) -> Iterator[Change]:
    first, last = node.items[0].context_expr, node.items[-1]
    header = ast.Pass(
        lineno=node.lineno,
        col_offset=node.col_offset,
        end_lineno=(last.optional_vars or last.context_expr).end_lineno,
        end_col_offset=(last.optional_vars or last.context_expr).end_col_offset,
    )
    yield f"{ast.unparse(first)} removed", header, "if True"


def _condition(node: ast.If | ast.IfExp) -> Iterator[Change]:
    for value in ("True", "False"):
        yield f"condition {value}", node.test, value


def _loop(node: ast.For | ast.comprehension) -> Iterator[Change]:
    yield "only once", node.iter, f"list({ast.unparse(node.iter)})[:1]"
    yield "without the first", node.iter, f"list({ast.unparse(node.iter)})[1:]"
    if isinstance(node, ast.comprehension):
        for condition in node.ifs:
            yield "condition True", condition, "True"


def _slice(node: ast.Slice) -> Iterator[Change]:
    for part in (p for p in (node.lower, node.upper) if p is not None):
        yield "bound dropped", part, ""


def _returned(node: ast.Return) -> Iterator[Change]:
    if isinstance(node.value, ast.Tuple) and len(node.value.elts) >= 2:
        a, b, *rest = node.value.elts
        yield "results swapped", node.value, ", ".join(map(ast.unparse, [b, a, *rest]))


OPERATORS: tuple[tuple[type | tuple[type, ...], Callable[..., Iterator[Change]]], ...] = (
    (ast.BinOp, _binary), (ast.Compare, _compare), (ast.UnaryOp, _unary), (ast.BoolOp, _boolean),
    (ast.Constant, _constant), (ast.Call, _call), ((ast.Name, ast.Attribute), _name), (SIMPLE, _statement),
    (ast.AugAssign, _augmented), (ast.With, _with), ((ast.If, ast.IfExp), _condition),
    ((ast.For, ast.comprehension), _loop), (ast.Slice, _slice), (ast.Return, _returned),
)  # fmt: skip
