"""What can go wrong with a call of the student's code, and how its own exceptions are told."""

from __future__ import annotations

import builtins
import re
from collections.abc import Container
from typing import Any

MAX_TEXT = 300  # of a student's exception
LONG_NUMBER = re.compile(r"[-+]?\d*\.\d+(?:e[-+]?\d+)?|\d{5,}|0x[0-9a-f.]+(?:p[-+]?\d+)?", re.IGNORECASE)
LINE = re.compile(r"(line \d{1,5}) of [A-Za-z_<]\w{0,60}>?")


class StudentError(Exception):
    """The student's code raised, ended or sent something that cannot be read."""

    where = ""


class StudentTimeout(StudentError):
    """A call did not finish in time; the fork that served it is lost."""


class StudentGone(StudentError):
    """The process behind the notebook's state ended."""


def student_error(reply: dict[str, Any], only: Container[str] | None = None) -> StudentError:
    """An exception that is a StudentError and the built-in exception of the same name.

    Its words are the student's and could carry what the checks must not show: numbers with many digits are
    hidden, and once the reference's answers are known over there, all words are but those in `only`.
    """
    text = LONG_NUMBER.sub("…", str(reply.get("text"))[: 10 * MAX_TEXT])[:MAX_TEXT]
    text = text if only is None or text in only else ""
    bases = reply.get("bases")
    name = str(reply.get("error"))[:100]
    if only is not None and not hasattr(builtins, name):
        name = "Exception"
    error = StudentError(f"{name}: {text}" if text else name)
    for candidate in bases if isinstance(bases, list) else []:
        base = getattr(builtins, str(candidate), None)
        if isinstance(base, type) and issubclass(base, Exception) and base is not Exception:
            try:
                error = type(f"Student{base.__name__}", (StudentError, base), {})(str(error))
                break
            except TypeError:
                continue
    where = LINE.fullmatch(str(reply.get("where")))
    if where is not None:
        error.where = where[0] if only is None else where[1]
    return error
