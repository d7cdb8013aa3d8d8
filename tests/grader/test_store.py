"""What is finished is kept, by one run at a time: results survive a kill, damage is told, the lock frees itself."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from grader.batch.lock import CourseBusy, RunLock
from grader.batch.store import MAX_FAULTS, Store, StoreError
from grader.results import Check, Exercise, Graded, Result

LAB = "3-backprop"


def graded(points: float = 1.0, status: str = "graded") -> Graded:
    checks = [Check("values", "passed")]
    result = Result(LAB, "1-by-hand", status, exercises=[Exercise("sgd", points, 2.0, "partial", checks)])
    return Graded(result, {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "autograded" / "results.sqlite") as store:
        yield store


def test_a_saved_result_comes_back_whole(store):
    store.save("ann", LAB, "1-by-hand", "key", graded(1.5), {"run": 0.25})
    back = store.graded("key")
    assert back == graded(1.5)
    assert store.timings("key") == {"run": 0.25}


def test_a_result_is_known_to_the_next_process(tmp_path):
    with Store(tmp_path / "r.sqlite") as store:
        store.save("ann", LAB, "1-by-hand", "key", graded())
    with Store(tmp_path / "r.sqlite") as store:
        assert store.settled("key")
        assert store.held("ann", LAB) == {"1-by-hand": "key"}


def test_a_new_result_asks_for_landing_again(store):
    store.save("ann", LAB, "1-by-hand", "key", graded())
    store.set_landed("ann", LAB, "token")
    assert store.landed("ann", LAB) == "token"
    store.save("ann", LAB, "1-by-hand", "other", graded())
    assert store.landed("ann", LAB) is None


def test_a_result_that_nobody_holds_is_dropped(store):
    store.save("ann", LAB, "1-by-hand", "old", graded())
    store.hold("bob", LAB, "1-by-hand", "old")
    store.save("ann", LAB, "1-by-hand", "new", graded())
    assert store.settled("old"), "bob still holds it"
    store.hold("bob", LAB, "1-by-hand", "new")
    assert not store.settled("old")


def test_a_breakdown_is_tried_again_but_not_for_ever(store):
    for _ in range(MAX_FAULTS):
        assert not store.settled("key")
        store.save("ann", LAB, "1-by-hand", "key", graded(status="ungradable"), fault=True)
    assert store.settled("key")


def test_results_come_in_order_of_students(store):
    for student in ("carla", "ann", "bob"):
        store.save(student, LAB, "1-by-hand", f"key of {student}", graded(status="ungradable"))
    store.save("dan", LAB, "1-by-hand", "key of dan", graded())
    assert [held.student for held in store.results(LAB)] == ["ann", "bob", "carla", "dan"]
    assert [held.student for held in store.results(LAB, status="ungradable")] == ["ann", "bob", "carla"]


def test_a_file_that_is_no_store_is_refused_and_kept(tmp_path):
    path = tmp_path / "r.sqlite"
    path.write_text("a shopping list, long enough to be taken for a page of a database\n" * 20)
    with pytest.raises(StoreError, match="move it away"):
        Store(path)
    assert path.read_text().startswith("a shopping list")


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "autograded").write_text("in the way")
    with pytest.raises(StoreError, match="cannot write"):
        Store(tmp_path / "autograded" / "results.sqlite")


def run_python(code: str, *arguments: str, wrap: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    command = [*wrap, sys.executable, "-c", textwrap.dedent(code), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


WRITER = """
    import sys
    from pathlib import Path
    from grader.results import Graded, Result
    from grader.batch.store import Store
    store = Store(Path(sys.argv[1]))
    for i in range(100_000):
        notebook = {"cells": ["x" * 20_000]}
        store.save(f"s{i:06}", "lab", "nb", f"key {i}", Graded(Result("lab", "nb", "graded"), notebook))
        print(i, flush=True)
"""


def test_kill_9_loses_nothing_that_was_saved(tmp_path):
    path = tmp_path / "r.sqlite"
    rng = random.Random(0)
    for _ in range(4):
        process = run_python(WRITER, str(path))
        assert process.stdout
        process.stdout.readline()
        time.sleep(rng.uniform(0.0, 0.3))
        os.kill(process.pid, signal.SIGKILL)
        rest = process.communicate()[0].split("\n")
        finished = [int(line) for line in rest[:-1]]
        with Store(path) as store:
            assert all(store.graded(f"key {i}") is not None for i in finished)


IN_SMALL_FILESYSTEM = ("unshare", "--map-root-user", "--mount", "sh", "-c", '{} && exec "$0" "$@"')
FILL = """
    import sys
    from pathlib import Path
    from grader.results import Graded, Result
    from grader.batch.store import Store, StoreError
    path = Path(sys.argv[1])
    store = Store(path)
    saved = []
    import random
    rng = random.Random(0)
    try:
        for i in range(1000):
            notebook = {"text": "".join(rng.choices("abcdefghijklmnop", k=20_000))}
            store.save(f"s{i:06}", "lab", "nb", f"key {i}", Graded(Result("lab", "nb", "graded"), notebook))
            saved.append(i)
    except StoreError as error:
        print(error)
    kept = Store(path)
    print(len(saved) > 3 and all(kept.graded(f"key {i}") for i in saved))
"""


def wrapped(mount: str) -> tuple[str, ...]:
    wrap = tuple(part.replace("{}", mount) for part in IN_SMALL_FILESYSTEM)
    if subprocess.run([*wrap, "true"], capture_output=True).returncode:
        pytest.skip("this account may not mount a small file system in a namespace of its own")
    return wrap


def test_a_full_disk_is_a_clear_error_and_keeps_what_was_saved(tmp_path):
    wrap = wrapped(f"mount -t tmpfs -o size=600k none {tmp_path}")
    said, trouble = run_python(FILL, str(tmp_path / "r.sqlite"), wrap=wrap).communicate()
    assert "no space is left" in said, trouble
    assert said.rstrip().endswith("True")


def test_a_read_only_disk_is_a_clear_error(tmp_path):
    wrap = wrapped(f"mount -t tmpfs -o ro none {tmp_path}")
    said, trouble = run_python(FILL, str(tmp_path / "r.sqlite"), wrap=wrap).communicate()
    assert "StoreError" in trouble
    assert "cannot be opened for writing" in trouble or "read-only" in trouble, said


def test_a_second_run_is_told_who_holds_the_course(tmp_path):
    with RunLock(tmp_path / "lock"):
        with pytest.raises(CourseBusy, match=f"process {os.getpid()}"):
            with RunLock(tmp_path / "lock"):
                pass
    with RunLock(tmp_path / "lock"):
        pass


def test_the_lock_of_a_killed_run_is_free(tmp_path):
    code = """
        import sys, time
        from pathlib import Path
        from grader.batch.lock import RunLock
        with RunLock(Path(sys.argv[1])):
            print("held", flush=True)
            time.sleep(60)
    """
    process = run_python(code, str(tmp_path / "lock"))
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    with pytest.raises(CourseBusy), RunLock(tmp_path / "lock"):
        pass
    process.kill()
    process.communicate()
    with RunLock(tmp_path / "lock"):
        pass


def test_a_run_may_wait_for_the_one_before(tmp_path):
    code = """
        import sys, time
        from pathlib import Path
        from grader.batch.lock import RunLock
        with RunLock(Path(sys.argv[1])):
            print("held", flush=True)
            time.sleep(0.5)
    """
    process = run_python(code, str(tmp_path / "lock"))
    assert process.stdout
    process.stdout.readline()
    with RunLock(tmp_path / "lock", wait=10):
        pass
    process.communicate()
