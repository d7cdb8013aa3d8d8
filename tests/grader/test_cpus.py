"""Both sides of a notebook share a processor that no other notebook has."""

import contextlib
import os
import threading

import pytest

from grader import cpus
from grader.cpus import own_cpu, stay_on


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch):
    """Graders of other tests that run meanwhile take none of these, and in a container the rest is tested all the same."""
    monkeypatch.setattr(cpus, "MACHINE", os.stat("/proc/self/ns/pid").st_ino)
    monkeypatch.setattr(cpus, "NAME", f"\0test-cpu-{os.getpid()}-")


def test_no_two_at_once_have_the_same_one():
    there = os.sched_getaffinity(0)
    with contextlib.ExitStack() as stack:
        assert {stack.enter_context(own_cpu()) for _ in there} == there
        assert stack.enter_context(own_cpu()) is None


def test_it_is_free_again_afterwards():
    with own_cpu() as first:
        pass
    with own_cpu() as second:
        assert first == second is not None


@pytest.mark.parametrize(
    ("siblings", "cpu", "rank"),
    [("3", 3, 0), ("0,4", 0, 0), ("0,4", 4, 1), ("2-3", 3, 1), ("0-3,8-11", 9, 5)],
)
def test_second_threads_of_a_core_come_last(monkeypatch, tmp_path, siblings, cpu, rank):
    (tmp_path / f"cpu{cpu}").write_text(f"{siblings}\n")
    monkeypatch.setattr(cpus, "SIBLINGS", str(tmp_path / "cpu{}"))
    cpus.rank.cache_clear()
    assert cpus.rank(cpu) == rank
    assert cpus.rank(77) == 0
    cpus.rank.cache_clear()


def test_in_a_container_none_is_chosen(monkeypatch):
    monkeypatch.setattr(cpus, "MACHINE", 0)
    with own_cpu() as cpu:
        assert cpu is None


def test_the_thread_stays_where_it_is_told():
    found = []

    def work():
        cpu = max(os.sched_getaffinity(0))
        stay_on(cpu)
        found.append(os.sched_getaffinity(0) == {cpu})
        stay_on(None)
        stay_on(10_000)
        found.append(os.sched_getaffinity(0) == {cpu})

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [True, True]
