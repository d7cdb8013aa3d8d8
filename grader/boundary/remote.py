"""Objects that stay in the sandbox, as the trusted side sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from grader.boundary.codec import Buffer, encode
from grader.boundary.failures import StudentError

if TYPE_CHECKING:
    from grader.boundary.link import Link

MAX_ITEMS = 100_000


class RemoteObject:
    """An object that stays in the sandbox: attributes, calls, items and iteration go there."""

    def __init__(self, link: Link, key: int, kind: str) -> None:
        self.__dict__.update(_link=link, _key=key, _kind=kind)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._link.ask("get", object=self._key, name=name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object itself."""
        return self._link.call({"object": self._key}, args, kwargs)

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method by its name."""
        return self._link.call({"object": self._key, "name": method}, args, kwargs)

    def __bool__(self) -> bool:
        raise TypeError(f"a {self._kind} is not data: it says nothing about being true")

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __iter__(self) -> Iterator[Any]:
        iterator = self.call("__iter__")
        for _ in range(MAX_ITEMS):
            item = self._link.ask("next", object=iterator._key)
            if not item:
                return
            yield item[0]
        raise StudentError(f"more than {MAX_ITEMS} items")

    def __repr__(self) -> str:
        return f"<{self._kind} of the notebook>"


class RemoteSequence(RemoteObject):
    """A RemoteObject with a length and items."""

    def __len__(self) -> int:
        length = self.call("__len__")
        return length if type(length) is int and length >= 0 else 0

    def __getitem__(self, key: Any) -> Any:
        return self.call("__getitem__", key)


class RemoteModule(RemoteObject):
    """A torch module given to a lent function: its parameters are copies that go back when it returns."""

    def parameters(self) -> list[Any]:
        """The parameters as leaf tensors of this process, with their gradients."""
        if "_parameters" not in self.__dict__:
            self.__dict__["_parameters"] = self._link.ask("parameters", object=self._key)
        return self._parameters

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for parameter in self.parameters():
            parameter.grad = None

    def push(self) -> None:
        """Give the parameters and gradients back to the module."""
        if "_parameters" in self.__dict__:
            buffers: list[Buffer] = []
            tree = encode(self._parameters, buffers)
            self._link.ask("update", object=self._key, tree=tree, buffers=buffers)
