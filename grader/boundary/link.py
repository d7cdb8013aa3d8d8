"""Requests to the agent of a notebook, and the functions that it may call back: over a socket, or in this process."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from grader.boundary.agent import Agent, copy_into, tensors_in
from grader.boundary.codec import Buffer, CodecError, decode, encode
from grader.boundary.failures import StudentError, StudentGone, StudentTimeout, student_error
from grader.boundary.remote import RemoteModule, RemoteObject, RemoteSequence
from grader.boundary.seeds import seed_everything
from grader.boundary.wire import WireError, WireTimeout, receive_frame, send_frame
from grader.limits import Limits, patience

MAX_CALLBACKS = 50_000
MAX_GRAPHS = 2_000

Observer = Callable[[str, dict[str, Any], list[Any]], None]


class Link:
    """Requests to an agent and the functions it may call back; `exchange` is given by the subclass."""

    def __init__(self) -> None:
        self.lent: list[Callable[..., Any]] = []
        self.lent_names: set[str] = set()
        self.graphs: dict[int, tuple[list[Any], list[Any]]] = {}
        self.callbacks_left = MAX_CALLBACKS
        self.answers: set[int] = set()  # keys of functions whose results are the reference's
        self.knows_answers = False
        self.guards: tuple[str, ...] = ()
        self.observer: Observer | None = None

    def request(self, message: dict[str, Any], buffers: list[Buffer]) -> tuple[dict[str, Any], list[Any]]:
        """Send a request and serve callbacks until its answer comes; raises StudentError."""
        raise NotImplementedError

    def seed(self, seed: int) -> None:
        """Seed the other side."""
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
        # grad_outputs would give the same, and have torch load its symbolic shapes (half a second)
        with torch.enable_grad():
            scalar = sum((output * grad).sum() for output, grad in zip(outputs, grads, strict=True))
        result = torch.autograd.grad(scalar, inputs, retain_graph=True, allow_unused=True)
        return {"value": encode(list(result), out)}


class SocketLink(Link):
    """A link to an agent at the other end of a stream socket."""

    def __init__(self, sock: socket.socket, limits: Limits, seconds: float = 3600.0) -> None:
        super().__init__()
        self.sock, self.limits = sock, limits
        self.end = time.monotonic() + seconds * patience()
        self.next_seed: int | None = None

    def seed(self, seed: int) -> None:
        """See Link.seed; it goes with the next request, since a journey of its own takes as long as a call."""
        self.next_seed = seed

    def begin(self, state: str) -> None:
        """Have the copy of a notebook at the other end go to the names of another state; raises StudentError."""
        self.request({"op": "begin", "state": state}, [])

    def request(self, message: dict[str, Any], buffers: list[Buffer]) -> tuple[dict[str, Any], list[Any]]:
        """See Link.request; a call that takes longer than `call_seconds`, or lasts beyond the link's own end,
        raises StudentTimeout.
        """
        if self.next_seed is not None:
            message, self.next_seed = {**message, "seed": self.next_seed}, None
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

    def seed(self, seed: int) -> None:
        """See Link.seed."""
        seed_everything(seed)

    def request(self, message: dict[str, Any], buffers: list[Buffer]) -> tuple[dict[str, Any], list[Any]]:
        """See Link.request."""
        return self.agent.answer(message, buffers)


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
