"""What an author of hidden checks and of named wrong answers imports."""

from grader.boundary.proxy import StudentError, StudentTimeout
from grader.checks.bank import right, wrong
from grader.checks.closeness import check_close, note_chance
from grader.checks.declare import at_an_edge, exercise, side_condition
from grader.checks.rules import BY_HAND, PURE_PYTHON, Rules
from utils.compare import CheckFailed, expect, is_close

__all__ = [
    "BY_HAND",
    "PURE_PYTHON",
    "CheckFailed",
    "Rules",
    "StudentError",
    "StudentTimeout",
    "at_an_edge",
    "check_close",
    "exercise",
    "expect",
    "is_close",
    "note_chance",
    "right",
    "side_condition",
    "wrong",
]
