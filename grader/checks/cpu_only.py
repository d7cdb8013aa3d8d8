"""Code that puts its work on the CPU whatever machine it runs on: found in the syntax tree, told, and costing nothing."""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from grader.checks.rules import imports, parse
from grader.checks.scopes import aliases_of, called, dotted

MOST = 5  # remarks on one exercise
LONGEST = 60  # characters of code in a remark
CURE = "Work stays where the inputs are with `device=X.device`. This costs no points."
# What turns a tensor into plain Python or numpy, which is on the CPU by nature.
PLAIN = frozenset(["numpy", "item", "tolist", "detach", "clone", "contiguous", "flatten", "ravel", "squeeze"])
ENDS = frozenset(["numpy", "item", "tolist"])
# What takes numbers on the CPU only: functions of Python, drawings, and all libraries but torch.
TAKES_PLAIN = frozenset(["bool", "float", "int", "list", "print", "str"])
DRAWS = frozenset(["bar", "hist", "imshow", "plot", "scatter", "set_data"])
AVAILABLE = frozenset(["is_available", "device_count", "is_cuda", "is_built"])


def hard_coded(
    cell: str, others: Sequence[str], helpers: Sequence[str] = (), released: str = ""
) -> list[str]:
    """Each use in `cell` that keeps the work on the CPU, as a sentence with its line; none for what `released`, the
    cell as it was given out, has itself.

    `others` are the notebook's other cells, whose imports give the aliases; `helpers` those that the student added:
    functions of theirs that the exercise calls belong to it.
    """
    tree = parse(cell) if any("cpu" in source for source in (cell, *helpers)) else None
    if tree is None or not any(name.split(".")[0] == "torch" for name in imports([cell, *others, *helpers])):
        return []
    added = [t for t in map(parse, helpers) if t is not None]
    aliases = aliases_of([*(t for t in map(parse, others) if t is not None), *added, tree])
    given = _given(released, aliases)
    names = _cpu_names([tree, *added], aliases)
    told: dict[str, None] = {}
    for where, part in [("", tree), *((f" of `{name}`", code) for name, code in called(tree, added).items())]:
        for line, text in _uses(part, aliases, names):
            if given[text]:
                given[text] -= 1
            else:
                told[f"Line {line}{where} keeps the work on the CPU: `{text}`. {CURE}"] = None
    return list(told)[:MOST]


def _given(released: str, aliases: dict[str, str]) -> Counter[str]:
    tree = parse(released)
    found = _uses(tree, aliases, _cpu_names([tree], aliases)) if tree is not None else []
    return Counter(text for _, text in found)


def _uses(tree: ast.AST, aliases: dict[str, str], names: set[str]) -> list[tuple[int, str]]:
    """Lines and texts of what puts work on the CPU, in the order of the lines, each line once."""
    found: dict[int, str] = {}
    plain = _made_plain(tree, aliases)
    for node in _unasked(tree):
        if isinstance(node, ast.Call) and id(node) not in plain:
            line = node.func.end_lineno or node.lineno
            text = _of_call(node, aliases, names)
            if text:
                found.setdefault(line, text)
    return sorted(found.items())


def _of_call(node: ast.Call, aliases: dict[str, str], names: set[str]) -> str | None:
    """The part of a call that names the CPU; None when none does."""
    full = dotted(node.func, aliases)
    foreign = full is not None and full.split(".")[0] != "torch"
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if foreign:
        return None
    if full in ("torch.Tensor.cpu", "torch.nn.Module.cpu") or (method == "cpu" and full is None):
        large = next(
            itertools.islice(ast.walk(node), 4 * LONGEST, None), None
        )  # too deep to be written out, maybe
        text = ast.unparse(node) if large is None else ""
        return text if 0 < len(text) <= LONGEST else ".cpu()"
    if full in ("torch.device", "torch.set_default_device"):
        given = [*node.args[:1], *(k.value for k in node.keywords if k.arg in ("type", "device"))]
        return f"{full}('cpu')" if any(_is_cpu(value, names) for value in given) else None
    if method == "to" and any(_is_cpu(value, names) for value in node.args[:2]):
        return f".to({ast.unparse(node.args[0])})"
    for keyword in node.keywords:
        if keyword.arg == "device" and _is_cpu(keyword.value, names):
            return f"device={ast.unparse(keyword.value)}"
    return None


def _is_cpu(node: ast.AST, names: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in names
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ("cpu", "cpu:0")


def _cpu_names(trees: Iterable[ast.AST], aliases: dict[str, str]) -> set[str]:
    """Names that stand for the CPU wherever they are given a value."""
    cpu: set[str] = set()
    other: set[str] = set()
    for tree in trees:
        asked = {id(node) for node in ast.walk(tree)} - {id(node) for node in _unasked(tree)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                fits = _is_cpu(node.value, set()) or _makes_cpu(node.value, aliases)
                for name in [target.id for target in targets if isinstance(target, ast.Name)]:
                    (cpu if fits and id(node) not in asked else other).add(name)
            elif isinstance(node, ast.arg):
                other.add(node.arg)
    return cpu - other


def _makes_cpu(node: ast.AST, aliases: dict[str, str]) -> bool:
    return (
        isinstance(node, ast.Call)
        and dotted(node.func, aliases) == "torch.device"
        and bool(_of_call(node, aliases, set()))
    )


def _unasked(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a tree but for those of a choice between devices: "cuda" where it is available, else "cpu"."""
    queue = [tree]
    while queue:
        node = queue.pop()
        yield node
        asks = (isinstance(node, ast.If | ast.IfExp) and _asks(node.test)) or (
            isinstance(node, ast.Try | ast.BoolOp) and _asks(node)
        )
        if not asks:
            queue += reversed(list(ast.iter_child_nodes(node)))


def _asks(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Attribute) and part.attr in AVAILABLE for part in ast.walk(node))


def _made_plain(tree: ast.AST, aliases: dict[str, str]) -> set[int]:
    """The calls of `.cpu()` whose result becomes numpy or plain Python at once: right on every device."""
    found: set[int] = set()
    for node in ast.walk(tree):
        for inner in _taken_plain(node, aliases) if isinstance(node, ast.Call) else ():
            while isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
                if inner.func.attr == "cpu":
                    found.add(id(inner))
                if inner.func.attr not in PLAIN | {"cpu"}:
                    break
                inner = inner.func.value
    return found


def _taken_plain(node: ast.Call, aliases: dict[str, str]) -> list[ast.expr]:
    """Of a call what it needs as numbers on the CPU."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if isinstance(node.func, ast.Attribute) and name in ENDS:
        return [node.func.value]
    full = dotted(node.func, aliases)
    plain = isinstance(node.func, ast.Name) and node.func.id in TAKES_PLAIN
    foreign = full is not None and full.split(".")[0] not in ("torch", "utils")
    return [*node.args, *(k.value for k in node.keywords)] if plain or foreign or name in DRAWS else []
