"""The trusted side of the boundary: `student.f(x)` runs f in the sandbox, plain data come back.

The same classes serve a namespace of this very process (`local_student`): the reference, the right variants
and the named wrong answers answer through the same codec as a student's code.
"""

from __future__ import annotations

import builtins
import re
import socket
import sys
import time
from collections.abc import Callable, Container, Iterator
from types import SimpleNamespace
from typing import Any

from grader.boundary.agent import Agent, copy_into, tensors_in
from grader.boundary.codec import Buffer, CodecError, decode, encode
from grader.boundary.wire import WireError, WireTimeout, receive_frame, send_frame
from grader.limits import Limits, patience

MAX_ITEMS = 100_000
MAX_CALLBACKS = 50_000
MAX_GRAPHS = 2_000
MAX_TEXT = 300  # of a student's exception
LONG_NUMBER = re.compile(r"[-+]?\d*\.\d+(?:e[-+]?\d+)?|\d{5,}|0x[0-9a-f.]+(?:p[-+]?\d+)?", re.IGNORECASE)
LINE = re.compile(r"(line \d{1,5}) of [A-Za-z_<]\w{0,60}>?")

Observer = Callable[[str, dict[str, Any], list[Any]], None]


class StudentError(Exception):
    """The student's code raised, ended or sent something that cannot be read."""

    where = ""


class StudentTimeout(StudentError):
    """A call did not finish in time; the fork that served it is lost."""


class StudentGone(StudentError):
    """The process behind the notebook's state ended."""


class Link:
    """Requests to an agent and the functions it may call back; `exchange` is given by the subclass."""

    def __init__(self) -> None:
        self.lent: list[Callable[..., Any]] = []
        self.graphs: dict[int, tuple[list[Any], list[Any]]] = {}
        self.callbacks_left = MAX_CALLBACKS
        self.answers: set[int] = set()  # keys of functions whose results are the reference's
        self.knows_answers = False
        self.guards: tuple[str, ...] = ()
        self.observer: Observer | None = None

    def request(self, message: dict[str, Any], buffers: list[Buffer]) -> tuple[dict[str, Any], list[Any]]:
        """Send a request and serve callbacks until its answer comes; raises StudentError."""
        raise NotImplementedError

    def ask(self, op: str, *, buffers: list[Buffer] | None = None, **fields: Any) -> Any:
        """The decoded value of the answer to one request."""
        reply, data = self.request({"op": op, **fields}, buffers or [])
        return self._value(reply, data)

    def call(self, target: dict[str, Any], args: tuple, kwargs: dict[str, Any], inplace: bool = False) -> Any:
        """Call something of the other side; with `inplace`, repeat here what it did to its arguments."""
        buffers: list[Buffer] = []
        tree = encode({"args": list(args), "kwargs": kwargs}, buffers, self._keep)
        message = {"op": "call", **target, "tree": tree, "guards": list(self.guards), "after": inplace}
        reply, data = self.request(message, buffers)
        if self.observer is not None:
            self.observer(str(target.get("name", "call")), reply, data)
        value = self._value(reply, data)
        if inplace:
            after = self._decode(reply.get("after"), data)
            copy_into([list(args), kwargs], after)
        return value

    def serve(self, message: dict[str, Any], buffers: list[Any]) -> tuple[dict[str, Any], list[Buffer]]:
        """Answer a callback of the student's side: bounded in number, only what was lent."""
        out: list[Buffer] = []
        try:
            self.callbacks_left -= 1
            if self.callbacks_left < 0:
                raise CodecError("too many calls of lent functions")
            if message.get("op") == "vjp":
                return self._vjp(message, buffers, out), out
            return self._callback(message, buffers, out), out
        except StudentError:
            raise
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"[:300]}, []

    def _value(self, reply: dict[str, Any], data: list[Any]) -> Any:
        if "error" in reply:
            ours = {f"{name} is not allowed in this exercise" for name in self.guards}
            raise student_error(reply, ours if self.knows_answers else None)
        return self._decode(reply.get("value"), data)

    def _decode(self, tree: Any, data: list[Any]) -> Any:
        try:
            return decode(tree, data, self._resolve)
        except CodecError as error:
            raise StudentError(f"the answer cannot be read: {error}") from None

    def _resolve(self, node: dict[str, Any]) -> RemoteObject:
        if node["$"] != "ref":
            raise CodecError("a callback where none can be")
        kind = str(node.get("cls"))[:200]
        if node.get("module") is True:
            return RemoteModule(self, node["v"], kind)
        return (RemoteSequence if node.get("len") is True else RemoteObject)(self, node["v"], kind)

    def _keep(self, value: Any) -> dict[str, Any]:
        if isinstance(value, RemoteObject):
            return {"$": "ref", "v": value._key}
        if callable(value) and not isinstance(value, type):
            self.lent.append(value)
            return {"$": "callback", "v": len(self.lent) - 1}
        raise CodecError(f"a {type(value).__qualname__} cannot be sent to the student's code")

    def _callback(self, message: dict[str, Any], buffers: list[Any], out: list[Buffer]) -> dict[str, Any]:
        key = message.get("key")
        if type(key) is not int or not 0 <= key < len(self.lent):
            raise CodecError("no such function was lent")
        call = decode(message.get("tree"), buffers, self._resolve)
        if type(call) is not list or len(call) != 2 or type(call[0]) is not list or type(call[1]) is not dict:
            raise CodecError("a call without arguments")
        self.knows_answers |= key in self.answers
        args, kwargs = call
        before = _snapshot(call)
        result = _run(self.lent[key], args, kwargs, message.get("grad") is not False)
        for module in (a for a in [*args, *kwargs.values()] if isinstance(a, RemoteModule)):
            module.push()
        reply: dict[str, Any] = {}
        if _snapshot(call) != before:
            reply["after"] = encode(call, out, _stays)
        for i, argument in enumerate(args):
            if result is argument and isinstance(argument, dict | list | RemoteObject):
                return {**reply, "argument": i}
        reply["value"] = encode(result, out, self._keep)
        return self._remember_graph(call, result, reply)

    def _remember_graph(self, call: list[Any], result: Any, reply: dict[str, Any]) -> dict[str, Any]:
        if "torch" not in sys.modules:
            return reply
        outputs = [t for t in tensors_in(result) if t.requires_grad]
        if outputs and all(t.grad_fn is not None for t in outputs):
            if len(self.graphs) >= MAX_GRAPHS:
                self.graphs.pop(next(iter(self.graphs)))
            key = max(self.graphs, default=-1) + 1
            self.graphs[key] = ([t for t in tensors_in(call) if t.requires_grad], outputs)
            reply["graph"] = key
        return reply

    def _vjp(self, message: dict[str, Any], buffers: list[Any], out: list[Buffer]) -> dict[str, Any]:
        import torch

        inputs, outputs = self.graphs[message["graph"]]
        grads = decode(message.get("tree"), buffers)
        result = torch.autograd.grad(outputs, inputs, grads, retain_graph=True, allow_unused=True)
        return {"value": encode(list(result), out)}


class SocketLink(Link):
    """A link to an agent at the other end of a stream socket."""

    def __init__(self, sock: socket.socket, limits: Limits, seconds: float = 3600.0) -> None:
        super().__init__()
        self.sock, self.limits = sock, limits
        self.end = time.monotonic() + seconds * patience()

    def request(self, message: dict[str, Any], buffers: list[Buffer]) -> tuple[dict[str, Any], list[Any]]:
        """See Link.request; a call that takes longer than `call_seconds`, or lasts beyond the link's own end,
        raises StudentTimeout.
        """
        seconds = self.limits.call_seconds * patience()
        deadline = min(time.monotonic() + seconds, self.end)
        try:
            self.sock.settimeout(seconds)
            send_frame(self.sock, message, buffers)
            while True:
                reply, data = receive_frame(self.sock, deadline, self.limits.message_bytes)
                if "op" not in reply:
                    return reply, data
                answer, out = self.serve(reply, data)
                self.sock.settimeout(max(0.001, deadline - time.monotonic()))
                send_frame(self.sock, answer, out)
        except WireTimeout:
            self.sock.close()
            raise StudentTimeout(f"it did not finish in {self.limits.call_seconds:g} seconds") from None
        except (WireError, OSError) as error:
            self.sock.close()
            raise StudentGone(f"the interpreter ended ({error})") from None


class LocalLink(Link):
    """A link to an agent in this very process."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        super().__init__()
        self.agent = Agent(namespace, self.serve)

    def request(self, message: dict[str, Any], buffers: list[Buffer]) -> tuple[dict[str, Any], list[Any]]:
        """See Link.request."""
        return self.agent.answer(message, buffers)


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

    def seed(self, seed: int) -> None:
        """Seed random, numpy and torch on the student's side."""
        self._link.ask("seed", seed=int(seed))

    def define(self, source: str) -> None:
        """Run helper source of the check among the notebook's names."""
        self._link.ask("define", source=source)

    def lend(self, **functions: Callable[..., Any]) -> None:
        """Replace names of the notebook by functions that run here: changes of their arguments in place and
        autograd go through the boundary.
        """
        for name, function in functions.items():
            self._link.lent.append(function)
            key = len(self._link.lent) - 1
            self._link.answers.add(key)
            self._link.ask("lend", name=name, key=key)


def local_student(namespace: dict[str, Any]) -> Student:
    """A Student over a namespace of this process."""
    return Student(LocalLink(namespace))


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


def _run(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any], grad: bool) -> Any:
    if "torch" not in sys.modules:
        return function(*args, **kwargs)
    import torch

    with torch.set_grad_enabled(grad):
        return function(*args, **kwargs)


def _stays(value: Any) -> dict[str, Any]:
    """The node of an argument that is no plain data: it is left as it is."""
    return {"$": "ref", "v": 0}


def _snapshot(value: Any) -> Any:
    """What changes when something inside `value` is changed in place: identities, versions, contents."""
    torch, np = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is not None and isinstance(value, torch.Tensor):
        grad = value.grad if value.is_leaf else None
        return id(value), value._version, id(grad), None if grad is None else grad._version, value.data_ptr()
    if np is not None and isinstance(value, np.ndarray):
        return id(value), value.tobytes()
    if isinstance(value, list | tuple):
        return [_snapshot(v) for v in value]
    if isinstance(value, dict):
        return {k: _snapshot(v) for k, v in value.items()}
    return value if isinstance(value, int | float | str | bytes | bool) else id(value)
