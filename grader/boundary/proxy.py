"""The trusted side of the boundary: `student.f(x)` runs f in the sandbox, plain data come back.

The same classes serve a namespace of this very process (`local_student`): the reference, the right variants
and the named wrong answers answer through the same codec as a student's code.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from grader.boundary.failures import StudentError, StudentGone, StudentTimeout, student_error
from grader.boundary.link import Link, LocalLink, Observer, SocketLink
from grader.boundary.remote import RemoteModule, RemoteObject, RemoteSequence

__all__ = [
    "Link",
    "LocalLink",
    "Observer",
    "RemoteFunction",
    "RemoteModule",
    "RemoteObject",
    "RemoteSequence",
    "SocketLink",
    "Student",
    "StudentError",
    "StudentGone",
    "StudentTimeout",
    "local_student",
    "student_error",
]


class RemoteFunction:
    """A name of the notebook that is called."""

    def __init__(self, link: Link, name: str) -> None:
        self._link, self.__name__ = link, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The arguments keep their values here, whatever the student's code does to its copies."""
        return self._link.call({"name": self.__name__}, args, kwargs)

    def inplace(self, *args: Any, **kwargs: Any) -> Any:
        """Repeat on the arguments here what the student's code did to its copies."""
        return self._link.call({"name": self.__name__}, args, kwargs, inplace=True)


class Student:
    """The notebook's names: `student.f(x)` calls, `student.get("a")` reads."""

    _link: Link

    def __init__(self, link: Link) -> None:
        self.__dict__["_link"] = link

    def __getattr__(self, name: str) -> RemoteFunction:
        if name.startswith("_"):
            raise AttributeError(name)
        return RemoteFunction(self._link, name)

    def get(self, name: str) -> Any:
        """The value of a variable."""
        return self._link.ask("get", name=name)

    def has(self, name: str) -> bool:
        """Whether the name is defined."""
        return self._link.ask("has", name=name) is True

    @property
    def plain(self) -> SimpleNamespace:
        """The functions of a namespace of this process themselves: no copies, no boundary (for the reference)."""
        assert isinstance(self._link, LocalLink)
        return SimpleNamespace(**self._link.agent.namespace)

    @property
    def lent(self) -> frozenset[str]:
        """The names of what was lent."""
        return frozenset(self._link.lent_names)

    def seed(self, seed: int) -> None:
        """Seed random, numpy and torch on the student's side, before the next request at the latest."""
        self._link.seed(int(seed))

    def define(self, source: str) -> None:
        """Run helper source of the check among the notebook's names."""
        self._link.ask("define", source=source)

    def lend(self, **functions: Callable[..., Any]) -> None:
        """Replace names of the notebook by functions that run here: changes of their arguments in place and
        autograd go through the boundary.
        """
        keys = {}
        for name, function in functions.items():
            self._link.lent.append(function)
            keys[name] = len(self._link.lent) - 1
        self._link.answers.update(keys.values())
        self._link.lent_names.update(keys)
        if keys:
            self._link.ask("lend", keys=keys)


def local_student(namespace: dict[str, Any]) -> Student:
    """A Student over a namespace of this process."""
    return Student(LocalLink(namespace))
