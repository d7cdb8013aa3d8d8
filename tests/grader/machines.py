"""A class graded on machines of their own: network namespaces, one of which is cut off while it works.

    unshare --map-root-user --net python -m tests.grader.machines COURSE FOLDER

Prints the outcome as JSON. Needs no root where user namespaces are allowed; all of it ends with this process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from grader.batch.fleet import grade_class
from grader.batch.progress import Progress, Step
from grader.course import Course
from tests.grader.fleet_of_stand_ins import marks
from tests.grader.tiny_course import REPOSITORY

PRELOAD = REPOSITORY / "tests" / "grader" / "stand_in_preload.py"
PORT = "8786"


def ip(*arguments: str, inside: int | None = None) -> None:
    """Run `ip`, in the network of that process or in this one's."""
    enter = ["nsenter", "-t", str(inside), "-n"] if inside else []
    subprocess.run([*enter, "ip", *arguments], check=True)


class Machine:
    """A network namespace with one cable to this one, where the scheduler is, and a worker in it."""

    def __init__(self, number: int, folder: Path) -> None:
        self.cable = f"cable{number}"
        here, there = f"10.77.{number}.1", f"10.77.{number}.2"
        self.processes = [subprocess.Popen(["unshare", "--net", "sleep", "600"])]
        inside = self.processes[0].pid
        while os.readlink(f"/proc/{inside}/ns/net") == os.readlink("/proc/self/ns/net"):
            time.sleep(0.01)
        ip("link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", str(inside))
        ip("addr", "add", f"{here}/30", "dev", self.cable)
        ip("link", "set", self.cable, "up")
        ip("addr", "add", f"{there}/30", "dev", "eth0", inside=inside)
        ip("link", "set", "eth0", "up", inside=inside)
        ip("link", "set", "lo", "up", inside=inside)
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--preload", str(PRELOAD)]
        worker = ["worker", f"tcp://{here}:{PORT}", "--name", self.cable, *options]
        self.processes.append(dask(folder, *worker, enter=["nsenter", "-t", str(inside), "-n"]))

    def cut(self) -> None:
        """Pull the cable; the worker goes on and nobody hears of it."""
        ip("link", "set", self.cable, "down")

    def kill(self) -> None:
        """End the worker without a word."""
        self.processes[1].kill()


def dask(folder: Path, *arguments: str, enter: list[str] | None = None) -> subprocess.Popen[bytes]:
    """Start a scheduler or a worker, which log to a file."""
    environment = os.environ | {
        "PYTHONPATH": str(REPOSITORY),
        "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "8s",
    }
    with open(folder / f"{arguments[0]}-{time.monotonic_ns()}.log", "wb") as log:
        command = [*(enter or []), sys.executable, "-m", "dask", *arguments]
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)


class Events(Progress):
    """Does things to the machines when so many notebooks are done."""

    def __init__(self, folder: Path, machines: list[Machine]) -> None:
        self.folder, self.machines, self.done = folder, machines, 0

    def step(self, step: Step) -> None:
        """Cut one machine off, later kill the other one's worker and add a third machine."""
        self.done += 1
        if self.done == 4:
            self.machines[0].cut()
        if self.done == 8:
            self.machines[1].kill()
            self.machines.append(Machine(3, self.folder))


def main(root: Path, folder: Path) -> None:
    """Grade the class while machines come and go."""
    ip("link", "set", "lo", "up")
    course, machines = Course(root), list[Machine]()
    scheduler = dask(folder, "scheduler", "--host", "0.0.0.0", "--port", PORT, "--no-dashboard")
    try:
        machines += [Machine(number, folder) for number in (1, 2)]
        outcome = grade_class(course, scheduler=f"tcp://127.0.0.1:{PORT}", progress=Events(folder, machines))
        told = {"status": outcome.exit_status, "graded": outcome.graded, "marks": marks(course)}
        print(json.dumps(told))
    finally:
        for process in [scheduler, *(process for machine in machines for process in machine.processes)]:
            process.kill()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
