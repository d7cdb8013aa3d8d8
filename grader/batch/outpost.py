"""What a cluster's worker does: unpack the course, keep an engine warm, grade notebooks that come as bytes."""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker

from grader.batch.workers import Engine
from grader.course import Course
from grader.keys import environment
from grader.limits import Limits
from grader.results import Graded, Result

IDLE_SECONDS = 300.0
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
        """Nothing is unpacked or started before the first notebook comes, so that the worker answers meanwhile."""
        self.lock, self.left = threading.Lock(), threading.Event()
        self.engine: Engine | None = None
        self.root: Path | None = None
        self.busy, self.used = 0, time.monotonic()
        threading.Thread(target=self._tidy, daemon=True).start()

    def teardown(self, worker: Worker) -> None:
        """End the engine and remove the course."""
        self.left.set()
        with self.lock:
            self._end()

    @contextmanager
    def sound_engine(self) -> Iterator[Engine]:
        """This worker's engine, which is started again when it has died; it is kept while it is used."""
        with self.lock:
            if self.engine is None or not self.engine.alive():
                self._end()
                self.engine = self._start()
            self.busy += 1
            engine = self.engine
        try:
            yield engine
        finally:
            with self.lock:
                self.busy, self.used = self.busy - 1, time.monotonic()

    def _start(self) -> Engine:
        from grader.engine import Engine as WarmEngine

        self.root = Path(tempfile.mkdtemp(prefix="course-"))
        if os.geteuid() == 0:
            self.root.chmod(0o755)  # root's sandbox runs as an account that must get here
        with zipfile.ZipFile(io.BytesIO(self.packed)) as archive:
            archive.extractall(self.root)
        return WarmEngine(Course(self.root), self.labs, self.limits, device=self.device).__enter__()

    def _end(self) -> None:
        engine, root = self.engine, self.root
        self.engine = self.root = None
        if engine is not None:
            engine.close()
        if root is not None:
            shutil.rmtree(root, ignore_errors=True)

    def _tidy(self) -> None:
        """Keep nothing of a run that sends no more notebooks: it may have been killed."""
        while not self.left.wait(IDLE_SECONDS / 10):
            with self.lock:
                if not self.busy and time.monotonic() - self.used > IDLE_SECONDS:
                    self._end()


def grade_here(outpost: str, lab: str, notebook: str, raw: bytes) -> bytes:
    """Grade one notebook; runs on the worker. Gives the packed result; or the worker's address, with the reason where it
    refuses, without one where the course is not here.

    An exception means that the grader broke down on this notebook.
    """
    me = get_worker()
    here = me.plugins.get(outpost)
    if not isinstance(here, Outpost):
        return _packed({"worker": me.address})
    if (mine := environment()) != here.packages:
        other = f"{_first_difference(mine, here.packages)} on {me.address}"
        refusal = f"a worker has other software than this machine: {other}"
        return _packed({"worker": me.address, "refused": refusal})
    with ExitStack() as use:
        try:
            engine = use.enter_context(here.sound_engine())
        except Exception as error:  # it would be the same for every notebook
            refusal = f"the grading engine does not start on {me.address}: {error}"
            return _packed({"worker": me.address, "refused": refusal})
        graded = engine.grade(lab, notebook, raw)
    result = {"result": graded.result.to_dict(), "notebook": graded.notebook, "timings": graded.timings}
    return _packed(result)


def unpacked(data: bytes) -> Graded | dict[str, str]:
    """The graded notebook that a worker sent, or what it said instead."""
    values = json.loads(zlib.decompress(data))
    if "worker" in values:
        return values
    return Graded(Result.from_dict(values["result"]), values["notebook"], values["timings"])


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
