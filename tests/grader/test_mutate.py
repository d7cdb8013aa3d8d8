"""Mechanical mutants: what is changed, what survives, which reasons count, and a fixed sample of the course's own."""

import functools
import sys
from pathlib import Path

import pytest

from grader.checks import survivors
from grader.checks.mutate import Mutant, mutants
from grader.checks.survivors import as_toml, load_reasons, reasons_file, run_mutants
from grader.cli.mutate import said
from grader.course import Course, CourseError, course_root, grade_id
from tests.grader import tiny_course

COURSE = Course(course_root())
SAMPLE = {
    ("1-gradient-descent", "1-numpy"): 3,
    ("3-backprop", "1-by-hand"): 6,
    ("7-optimizers", "1-variants"): 12,
}

MADE = {
    "operator": ("a + b", "a - b"),
    "operands swapped": ("a @ b", "b @ a"),
    "operand dropped": ("x @ w + b", "(x @ w)"),
    "comparison": ("a < b", "a <= b"),
    "sign": ("-a", "(a)"),
    "constant": ("x[0]", "x[1]"),
    "a text that chooses": ('f(x, reduction="mean")', "f(x, reduction='sum')"),
    "an option dropped": ("x.sum(dim=1, keepdim=True)", "x.sum(dim=1)"),
    "axis": ("x.sum(axis=1)", "x.sum(axis=0)"),
    "argument dropped": ("f(a, b)", "f(a)"),
    "arguments swapped": ("f(a, b)", "f(b, a)"),
    "call of a module's function dropped": ("np.exp(x)", "x"),
    "method dropped": ("x.detach()", "x"),
    "another function": ("x.mean()", "x.sum()"),
    "transpose dropped": ("w.T @ x", "w @ x"),
    "and for or": ("a and b", "(a or b)"),
    "range": ("list(range(n))", "list(range(n - 1))"),
    "bound dropped": ("x[i:j]", "x[i:]"),
    "results swapped": ("a, b", "b, a"),
    "an index of an accent": ("f('é', x[0])", "f('é', x[1])"),
}
STATEMENTS = {
    "statement removed": ("a = 1\nb = 2", "a = 1\npass"),
    "plain assignment": ("a += 1", "a = 1"),
    "no_grad removed": ("with torch.no_grad():\n    a", "if True:\n    a"),
    "condition": ("if a:\n    b", "if False:\n    b"),
    "one pass only": ("for a in b:\n    c", "for a in list(b)[:1]:\n    c"),
    "a filter": ("c = [a for a in b if a]", "c = [a for a in b if True]"),
}


@pytest.mark.parametrize(("before", "after"), MADE.values(), ids=MADE)
def test_an_expression_has_the_mutant(before: str, after: str) -> None:
    found = [m.source for m in mutants(f"def g():\n    return {before}")]
    assert f"def g():\n    return {after}" in found
    assert len(found) == len(set(found))


@pytest.mark.parametrize(("before", "after"), STATEMENTS.values(), ids=STATEMENTS)
def test_a_statement_has_the_mutant(before: str, after: str) -> None:
    assert after in [m.source for m in mutants(before)]


def test_only_the_marked_solution_is_changed() -> None:
    cell = 'def f(x, n=1):\n    """Of 1."""\n    y = 2\n    ### BEGIN SOLUTION\n    return x + 3\n    ### END SOLUTION\n'
    found = mutants(cell)
    assert found
    assert all(m.was == "return x + 3" for m in found)
    assert all("y = 2" in m.source and "n=1" in m.source and "Of 1." in m.source for m in found)


@functools.cache
def of_the_course() -> dict[tuple[str, str, str], list[Mutant]]:
    """The mutants of each automatically checked exercise, by lab, notebook and exercise."""
    return {
        (lab.name, notebook.name, grade_id(cell)): mutants(cell.source)
        for lab in COURSE.labs
        for notebook in lab.notebooks
        for cell in notebook.source.cells
        if grade_id(cell) in {e.name for e in notebook.exercises if not e.manual}
    }


def test_every_mutant_of_the_course_is_python_and_differs() -> None:
    assert len(of_the_course()) > 70
    for found in of_the_course().values():
        assert len({m.source for m in found}) == len(found)
        for mutant in found:
            compile(mutant.source, "mutant", "exec")
            assert mutant.was != mutant.becomes


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    course = tiny_course.build_files(tmp_path)
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    for name in [n for n in sys.modules if tiny_course.LAB in n]:
        del sys.modules[name]  # checks of another test's course, under the same name
    return course


def weaken(course: Course) -> None:
    """A check that only looks at the sign, and would accept many wrong answers."""
    path = course.root / "tests" / tiny_course.LAB / "test_2_square.py"
    path.write_text(
        "from grader.checks import exercise, expect\n\n\n"
        '@exercise("square")\nclass TestSquare:\n    def test_sign(self, student):\n'
        '        """the sign"""\n        expect(student.square(3.0) > 0, "It is not positive.")\n'
    )


def test_a_weak_check_has_survivors_that_are_told_with_their_line(tiny: Course) -> None:
    weaken(tiny)
    notebook = tiny.labs[0].notebook("2-square")
    (tried,) = run_mutants(notebook)
    assert tried.killed < tried.mutants
    assert tried.killed + len(tried.survivors) == tried.mutants
    assert any(m.was == "squared_value_of_x = x**2" for m in tried.survivors)
    assert "x*2" in "".join(said(notebook, tried)).replace(" ", "")


def test_a_reason_excuses_its_survivor(tiny: Course) -> None:
    weaken(tiny)
    notebook = tiny.labs[0].notebook("2-square")
    (tried,) = run_mutants(notebook)
    reasons_file(notebook).write_text(
        "".join(as_toml("square", tried.survivors)).replace('""', '"the sign is all we ask"')
    )
    (excused,) = run_mutants(notebook)
    assert not excused.survivors
    assert len(excused.excused) == len(tried.survivors)
    assert not excused.stale


def test_a_reason_without_a_survivor_is_stale(tiny: Course) -> None:
    notebook = tiny.labs[0].notebook("2-square")
    killed = [m for m in mutants(tiny_course.SQUARE) if m.what == "operator"]
    reasons_file(notebook).write_text(
        "".join(as_toml("square", killed)).replace('""', '"it was weak before"')
    )
    (strict,) = run_mutants(notebook)
    assert strict.killed == strict.mutants
    assert len(strict.stale) == len(killed) == 1
    assert "STALE" in "".join(said(notebook, strict))


@pytest.mark.parametrize(
    "text",
    ["[[square]]\nline = 'x'\n", "[[square]]\nline='x'\nbecomes=['y']\nreason='equal'\n", "not toml ["],
)
def test_a_reason_that_says_nothing_is_refused(tiny: Course, text: str) -> None:
    notebook = tiny.labs[0].notebook("2-square")
    reasons_file(notebook).write_text(text)
    with pytest.raises(CourseError, match="survivors_2_square"):
        load_reasons(notebook)


def test_endless_mutants_are_killed_and_cost_nothing_else(
    tiny: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survivors, "LEAST_SECONDS", 0.2)
    path = tiny.root / "source" / tiny_course.LAB / "2-square.ipynb"
    solution = (
        "def square(x):\n    ### BEGIN SOLUTION\n    n = 3\n    while n > 0:\n        n -= 1\n"
        "    return x**2\n    ### END SOLUTION\n"
    )
    notebook = tiny_course.notebook(
        tiny_course.code("square", solution, solution=True),
        tiny_course.code("check-square", "assert square(2) == 4", grade=True, points=3),
    )
    tiny_course.write(notebook, path)
    (tried,) = run_mutants(Course(tiny.root).labs[0].notebook("2-square"))
    endless = ("n -= 1", "pass")
    assert endless in {(m.was, m.becomes) for m in mutants(solution)}
    assert endless not in {(m.was, m.becomes) for m in tried.survivors}


def test_a_solution_that_fails_its_own_checks_is_an_error(tiny: Course) -> None:
    checks = tiny.root / "tests" / tiny_course.LAB / "test_2_square.py"
    checks.write_text(tiny_course.HIDDEN_2.replace("reference.square(31.25)", "1.0"))
    with pytest.raises(CourseError, match="fails its own checks"):
        run_mutants(tiny.labs[0].notebook("2-square"))


@pytest.mark.parametrize("name", SAMPLE, ids="/".join)
def test_a_fixed_sample_of_the_course_survives_with_a_reason_only(name: tuple[str, str]) -> None:
    notebook = COURSE.lab(name[0]).notebook(name[1])
    for tried in run_mutants(notebook, every=SAMPLE[name]):
        assert not tried.survivors, "".join(as_toml(tried.exercise, tried.survivors))


def test_every_reason_names_a_mutant_of_its_exercise() -> None:
    for lab in COURSE.labs:
        for notebook in lab.notebooks:
            for exercise, line, becomes in load_reasons(notebook):
                made = {(m.was, m.becomes) for m in of_the_course()[lab.name, notebook.name, exercise]}
                assert (line, becomes) in made, f"{notebook.name}, {exercise}: {line} -> {becomes}"
