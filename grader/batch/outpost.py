"""What a cluster's worker does: unpack the course, keep an engine warm, grade notebooks that come as bytes."""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
import threading
import zipfile
import zlib
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker

from grader.batch.workers import Engine
from grader.course import Course
from grader.keys import environment
from grader.limits import Limits
from grader.results import Graded, Result

LEFT_OUT = frozenset({"__pycache__", ".ipynb_checkpoints", "cache", ".git"})


class Outpost(WorkerPlugin):
    """The course on one worker. The scheduler gives it to every worker, those that join later too.

    It travels as a zip, so that a worker needs the installed package and nothing else.
    """

    def __init__(
        self,
        name: str,
        packed: bytes,
        labs: list[str],
        limits: Limits,
        packages: str,
        device: str = "cpu",
    ) -> None:
        self.name = name
        self.packed = packed
        self.labs = labs
        self.limits = limits
        self.packages, self.device = packages, device

    def setup(self, worker: Worker) -> None:
        """Unpack the course; the engine starts with the first task, so that the worker answers meanwhile."""
        self.lock = threading.Lock()
        self.engine: Engine | None = None
        self.root = Path(tempfile.mkdtemp(prefix="course-"))
        if os.geteuid() == 0:
            self.root.chmod(0o755)  # root's sandbox runs as an account that must get here
        with zipfile.ZipFile(io.BytesIO(self.packed)) as archive:
            archive.extractall(self.root)
        self.course = Course(self.root)

    def teardown(self, worker: Worker) -> None:
        """End the engine and remove the course."""
        self._end()
        shutil.rmtree(self.root, ignore_errors=True)

    def sound_engine(self) -> Engine:
        """This worker's engine, which is started again when it has died."""
        from grader.engine import Engine as WarmEngine

        with self.lock:
            if self.engine is None or not self.engine.alive():
                self._end()
                engine = WarmEngine(self.course, self.labs, self.limits, device=self.device)
                self.engine = engine.__enter__()
            return self.engine

    def _end(self) -> None:
        if self.engine is not None:
            self.engine.close()
            self.engine = None


def grade_here(outpost: str, lab: str, notebook: str, raw: bytes) -> bytes:
    """Grade one notebook; runs on the worker. Gives `packed_result`, or the packed reason of a refusal.

    An exception means that the grader broke down on this notebook.
    """
    here = get_worker().plugins[outpost]
    assert isinstance(here, Outpost)
    if (mine := environment()) != here.packages:
        other = f"{_first_difference(mine, here.packages)} on {get_worker().address}"
        return _packed({"refused": f"a worker has other software than this machine: {other}"})
    try:
        engine = here.sound_engine()
    except Exception as error:  # it would be the same for every notebook
        return _packed({"refused": f"the grading engine does not start on {get_worker().address}: {error}"})
    graded = engine.grade(lab, notebook, raw)
    result = {"result": graded.result.to_dict(), "notebook": graded.notebook, "timings": graded.timings}
    return _packed(result)


def unpacked_result(data: bytes) -> tuple[Graded | None, str]:
    """The graded notebook that a worker sent, or None and why the worker refused."""
    values = json.loads(zlib.decompress(data))
    if "refused" in values:
        return None, values["refused"]
    return Graded(Result.from_dict(values["result"]), values["notebook"], values["timings"]), ""


def packed_course(course: Course, labs: list[str]) -> bytes:
    """The zip of what grading these labs needs; the same course gives the same bytes."""
    folders = ["utils", "data", *(f"{kind}/{lab}" for kind in ("source", "tests") for lab in labs)]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in folders:
            for path in sorted((course.root / folder).rglob("*")):
                inside = path.relative_to(course.root)
                if path.is_file() and LEFT_OUT.isdisjoint(inside.parts) and path.suffix != ".pyc":
                    archive.writestr(
                        zipfile.ZipInfo(inside.as_posix()), path.read_bytes(), zipfile.ZIP_DEFLATED
                    )
    return buffer.getvalue()


def _packed(values: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(values).encode(), 1)


def _first_difference(mine: str, wanted: str) -> str:
    for here, there in zip(mine.split("\n"), wanted.split("\n"), strict=False):
        if here != there:
            return f"{here} in the place of {there}"
    return "other packages"
