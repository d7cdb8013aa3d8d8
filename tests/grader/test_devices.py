"""CPU and GPU: which passes an option asks for, the second pass, and what it tells to whom. The second pass runs here in the
real sandbox with the CPU as its device; what only a GPU can show is at the end.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import socket
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pytest

from grader import devices
from grader.__main__ import main
from grader.batch.fleet import grade_with
from grader.batch.progress import Progress
from grader.batch.workers import Workers
from grader.course import Course, course_root
from grader.devices import DeviceError, Passes, explained, gpu_nodes, passes
from grader.engine import Engine
from grader.limits import Limits
from grader.reporting.feedback import render_notebook
from grader.reporting.report import read_class, render_report
from grader.results import DIVERGENCES, REMARKS, Divergence, divergences, remarks
from grader.sandbox import Zygote, bwrap
from tests.grader import tiny_course
from tests.grader.class_of_stand_ins import StandIn, hand_in
from tests.grader.tiny_course import code, text

ROOT = Path(__file__).resolve().parents[2]
NO_GPU = devices.missing()
needs_gpu = pytest.mark.skipif(NO_GPU is not None, reason=f"no GPU here: {NO_GPU}")
needs_none = pytest.mark.skipif(NO_GPU is None, reason="a GPU is here")

RIGHT = "def scale(X, factor):\n    noise = torch.randn(X.shape[1])\n    return factor * X + 0 * noise"
# The process of the cells answers the second pass itself, and only a copy of it the first.
OTHERWISE = (
    "import os\nCELLS = os.getpid()\ndef scale(X, factor):\n    return factor * X + (os.getpid() == CELLS)"
)
ENDLESS = (
    "import os\nCELLS = os.getpid()\ndef scale(X, factor):\n"
    "    while os.getpid() == CELLS:\n        pass\n    return factor * X"
)
ON_CPU = "def scale(X, factor):\n    X = X.to('cpu')\n    return factor * X"
CHECKS = '''import torch

from grader.checks import *


@exercise("scale")
class TestScale:
    def test_values(self, student, reference):
        """the values"""
        X = torch.arange(6.0).reshape(2, 3)
        check_close(student.scale(X, 3.0), reference.scale(X, 3.0))
'''
SOLUTION = "def scale(X, factor):\n    ### BEGIN SOLUTION\n    return factor * X\n    ### END SOLUTION"


def course_in(root: Path) -> Course:
    cells = [
        code("setup", "import torch", locked=True),
        text("about", "# Scaling\nScale X."),
        code("scale", SOLUTION, solution=True),
        code("check-scale", "scale(torch.ones(2), 2)", grade=True, points=3),
    ]
    tiny_course.write(tiny_course.notebook(*cells), root / "source" / "1-scaling" / "1-scale.ipynb")
    folder = root / "tests" / "1-scaling"
    folder.mkdir(parents=True)
    (folder / "test_1_scale.py").write_text(CHECKS)
    (folder / "bank_1_scale.py").write_text("")
    (root / "nbgrader_config.py").write_text("")
    return Course(root)


def submission(course: Course, answer: str) -> bytes:
    content = json.loads(course.lab("1-scaling").notebook("1-scale").path.read_text())
    for cell in content["cells"]:
        if cell["id"] == "scale":
            cell["source"] = answer
    return json.dumps(content).encode()


class TestPassesOfAnOption:
    @pytest.fixture
    def machine(self, tmp_path, monkeypatch):
        """A machine with a GPU's device files, and PyTorch built for CUDA."""
        dev, torch = tmp_path / "dev", tmp_path / "torch"
        (torch / "lib").mkdir(parents=True)
        dev.mkdir()
        for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"):
            (dev / name).touch()
        (torch / "lib" / "libtorch_cuda.so").touch()
        spec = SimpleNamespace(submodule_search_locations=[str(torch)])
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        return dev

    def test_with_a_gpu(self, machine):
        assert passes("cpu", machine) == Passes(None, None)
        assert passes("auto", machine) == Passes(None, "cuda")
        assert passes("cuda", machine) == Passes("cuda", None)
        names = [Path(node).name for node in gpu_nodes(machine)]
        assert names == ["nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"]

    @pytest.mark.parametrize(
        ("lacking", "words"),
        [
            ("nvidia0", "no NVIDIA GPU"),
            ("libtorch_cuda.so", "built for the CPU only"),
            ("hidden", "hides every GPU"),
        ],
    )
    def test_without_one(self, machine, monkeypatch, lacking, words):
        if lacking == "hidden":
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
        for path in [*machine.glob("nvidia[0-9]"), *machine.parent.rglob("libtorch_cuda.so")]:
            if path.name.startswith(lacking[:6]):
                path.unlink()
        assert passes("auto", machine) == passes("cpu", machine) == Passes()
        with pytest.raises(DeviceError, match=f"{words}.*--device auto"):
            passes("cuda", machine)

    @needs_none
    @pytest.mark.parametrize("command", [["check", "{file}", "--lab", "1-scaling"], ["grade"], ["regrade"]])
    def test_cuda_without_a_gpu_is_said_before_anything_is_graded(self, tmp_path, capsys, command):
        course = course_in(tmp_path)
        file = str(course.lab("1-scaling").notebook("1-scale").path)
        words = [word.format(file=file) for word in command]
        assert main(["--course", str(tmp_path), *words, "--device", "cuda"]) == 2
        said = capsys.readouterr()
        assert "--device cuda: this machine shows no NVIDIA GPU" in said.err
        assert "--device auto" in said.err
        assert not said.out
        assert not (tmp_path / "autograded").exists()


class TestWhoSeesTheGpu:
    def test_the_command_line_has_nodes_only_when_asked(self):
        assert "--dev-bind" not in bwrap.command("student", ROOT, ["true"], 5)
        words = bwrap.command("student", ROOT, ["true"], 5, nodes=["/dev/nvidia0"])
        place = words.index("--dev-bind")
        assert words[place : place + 3] == ["--dev-bind", "/dev/nvidia0", "/dev/nvidia0"]
        assert place > words.index("/dev")

    def test_only_the_sandbox_of_that_pass_has_them(self, monkeypatch):
        monkeypatch.setattr("grader.engine.gpu_nodes", lambda: ["/dev/nvidia0"])
        course = Course(course_root())
        auto, cuda = (Engine(course, [], device=p) for p in (Passes(again="cuda"), Passes(marks="cuda")))
        seen = [auto.student, auto.checker, auto._notebooks("cuda"), cuda.student, cuda.checker]
        assert [list(zygote.nodes) for zygote in seen] == [[], [], ["/dev/nvidia0"], ["/dev/nvidia0"], []]
        assert "device" not in auto.student.arguments

    def test_a_node_is_there_when_it_is_given_and_addresses_are_not_counted(self):
        extra = next(
            (p for p in ("/dev/fuse", "/dev/kmsg", "/dev/kvm", "/dev/loop-control") if os.path.exists(p)),
            None,
        )
        if extra is None:
            pytest.skip("this machine has none of the device files that could be lent to a sandbox")
        source = (
            "import json, os, resource\n"
            "found = [sorted(os.listdir('/dev')), resource.getrlimit(resource.RLIMIT_AS)[0]]\n"
            "sockets[0].sendall(json.dumps(found).encode())"
        )
        for nodes in ([], [extra]):
            with Zygote("student", "grader.sandbox.probe", ROOT, nodes=nodes) as zygote:
                ours, theirs = socket.socketpair()
                with theirs:
                    zygote.fork([theirs], {"source": source})
                with ours, ours.makefile("rb") as stream:
                    names, addresses = json.loads(stream.read())
            assert (os.path.basename(extra) in names) == bool(nodes)
            assert (addresses == resource.RLIM_INFINITY) == bool(nodes)
            assert not [name for name in names if name.startswith("nvidia")]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return course_in(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def engine(course):
    limits = Limits(call_seconds=1, cell_seconds=5)
    with Engine(course, ["1-scaling"], limits, device=Passes(again="cpu")) as engine:
        yield engine


class TestTheSecondPass:
    def test_a_right_notebook_diverges_nowhere(self, engine, course):
        graded = engine.grade("1-scaling", "1-scale", submission(course, RIGHT))
        assert [e.points for e in graded.result.exercises] == [3.0]
        assert graded.notebook["metadata"][DIVERGENCES] == []

    @pytest.mark.parametrize(("answer", "words"), [(OTHERWISE, "differ"), (ENDLESS, "was stopped")])
    def test_what_comes_out_differently_is_told_and_costs_nothing(self, engine, course, answer, words):
        graded = engine.grade("1-scaling", "1-scale", submission(course, answer))
        assert [(e.points, e.outcome) for e in graded.result.exercises] == [(3.0, "passed")]
        (found,) = divergences(graded.notebook)
        assert (found.exercise, found.check, found.first, found.second) == (
            "scale",
            "the values",
            "passed",
            "failed",
        )
        assert words in found.message
        page = render_notebook(course.lab("1-scaling"), graded, "ada")
        assert "GPU" not in page
        assert found.message.splitlines()[0] not in page

    def test_a_wrong_answer_is_wrong_on_both_and_no_divergence(self, engine, course):
        answer = "def scale(X, factor):\n    return X + factor"
        graded = engine.grade("1-scaling", "1-scale", submission(course, answer))
        assert [e.points for e in graded.result.exercises] == [0.0]
        assert graded.notebook["metadata"][DIVERGENCES] == []

    def test_the_contract_of_check_stays(self, engine, course):
        result = engine.grade("1-scaling", "1-scale", submission(course, ON_CPU)).result.to_dict()
        assert set(result) == {"lab", "notebook", "status", "reason", "repairs", "exercises", "seconds"}
        assert set(result["exercises"][0]) == {"name", "points", "max_points", "outcome", "checks"}
        assert set(result["exercises"][0]["checks"][0]) == {"name", "outcome", "message", "misconception"}

    def test_a_remark_is_on_the_students_page_and_costs_nothing(self, engine, course):
        graded = engine.grade("1-scaling", "1-scale", submission(course, ON_CPU))
        assert [e.points for e in graded.result.exercises] == [3.0]
        (told,) = graded.notebook["metadata"][REMARKS]["scale"]
        assert told.startswith("Line 2 keeps the work on the CPU: `.to('cpu')`.")
        assert "Line 2 keeps the work on the CPU" in render_notebook(course.lab("1-scaling"), graded, "ada")

    def test_a_device_that_fails_costs_nothing(self, course):
        with Engine(course, ["1-scaling"], device=Passes(again="cpu")) as engine:
            engine._notebooks = lambda device: Zygote(
                "student", "grader.no_such_entry", ROOT, limits=engine.limits
            )
            twice = [engine.grade("1-scaling", "1-scale", submission(course, RIGHT)) for _ in range(2)]
        assert [[e.points for e in graded.result.exercises] for graded in twice] == [[3.0], [3.0]]
        (found,), (second,) = (divergences(graded.notebook) for graded in twice)
        assert found == second
        assert found.exercise == ""
        assert "could not be run on the GPU" in found.words()


class TestWhatTheTeacherReads:
    FOUND = Divergence("double", "twice zero", "passed", "failed", "Your code raised <b>RuntimeError</b>")

    def test_the_report_lists_it_by_student(self, tmp_path):
        course = tiny_course.build_files(tmp_path)
        lab = course.lab(tiny_course.LAB)
        graded = StandIn(course, []).grade(lab.name, "1-double", b'{"share": 1.0, "by": "ada"}')
        graded.notebook["metadata"] |= {"grader": graded.result.to_dict(), DIVERGENCES: [asdict(self.FOUND)]}
        place = tmp_path / "autograded" / "ada" / lab.name / "1-double.ipynb"
        place.parent.mkdir(parents=True)
        place.write_text(json.dumps(graded.notebook))
        page = render_report(lab, read_class(lab))
        assert "passed on the CPU, failed on the GPU" in page
        assert "&lt;b&gt;RuntimeError" in page
        assert "other device" in page

    def test_a_run_says_it_and_counts_it(self, tmp_path):
        course = tiny_course.build(tmp_path)
        found = self.FOUND

        class Diverging(StandIn):
            def grade(self, lab, notebook, raw):
                graded = super().grade(lab, notebook, raw)
                graded.notebook["metadata"][DIVERGENCES] = [asdict(found)]
                return graded

        class Notes(Progress):
            def __init__(self):
                self.said = []

            def note(self, text):
                self.said.append(text)

        hand_in(course, "ada")
        notes = Notes()
        runner = Workers(lambda labs: Diverging(course, []), lambda path: path.read_bytes(), 1)
        outcome = grade_with(runner, course, progress=notes)
        assert outcome.diverged == [("ada", tiny_course.LAB, "1-double")]
        assert outcome.exit_status == 0
        assert any("1 notebook came out differently on the GPU; no mark was changed" in n for n in notes.said)

    def test_what_is_no_divergence_or_remark_is_left_out(self):
        assert divergences(None) == []
        odd = {
            "metadata": {
                DIVERGENCES: [1, {"exercise": "x"}, asdict(self.FOUND) | {"check": 3}],
                REMARKS: {"a": 1},
            }
        }
        assert divergences(odd) == []
        assert remarks(odd) == {}


class TestValuesOnAnotherDevice:
    """On a stand-in that computes on the CPU and refuses what would meet the CPU's own tensors."""

    def test_right_answers_pass_there(self):
        words = [sys.executable, "-m", "tests.grader.stand_in_gpu", "1-gradient-descent", "2-torch"]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        found = json.loads(done.stdout or "{}")
        assert len(found) == 6, done.stderr
        assert not any(found.values()), found

    def test_draws_are_those_of_the_cpu_and_two_devices_are_explained(self):
        source = """
            import io, torch
            from tests.grader import stand_in_gpu
            stand_in_gpu.begin()
            from grader.boundary.agent import Agent
            from grader.boundary.codec import decode, encode
            from grader.boundary.placement import placed

            def draws(g=None):
                out = [torch.rand(3), torch.randn(2, 2, generator=g), torch.randperm(5, generator=g), torch.normal(0.0, 1.0, (2,))]
                out += [torch.rand_like(out[0]), torch.bernoulli(out[0]), torch.empty(4).uniform_(-1, 1)]
                layer = torch.nn.Linear(3, 2)
                out += [layer.weight, layer(out[0]), torch.nn.functional.dropout(out[0])]
                return [out, torch.randn(3, requires_grad=True).is_leaf]

            def seeded(g):
                torch.manual_seed(1)
                return draws(torch.Generator().manual_seed(2))

            loader = lambda: [b for b in torch.utils.data.DataLoader(torch.arange(6), 4, shuffle=True)]
            here, leaf = seeded(0)
            W = torch.ones(2, requires_grad=True)
            names = {"W": W, "kept": [W], "f": lambda X: X + torch.arange(2.0), "torch": torch,
                     "bad": lambda X: X + torch.arange(2.0, device="cpu")}
            with placed("gpu", names):
                there, leaf = seeded(0)
                assert leaf and all(t.device.type == "gpu" for t in there)
                assert len(loader()) == 2
                assert names["W"].device.type == "gpu" and names["W"].is_leaf and names["W"].requires_grad
                agent = Agent(names, None, "gpu")
                def call(name):
                    buffers = []
                    tree = encode({"args": [torch.ones(2, device="cpu")], "kwargs": {}}, buffers)
                    return agent.answer({"op": "call", "name": name, "tree": tree}, buffers)
                reply, data = call("f")
                assert reply["value"]["dev"] == "gpu", reply
                value = decode(reply["value"], data)
                assert value.device.type == "cpu" and value.tolist() == [1.0, 2.0]
                print(call("bad")[0]["text"])
            assert torch.zeros(1).device.type == "cpu"
            for a, b in zip(here, there):
                assert torch.equal(a, b.cpu()), (a, b.cpu())
        """
        done = subprocess.run(
            [sys.executable, "-c", "if 1:" + source], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert explained(done.stdout).startswith("Tensors on two devices met")
        assert explained("division by zero") == ""

    def test_a_cells_precision_decides_over_no_product(self):
        import torch

        from grader.boundary.defaults import restore_defaults

        before = torch.get_float32_matmul_precision()
        try:
            torch.set_float32_matmul_precision("medium")
            torch.backends.cudnn.allow_tf32 = True
            torch.set_autocast_enabled("cpu", True)
            restore_defaults()
            assert torch.get_float32_matmul_precision() == "highest"
            assert not torch.backends.cudnn.allow_tf32
            assert not torch.is_autocast_enabled("cpu")
        finally:
            torch.set_float32_matmul_precision(before)


LABS = [
    ("2-perceptron", "2-network"), ("3-backprop", "1-by-hand"), ("3-backprop", "2-autograd"), ("3-backprop", "3-nn"),
    ("3-backprop", "4-optim"), ("5-mnist", "1-from-circles-to-digits"), ("5-mnist", "3-dataloader"),
    ("7-optimizers", "1-variants"),
]  # fmt: skip


@needs_gpu
@pytest.mark.parametrize("device", ["cuda", "auto"])
@pytest.mark.parametrize(("lab", "name"), LABS)
def test_the_instructors_answers_on_a_gpu(lab, name, device):
    course = Course(course_root())
    with Engine(course, [lab], notebook=name, device=device) as engine:
        graded = engine.grade(lab, name, course.lab(lab).notebook(name).path.read_bytes())
    assert {e.name: e.points for e in graded.result.exercises} == {
        e.name: e.max_points for e in graded.result.exercises
    }
    assert divergences(graded.notebook) == []
