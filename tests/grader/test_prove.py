"""The proof of the checks tries a wrong answer with what is lent and with the functions that stand beside it."""

import pytest

from grader.checks.gate import prove
from tests.grader import provable_course
from tests.grader.provable_course import BANK, CHECKS, SCALE

DOUBLE = "def double(X):\n    return 2 * X\n\n\n"
USES = CHECKS.replace('@exercise("scale")', '@exercise("scale", uses=("double",))')
NOTICES = '''

@wrong("scale")
def {name}(X, factor):
    """The values are those that were given."""
    return factor * X if double.__code__.co_name == "{lent}" else X
'''


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("lent", "problem"),
    [
        ("lent", "passes every check"),
        ("double", "passes every check with own functions in the place of lent ones"),
    ],
)
def test_a_wrong_answer_that_passes_in_one_way_is_reported(root, lent, problem):
    bank = BANK + NOTICES.format(name="notices", lent=lent)
    (proof,) = prove(provable_course.build(root, USES, bank, DOUBLE + SCALE))
    assert proof.problems == [f"notices {problem}"]


def test_no_problem_is_reported_where_there_is_none(root):
    (proof,) = prove(provable_course.build(root, USES, BANK, DOUBLE + SCALE))
    assert (proof.problems, proof.wrong, proof.killed) == ([], 4, 4)
