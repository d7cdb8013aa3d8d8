"""The worker threads, on engines whose breakdowns are made to order."""

import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from grader.batch.workers import Done, FleetError, Task, Workers
from grader.results import Exercise, Graded, Result


class EngineOfTrouble:
    """Does what the submission's bytes say: a number of points, or a breakdown."""

    started = 0
    seen: Counter[bytes]

    def __init__(self, seen: Counter[bytes]) -> None:
        self.seen = seen
        self.ok = True
        self.closed = threading.Event()

    def grade(self, lab: str, notebook: str, raw: bytes) -> Graded:
        self.seen[raw] += 1
        if not self.ok:
            raise ConnectionError("the engine is gone")
        if raw.startswith(b"sleep"):
            self.closed.wait(20)
            raise ConnectionError("the engine was closed")
        if raw.startswith(b"raise"):
            raise ValueError("an unforeseen case")
        if raw.startswith(b"kill") or (raw == b"once" and self.seen[raw] == 1):
            self.ok = False
            raise ConnectionError("the engine died")
        points = float(raw) if raw != b"once" else 1.0
        return Graded(
            Result(lab, notebook, "graded", exercises=[Exercise("a", points, 9.0, "partial")]), None
        )

    def alive(self) -> bool:
        return self.ok

    def close(self) -> None:
        self.ok = False
        self.closed.set()


class Shop:
    def __init__(self, folder: Path, contents: list[bytes]) -> None:
        self.seen: Counter[bytes] = Counter()
        self.engines: list[EngineOfTrouble] = []
        self.tasks = []
        for i, content in enumerate(contents):
            path = folder / f"{i:03}.ipynb"
            path.write_bytes(content)
            self.tasks.append(Task("lab", "nb", f"key {i}", ((f"s{i:03}", path),)))

    def engine(self, labs: list[str]) -> EngineOfTrouble:
        assert labs == ["lab"]
        self.engines.append(EngineOfTrouble(self.seen))
        return self.engines[-1]

    def workers(self, count: int) -> Workers:
        return Workers(self.engine, Path.read_bytes, count)

    def run(self, count: int = 2) -> dict[str, Done]:
        workers = self.workers(count)
        done = [end for end in workers.run(self.tasks) if end is not None]
        workers.close()
        assert len(done) == len(self.tasks)
        assert all(not engine.ok for engine in self.engines)
        return {end.task.files[0][0]: end for end in done}


def points(ends: dict[str, Done]) -> dict[str, float | None]:
    return {
        student: ends[student].graded.result.exercises[0].points
        if ends[student].graded.result.exercises
        else None
        for student in sorted(ends)
    }


@pytest.mark.parametrize("count", [1, 2, 5])
def test_any_number_of_workers_gives_the_same_marks(tmp_path, count):
    shop = Shop(tmp_path, [str(i).encode() for i in range(20)])
    assert points(shop.run(count)) == {f"s{i:03}": float(i) for i in range(20)}
    assert len(shop.engines) == 1


def test_an_exception_costs_one_notebook(tmp_path):
    ends = Shop(tmp_path, [b"1", b"raise", b"3"]).run()
    assert points(ends) == {"s000": 1.0, "s001": None, "s002": 3.0}
    assert ends["s001"].fault
    assert "an unforeseen case" in ends["s001"].graded.result.reason


def test_a_dead_engine_is_started_again_and_costs_nothing(tmp_path):
    shop = Shop(tmp_path, [b"1", b"once", b"3", b"4"])
    assert points(shop.run()) == {"s000": 1.0, "s001": 1.0, "s002": 3.0, "s003": 4.0}
    assert len(shop.engines) == 2


def test_a_notebook_that_kills_the_engine_twice_is_given_up(tmp_path):
    shop = Shop(tmp_path, [b"1", b"kill", b"3", b"4", b"kill too", b"5"])
    ends = shop.run()
    assert points(ends) == {"s000": 1.0, "s001": None, "s002": 3.0, "s003": 4.0, "s004": None, "s005": 5.0}
    assert shop.seen[b"kill"] == 2
    assert "twice" in ends["s001"].graded.result.reason


def test_an_engine_that_never_works_ends_the_run(tmp_path):
    shop = Shop(tmp_path, [b"kill %d" % i for i in range(30)])
    with pytest.raises(FleetError, match="in a row"):
        list(shop.workers(2).run(shop.tasks))
    assert sum(shop.seen.values()) < 20


def test_an_engine_that_does_not_start_ends_the_run(tmp_path):
    def start(labs: list[str]) -> EngineOfTrouble:
        raise OSError("no user namespaces")

    workers = Workers(start, Path.read_bytes, 2)
    with pytest.raises(FleetError, match="no user namespaces"):
        list(workers.run(Shop(tmp_path, [b"1", b"2", b"3"]).tasks))


def test_stopping_gives_up_what_runs_and_keeps_the_rest(tmp_path):
    shop = Shop(tmp_path, [b"1", b"sleep", b"3", b"sleep again", b"5"])
    workers = shop.workers(2)
    start, ends = time.monotonic(), []
    for end in workers.run(shop.tasks):
        if end is not None:
            ends.append(end.graded.result.exercises[0].points)
        if len(ends) == 2:
            workers.stop()
    assert time.monotonic() - start < 15
    assert ends == [1.0, 3.0]
