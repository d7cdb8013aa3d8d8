"""The house keeps the rules of CONTRIBUTING.md: short modules and functions, one way of imports, tests that say what
they prove.
"""

from __future__ import annotations

import ast
import fnmatch
import re

from grader.keys import PRESENTATION
from tests.docs.pages import REPOSITORY

MODULE_LINES, FUNCTION_LINES = 300, 40
# Each is one sequence whose order matters, and may not grow.
PACKAGES = ("grader", "utils", "deploy", "examples", "docs/hooks")
MODULES = [path for package in PACKAGES for path in sorted((REPOSITORY / package).rglob("*.py"))]
TESTS = sorted((REPOSITORY / "tests").rglob("test_*.py"))


def name(path):
    return path.relative_to(REPOSITORY).as_posix()


def functions(path):
    """(name, lines) of every function of a module."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kinds)]
    return [(node.name, node.end_lineno - node.lineno + 1) for node in nodes]


def imported(path):
    """The packages that a module imports, wherever it does so."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def test_no_module_is_longer_than_a_few_screens():
    lengths = {name(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {path: length for path, length in lengths.items() if length > MODULE_LINES} == {}


def test_no_function_is_longer_than_a_screen():
    found = {(name(path), at): lines for path in MODULES for at, lines in functions(path)}
    assert {at: n for at, n in found.items() if n > FUNCTION_LINES} == {}


def test_imports_run_one_way():
    wrong = {name(path) for path in MODULES if name(path).startswith("utils/") and "grader" in imported(path)}
    assert wrong == set()
    assert {name(path) for path in MODULES if "tests" in imported(path)} == set()


def test_a_part_of_the_grader_that_judges_nothing_regrades_nobody():
    """Whatever no examiner, no sandbox and no check imports is named in grader.keys.PRESENTATION."""
    judges = ["engine.py", "examiner.py", "boundary", "sandbox", "checks"]
    waiting = [path for part in judges for path in sorted((REPOSITORY / "grader").glob(f"{part}/**/*.py"))]
    waiting += [REPOSITORY / "grader" / part for part in judges if part.endswith(".py")]
    reached = set()
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting += parts_of_the_grader(path)
    judging = {path.relative_to(REPOSITORY / "grader").parts[0].removesuffix(".py") for path in reached}
    parts = {path.stem for path in (REPOSITORY / "grader").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert parts - judging - PRESENTATION - {"__pycache__", "__init__"} == set()


def test_every_part_of_the_grader_stands_in_the_page_of_the_architecture():
    named = set(re.findall(r"`(\w+)/?`", (REPOSITORY / "docs" / "architecture.md").read_text()))
    parts = {path.stem for path in (REPOSITORY / "grader").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert parts - named - {"__pycache__", "__init__"} == set()


def parts_of_the_grader(path):
    """The files of the grader that a module imports by name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("grader"):
            for name_of in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                place = REPOSITORY / name_of.replace(".", "/")
                yield from (p for p in (place.with_suffix(".py"), place / "__init__.py") if p.is_file())


def test_a_test_file_says_what_it_proves():
    assert [name(path) for path in TESTS if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_every_test_file_has_its_place_in_the_table_of_contributing_and_no_place_is_empty():
    rows = re.findall(r"^\| (`.*) \| ", (REPOSITORY / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    words = [word for row in rows for word in re.findall(r"`([^`]*)`", row)]
    whole = [word if word.startswith("tests/") else f"tests/grader/{word}" for word in words]
    patterns = [f"{word.replace('<lab>', '[0-9]*')}*" for word in whole]
    places = {name(path): [p for p in patterns if fnmatch.fnmatch(name(path), p)] for path in TESTS}
    assert [path for path, found in places.items() if not found] == []
    assert set(patterns) - {pattern for found in places.values() for pattern in found} == set()
