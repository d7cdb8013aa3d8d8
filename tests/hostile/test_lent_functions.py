"""A lent function is the reference: an exercise that came before the function's own could ask it for that one's answers."""

import importlib.util

import pytest

from grader.checks.declare import Declared
from grader.course import Course, course_root, grade_id, nbgrader_metadata
from grader.intake.names import functions, variables

NOTEBOOKS = [n for lab in Course(course_root()).labs for n in lab.notebooks if n.checks.exists()]


def declarations(path):
    """What the classes of a file of hidden checks declare."""
    spec = importlib.util.spec_from_file_location(
        f"lent_{path.parent.name}_{path.stem}".replace("-", "_"), path
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = [getattr(value, "exercise", None) for value in vars(module).values() if isinstance(value, type)]
    return [each for each in found if isinstance(each, Declared)]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: f"{n.lab.name}-{n.name}")
def test_functions_are_lent_to_later_exercises_only(notebook):
    place, home = {}, {}
    for number, cell in enumerate(notebook.source.cells):
        if cell.cell_type == "code" and nbgrader_metadata(cell).get("solution"):
            place[grade_id(cell)] = number
            for name in functions(cell.source) | variables(cell.source):
                home.setdefault(name, grade_id(cell))
    graded = {exercise.name for exercise in notebook.exercises}
    lent = [(each.name, name) for each in declarations(notebook.checks) for name in each.uses]
    early = [
        (exercise, name)
        for exercise, name in lent
        if home.get(name) in graded and place[home[name]] >= place[exercise]
    ]
    assert early == []
