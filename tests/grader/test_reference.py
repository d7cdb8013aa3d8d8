"""The reference: fresh functions in each namespace, values that are worked out once."""

from types import SimpleNamespace
from typing import Any

import nbformat.v4 as v4

from grader.checks.reference import Reference, defines_variables_only


def solution(name: str, source: str) -> Any:
    meta = {"nbgrader": {"grade_id": name, "solution": True, "grade": False}}
    return v4.new_code_cell(source, metadata=meta)


def reference(*cells: Any) -> Reference:
    return Reference(SimpleNamespace(source=v4.new_notebook(cells=list(cells)), path="notebook"))  # type: ignore


def test_a_cell_of_variables_runs_once() -> None:
    made = reference(solution("fitted", "import random\nfitted = [random.random()]"))
    assert made.namespace()["fitted"] is made.namespace()["fitted"]


def test_functions_belong_to_their_own_namespace() -> None:
    made = reference(solution("f", "def f():\n    return 1"), solution("g", "def g():\n    return f()"))
    names = made.namespace({"f": "def f():\n    return 2"})
    assert names["g"]() == 2
    assert made.namespace()["g"]() == 1


def test_an_answer_comes_after_the_values_it_replaces() -> None:
    made = reference(solution("a", "a = 1"))
    assert made.namespace()["a"] == 1
    assert made.namespace({"a": "a = 5"})["a"] == 5
    assert made.namespace()["a"] == 1


def test_a_cell_with_a_function_is_not_shared() -> None:
    assert defines_variables_only("a, b = 1, [2]")
    assert not defines_variables_only("f = lambda: a")
    assert not defines_variables_only("class C:\n    pass")


def test_what_an_answer_prints_stays_off_the_output(capsys: Any) -> None:
    reference(solution("a", "print('reference')")).namespace({"a": "print('answer')"})
    assert capsys.readouterr().out == ""
