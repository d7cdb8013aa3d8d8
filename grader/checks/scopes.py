"""What a name of a notebook stands for at the place where it is used, as far as imports and plain renaming tell."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator, Mapping

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
SCOPES = (*FUNCTIONS, *COMPREHENSIONS, ast.ClassDef)
LIBRARIES = ("torch", "numpy", "scipy", "sklearn")  # whose parts are followed when they get another name


def aliases_of(trees: Iterable[ast.Module]) -> dict[str, str]:
    """What the names that cells import or plainly rename stand for: {"F": "torch.nn.functional"}."""
    names: dict[str, str] = {}
    for tree in trees:
        for node in _own_nodes(tree):
            names |= _named(node, names)
    return names


def in_scope(node: ast.AST, aliases: Mapping[str, str]) -> Iterator[tuple[ast.AST, Mapping[str, str]]]:
    """Every node of a tree with the aliases that hold there: names that a function or a comprehension binds hide others.

    Without recursion, as all of this module: an expression may be deeper than Python's stack.
    """
    queue = [(node, aliases)]
    while queue:
        current, visible = queue.pop()
        yield current, visible
        outer, inner = _parts(current)
        inside = _inside(current, visible) if inner else visible
        queue += [(part, inside) for part in reversed(inner)] + [(part, visible) for part in reversed(outer)]


def dotted(node: ast.AST, aliases: Mapping[str, str]) -> str | None:
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


def called(tree: ast.Module, cells: Iterable[ast.Module], known: Iterable[str] = ()) -> dict[str, ast.stmt]:
    """What a cell reaches by its names of the functions, classes and lambdas of other cells: their definitions. Names that
    the cell defines itself, and those of `known`, are left out.
    """
    own = {name for node in _own_nodes(tree) for name in _bound(node)}
    code = {n: node for n, node in _definitions(cells).items() if n not in own and n not in known}
    reached: dict[str, ast.stmt] = {}
    queue: list[ast.AST] = [tree]
    while queue:
        for node, visible in in_scope(queue.pop(), dict.fromkeys(code, "code")):
            name = node.id if isinstance(node, ast.Name) else ""
            if visible.get(name) == "code" and name not in reached:
                reached[name] = code[name]
                queue.append(code[name])
    return reached


def methods_of(trees: Iterable[ast.AST]) -> set[str]:
    """The names of the methods of all classes in some trees."""
    classes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    return {part.name for node in classes for part in node.body if isinstance(part, ast.FunctionDef)}


def _definitions(cells: Iterable[ast.Module]) -> dict[str, ast.stmt]:
    found: dict[str, ast.stmt] = {}
    for node in (node for cell in cells for node in _own_nodes(cell)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign) and _is_code(node.value, found):
            found |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
    return found


def _is_code(value: ast.AST, known: Mapping[str, ast.stmt]) -> bool:
    """Whether a value is a lambda, a partial function, another name of known code, or an object of a known class."""
    if isinstance(value, ast.Call):
        name = value.func.id if isinstance(value.func, ast.Name) else getattr(value.func, "attr", "")
        return name == "partial" or isinstance(known.get(name), ast.ClassDef)
    return isinstance(value, ast.Lambda) or (isinstance(value, ast.Name) and value.id in known)


def _parts(node: ast.AST) -> tuple[list[ast.AST], list[ast.AST]]:
    """A node's children that belong to the scope around it, and those that are in a scope of its own."""
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, FUNCTIONS):
        inner: list[ast.AST] = list(node.body) if isinstance(node.body, list) else [node.body]
        return [child for child in children if child not in inner], inner
    if isinstance(node, COMPREHENSIONS):
        first = node.generators[0]
        rest: list[ast.AST] = [first.target, *first.ifs, *node.generators[1:]]
        return [first.iter], [*(child for child in children if child is not first), *rest]
    return children, []


def _inside(node: ast.AST, aliases: Mapping[str, str]) -> dict[str, str]:
    bound: set[str] = set()
    if isinstance(node, FUNCTIONS):
        given = node.args
        every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
        bound = {arg.arg for arg in every if arg is not None}
    shared: set[str] = set()
    named: dict[str, str] = {}
    for inner in (inner for part in _parts(node)[1] for inner in _own_nodes(part)):
        bound |= _bound(inner)
        named |= _named(inner, {**aliases, **named})
        if isinstance(inner, ast.Global | ast.Nonlocal):
            shared |= set(inner.names)
    return {name: full for name, full in aliases.items() if name not in bound - shared} | named


@functools.lru_cache(maxsize=2000)
def _own_nodes(tree: ast.AST) -> list[ast.AST]:
    """The nodes of a tree in order, without those in a scope within it."""
    found, queue = [], [tree]
    while queue:
        node = queue.pop()
        found.append(node)
        if node is tree or not isinstance(node, SCOPES):
            queue += reversed(list(ast.iter_child_nodes(node)))
    return found


def _bound(node: ast.AST) -> set[str]:
    """The names that a node binds in its scope."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return {node.id}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        return {node.name}
    return set()


def _named(node: ast.AST, known: Mapping[str, str]) -> dict[str, str]:
    """The aliases that a node makes."""
    if isinstance(node, ast.Import):
        items = [(item.name, item.asname, item.name.split(".")[0]) for item in node.names]
        return {other or root: name if other else root for name, other, root in items}
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return {item.asname or item.name: f"{node.module}.{item.name}" for item in node.names}
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        full = dotted(node.value, known)
        if full and full.split(".")[0] in LIBRARIES:
            return {node.targets[0].id: full}
    return {}
