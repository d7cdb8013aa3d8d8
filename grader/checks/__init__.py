"""What an author of hidden checks and of named wrong answers imports."""

from grader.boundary.proxy import StudentError, StudentTimeout
from grader.checks.bank import right, wrong
from grader.checks.declare import exercise, side_condition
from grader.checks.rules import BY_HAND, PURE_PYTHON, Rules
from utils.compare import CheckFailed, check_close, expect, is_close

__all__ = [
    "BY_HAND",
    "PURE_PYTHON",
    "CheckFailed",
    "Rules",
    "StudentError",
    "StudentTimeout",
    "check_close",
    "exercise",
    "expect",
    "is_close",
    "right",
    "side_condition",
    "wrong",
]
