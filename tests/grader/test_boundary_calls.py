"""Calls across the boundary, over a real socket and within one process: the same answers."""

import socket
import sys
import threading
import types

import pytest
import torch

from grader.boundary.guards import guarded
from grader.boundary.kernel import serve_calls
from grader.boundary.link import MAX_CALLBACKS
from grader.boundary.proxy import (
    RemoteObject,
    SocketLink,
    Student,
    StudentError,
    StudentGone,
    StudentTimeout,
    local_student,
)
from grader.limits import Limits

NOTEBOOK = """
import time
import torch

def forward(params, x):
    return x @ params["W"]

def sgd(params, eta):
    with torch.no_grad():
        for name in params:
            params[name] -= eta * params[name].grad
            params[name].grad = None

def module_sgd(model, eta):
    with torch.no_grad():
        for p in model.parameters():
            p -= eta * p.grad
            p.grad = None

def train(params, X, Y):
    loss = ((forward(params, X) - Y) ** 2).mean()
    loss.backward()
    sgd(params, 0.1)
    return params, loss.item()

def train_module(model, X, Y):
    ((model(X) - Y) ** 2).mean().backward()
    module_sgd(model, 0.1)

def weights(model):
    return [p.detach().clone() for p in model.parameters()]

def make():
    return torch.nn.Linear(3, 2)

def numbers(n):
    for i in range(n):
        yield i

def add_one_in_place(x):
    x += 1

def sort_in_place(items):
    items.sort()

def derivative(f, x):
    return (f(x + 1e-3) - f(x - 1e-3)) / 2e-3

def fail():
    raise ValueError("negative")

def forever():
    while True:
        time.sleep(0.1)

def leave():
    raise SystemExit

def draw():
    return torch.rand(2)

class Liar:
    def __eq__(self, other): return True
    def __bool__(self): return True
    def __len__(self): return -5

def liar():
    return Liar()

def pretend(x):
    class Always(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):
            return True
    return x.as_subclass(Always)

answer = 42
"""


def namespace():
    names: dict = {}
    exec(NOTEBOOK, names)
    return names


@pytest.fixture(params=["socket", "local"])
def student(request):
    if request.param == "local":
        yield local_student(namespace())
        return
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=serve_calls, args=(theirs, namespace()), daemon=True)
    thread.start()
    yield Student(SocketLink(ours, Limits(call_seconds=20)))
    ours.close()
    thread.join(5)


def problem():
    generator = torch.Generator().manual_seed(0)
    draw = lambda *shape: torch.randn(*shape, generator=generator)  # noqa: E731
    return {"W": draw(3, 2).requires_grad_()}, draw(5, 3), draw(5, 2)


def test_arguments_keep_their_values(student):
    x = torch.zeros(3)
    student.add_one_in_place(x)
    assert x.tolist() == [0, 0, 0]


def test_changes_in_place_come_back_where_asked_for(student):
    x, items = torch.zeros(3), [3, 1, 2]
    student.add_one_in_place.inplace(x)
    student.sort_in_place.inplace(items)
    assert x.tolist() == [1, 1, 1]
    assert items == [1, 2, 3]


def test_variables_are_read(student):
    assert student.get("answer") == 42
    assert student.has("answer")
    assert not student.has("question")


def test_exceptions_arrive_as_the_builtin_of_their_name(student):
    with pytest.raises(ValueError, match="negative") as caught:
        student.fail()
    assert isinstance(caught.value, StudentError)
    with pytest.raises(NameError):
        student.nothing_of_that_name()
    with pytest.raises(StudentError):
        student.leave()


def test_lent_functions_replace_the_notebooks_own(student):
    params, X, Y = problem()
    expected = student.train(params, X, Y)
    names, visited = namespace(), []

    def forward(params, x):
        visited.append(tuple(x.shape))
        return names["forward"](params, x)

    student.lend(forward=forward, sgd=names["sgd"])
    trained, loss = student.train(params, X, Y)
    assert visited == [(5, 3)]
    assert loss == pytest.approx(expected[1])
    assert torch.allclose(trained["W"], expected[0]["W"])
    assert trained["W"].is_leaf
    assert trained["W"].grad is None


def test_lent_functions_update_modules(student):
    _, X, Y = problem()
    one = student.make()
    before = student.weights(one)
    student.lend(module_sgd=namespace()["module_sgd"])
    student.train_module(one, X, Y)
    after = student.weights(one)
    assert not torch.equal(before[0], after[0])
    assert not torch.equal(before[1], after[1])


def test_callables_can_be_arguments(student):
    assert student.derivative(lambda x: x**2, 3.0) == pytest.approx(6.0, abs=1e-6)


def test_a_student_cannot_reach_what_was_not_lent(student):
    reply, _ = student._link.serve({"op": "callback", "key": 0, "tree": []}, [])
    assert "no such function" in reply["error"]


def test_callbacks_are_bounded(student):
    student._link.callbacks_left = 3
    student.lend(forward=lambda params, x: x)
    student.define("def many():\n    for _ in range(9): forward({}, 1.0)")
    with pytest.raises(StudentError, match="RuntimeError"):
        student.many()
    assert MAX_CALLBACKS > 1000


def test_generators_are_iterated_there(student):
    assert list(student.numbers(4)) == [0, 1, 2, 3]


def test_liars_are_opaque(student):
    found = student.liar()
    assert isinstance(found, RemoteObject)
    assert found != 3
    with pytest.raises(TypeError):
        bool(found)


def test_a_tensor_of_a_lying_class_is_its_numbers(student):
    assert type(student.pretend(torch.ones(2))) is torch.Tensor


def test_a_lying_length_is_no_length(student):
    assert len(student.liar()) == 0


def test_seeds_give_the_same_numbers_on_both_sides(student):
    student.seed(5)
    theirs = student.draw()
    torch.manual_seed(5)
    assert torch.equal(theirs, torch.rand(2))


def test_guards_hold_for_the_call_only(student):
    params, X, Y = problem()
    student._link.guards = ("torch.Tensor.backward",)
    with pytest.raises(PermissionError, match=r"torch\.Tensor\.backward is not allowed"):
        student.train(params, X, Y)
    student._link.guards = ()
    student.train(params, X, Y)


def test_guards_leave_every_kind_of_function_as_it_is(monkeypatch):
    class Made:
        plain = lambda self, x: (type(self).__name__, x)  # noqa: E731
        static = staticmethod(lambda x: x)
        of_class = classmethod(lambda cls, x: (cls.__name__, x))

    module = types.ModuleType("made_for_guards")
    module.Made = Made
    monkeypatch.setitem(sys.modules, module.__name__, module)
    names = [f"made_for_guards.Made.{name}" for name in ("plain", "static", "of_class")]
    calls = [
        lambda: Made().plain(1),
        lambda: Made().static(2),
        lambda: Made.static(2),
        lambda: Made.of_class(3),
    ]
    before = [call() for call in calls]
    with guarded(names):
        for call in calls:
            with pytest.raises(PermissionError, match="made_for_guards"):
                call()
    assert [call() for call in calls] == before


def test_guards_within_guards_hold_to_the_end():
    names = ("torch.nn.functional.relu",)
    kept = torch.nn.functional.relu
    with guarded(names):
        with guarded(("torch.nn.functional.gelu",)), pytest.raises(PermissionError):
            torch.nn.functional.relu(torch.ones(1))
        with pytest.raises(PermissionError):
            kept(torch.ones(1))
    assert kept(torch.ones(1)).item() == 1


@pytest.fixture
def connection():
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_a_call_that_never_ends_is_given_up(connection):
    ours, theirs = connection
    threading.Thread(target=serve_calls, args=(theirs, namespace()), daemon=True).start()
    with pytest.raises(StudentTimeout):
        Student(SocketLink(ours, Limits(call_seconds=0.3))).forever()


def test_a_link_has_an_end_of_its_own(connection):
    student = Student(SocketLink(connection[0], Limits(call_seconds=50), seconds=0.2))
    with pytest.raises(StudentTimeout):
        student.draw()


@pytest.mark.parametrize(
    "answer",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x02{}",
        b"\x00\x00\x00\x04null",
        b"\x00\x00\x00\x16" + b'{"h":{},"n":[-1, "a"]}',
        b"\x00\x00\x00\x1d" + b'{"h": {}, "n": [99999999999]}',
    ],
)
def test_what_is_no_frame_ends_the_link(connection, answer):
    ours, theirs = connection
    theirs.sendall(answer)
    with pytest.raises(StudentGone):
        Student(SocketLink(ours, Limits())).draw()


def test_a_value_that_cannot_be_read_is_the_students_error(connection):
    ours, theirs = connection
    body = b'{"h": {"value": {"$": "array", "t": "O"}}, "n": []}'
    theirs.sendall(len(body).to_bytes(4, "big") + body)
    with pytest.raises(StudentError, match="cannot be read"):
        Student(SocketLink(ours, Limits())).draw()


class TestWhatAnExceptionMayTell:
    """The words of an exception are the student's: they must not carry out what the checks hide."""

    def test_short_words_and_sizes_are_told(self, student):
        student.define("def f(x): raise ValueError('shapes 5x3 and 2x7')")
        with pytest.raises(ValueError, match="shapes 5x3 and 2x7"):
            student.f(1)

    def test_numbers_with_many_digits_are_hidden(self, student):
        student.define("def f(x): raise ValueError(f'seen {x}')")
        with pytest.raises(StudentError) as caught:
            student.f([0.12345, 1234567.0])
        assert "12345" not in str(caught.value)

    def test_nothing_is_told_once_a_lent_function_was_called(self, student):
        student.lend(answer=lambda: "sesame")
        student.define("class sesame(ValueError): pass\ndef f(): raise sesame(answer())")
        with pytest.raises(ValueError) as caught:
            student.f()
        assert "sesame" not in str(caught.value) + caught.value.where

    def test_long_words_are_cut(self, student):
        student.define("def f(): raise ValueError('x' * 100_000)")
        with pytest.raises(StudentError) as caught:
            student.f()
        assert len(str(caught.value)) < 400
