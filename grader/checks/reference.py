"""The instructor's notebook as a namespace: its setup cells and its solutions, nothing else."""

from __future__ import annotations

import ast
import contextlib
import io
import types
from collections.abc import Mapping
from typing import Any

from grader.checks.rules import parse, plain_python
from grader.course import SETUP, CourseError, Notebook, grade_id, nbgrader_metadata


class Reference:
    """Makes fresh namespaces of one notebook; the setup runs once, its names are shared."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.setup: dict[str, Any] | None = None
        self.values: dict[str, dict[str, Any]] = {}
        self.solutions: dict[str, str] = {}
        self.codes: dict[str, types.CodeType] = {}
        self.variables: set[str] = set()
        for cell in notebook.source.cells:
            if cell.cell_type == "code" and nbgrader_metadata(cell).get("solution"):
                self.solutions[grade_id(cell)] = cell.source
                self.codes[grade_id(cell)] = self._compile(cell.source, grade_id(cell))
                if defines_variables_only(cell.source):
                    self.variables.add(grade_id(cell))

    def namespace(self, answers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """A new namespace with every solution; `answers` adds source text after that of an exercise.

        Raises CourseError when a cell of the notebook does not run.
        """
        if self.setup is None:
            self.setup = self._run_setup()
        names = dict(self.setup)
        for name, code in self.codes.items():
            self._solve(name, code, names)
            if answers and name in answers:
                with contextlib.redirect_stdout(io.StringIO()):
                    exec(compile(plain_python(answers[name]), f"<{name}>", "exec"), names)
        return names

    def _solve(self, name: str, code: types.CodeType, names: dict[str, Any]) -> None:
        """Run a solution cell. One that defines variables only (a fitted model, say) runs once; its values are
        shared, as the names of the setup are.
        """
        if name in self.values:
            names.update(self.values[name])
            return
        before = dict(names)
        self._exec(code, names, name)
        if name in self.variables:
            self.values[name] = {k: v for k, v in names.items() if k not in before or before[k] is not v}

    def _run_setup(self) -> dict[str, Any]:
        names: dict[str, Any] = {"__name__": "__notebook__"}
        for cell in self.notebook.source.cells:
            if cell.cell_type == "code" and grade_id(cell).startswith(SETUP):
                self._exec(self._compile(cell.source, grade_id(cell)), names, grade_id(cell))
        return names

    def _compile(self, source: str, name: str) -> types.CodeType:
        lines = [x for x in source.splitlines() if not x.lstrip().startswith(("%", "!"))]
        try:
            return compile("\n".join(lines), f"<{name}>", "exec")
        except SyntaxError as error:
            raise CourseError(f"{self.notebook.path}: cell {name} is not Python: {error}") from None

    def _exec(self, code: types.CodeType, names: dict[str, Any], name: str) -> None:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(code, names)
        except Exception as error:
            raise CourseError(
                f"{self.notebook.path}: cell {name} does not run on its own ({type(error).__name__}: {error}); "
                "what it needs belongs in a cell whose grade_id starts with 'setup'"
            ) from error


def defines_variables_only(source: str) -> bool:
    """Whether a cell holds no function and no class, whose globals would be those of its own namespace."""
    tree = parse(source)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    return tree is not None and not any(isinstance(node, kinds) for node in ast.walk(tree))
