"""The benchmark measures what it says: whole process trees, peers as they come, medians beside each other."""

import subprocess
import sys
import textwrap

import nbformat
import pytest

from grader.bench import budgets, labs
from grader.bench.compare import plot, table, turns
from grader.bench.measure import Usage
from grader.bench.peers import (
    Class,
    Grader,
    as_otter_reads_it,
    install_otter,
    otter_folder,
    reached,
    write_otter_tests,
)
from grader.course import Course
from grader.engine import Engine
from grader.errors import GraderError
from grader.release import released_notebook
from tests.grader.tiny_course import LAB, REPOSITORY, build_files, write

FOUND = {
    "stock": [Usage(20.0, 22.0, 300.0)] * 3,
    "ours": [Usage(2.0, 3.0, 700.0), Usage(1.0, 2.0, 650.0), Usage(9.0, 9.0, 700.0)],
}


def test_the_table_has_medians_and_the_ratio_to_stock():
    lines = table(FOUND, notebooks=10, reference="stock").splitlines()
    assert lines[-2] == "| stock | 3 | 2.00 | 2.20 | 300 | 1.0 x |"
    assert lines[-1] == "| ours | 3 | 0.20 | 0.30 | 700 | 10.0 x |"


def test_peers_are_measured_less_often_and_between_the_others():
    graders = [
        Grader("a", list),
        Grader("p", list, peer=True),
        Grader("q", list, peer=True),
        Grader("b", list),
    ]
    order = "".join(grader.title for grader in turns(graders, repeat=3, peer_repeat=1))
    assert order == "apbaqbab"
    assert "".join(g.title for g in turns(graders, repeat=1, peer_repeat=2)).count("p") == 2


def test_the_plot_is_a_drawing(tmp_path):
    plot(FOUND, 10, tmp_path / "benchmark.svg")
    assert "</svg>" in (tmp_path / "benchmark.svg").read_text()


def test_the_class_of_the_benchmark_is_that_of_the_demonstration():
    assert reached(Course(REPOSITORY), "3-backprop") == 2


def test_the_cost_of_a_notebook_is_told_beside_that_of_its_own_cells(monkeypatch):
    monkeypatch.setattr(budgets, "REPEAT", 1)
    name, *numbers = list(budgets.table(Course(REPOSITORY), ["6-svm"]))[-1].strip("| ").split(" | ")
    assert name == "6-svm/1-svm"
    wall, checks, cpu, own, beyond, ready, private = map(float, numbers)
    assert 0 < checks < wall
    assert own > 0
    assert beyond == pytest.approx(cpu - own, abs=0.02)
    assert ready > 0
    assert not private <= 0


def test_a_lab_is_measured_beside_stock():
    done = subprocess.run(
        [sys.executable, "-m", "grader.bench.labs", "6-svm", "--size", "1"],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
        timeout=300,
    )
    row = done.stdout.splitlines()[-1].strip("| ").split(" | ")
    assert row[:2] == ["6-svm", "1"]
    mine, theirs = map(float, row[2:4])
    assert float(row[4].removesuffix(" x")) == pytest.approx(theirs / mine, abs=0.1)
    assert (labs.few(1), labs.few(30), labs.few(300)) == (1, 3, 6)


def test_a_heavier_class_has_one_more_cell_in_each_notebook_and_is_right(tmp_path):
    group = Class(Course(REPOSITORY), "3-backprop", 2, heavy=True)
    course = group.course(tmp_path / "course")
    paths = group.submissions(course.root)
    assert len(paths) == 2 * reached(Course(REPOSITORY), "3-backprop")
    for path in paths:
        cells = [cell.source for cell in nbformat.read(path, as_version=4).cells]
        assert sum("import seaborn" in source for source in cells) == 1
        assert not any("NotImplementedError" in source for source in cells)
    with Engine(course, ["3-backprop"], notebook=paths[0].stem) as engine:
        graded = engine.grade("3-backprop", paths[0].stem, paths[0].read_bytes())
    assert graded.result.status == "graded"
    assert all(exercise.points == exercise.max_points for exercise in graded.result.exercises)


def test_a_peer_as_it_comes_is_not_told_that_this_is_grading(tmp_path, monkeypatch):
    for name in ("GRADING", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    group = Class(Course(REPOSITORY), "3-backprop", 1)
    assert "GRADING" not in group.environment(tmp_path, as_it_comes=True)
    assert "OMP_NUM_THREADS" not in group.environment(tmp_path, as_it_comes=True)
    assert group.environment(tmp_path)["GRADING"] == group.environment(tmp_path)["OMP_NUM_THREADS"] == "1"


def test_otter_runs_each_visible_check_once_in_its_place(tmp_path):
    book = build_files(tmp_path / "course").lab(LAB).notebook("1-double")
    tests = write_otter_tests(book, tmp_path / "tests")
    assert sorted(path.name for path in tests.iterdir()) == ["double.py", "limit.py"]
    path = write(released_notebook(book.source), tmp_path / "1-double.ipynb")
    as_otter_reads_it(path)
    checks = {c.id: c for c in nbformat.read(path, as_version=4).cells if c.id.startswith("check-")}
    assert {c.source for c in checks.values()} == {""}
    assert checks["check-double"].metadata["otter"] == {"tests": ["double"]}
    text = (tests / "double.py").read_text()
    assert "exec('assert double(2) == 4', env)" in text
    compile(text, "double.py", "exec")


def test_a_bench_without_otter_says_why(tmp_path):
    (tmp_path / "requirements-bench.txt").write_text("no-such-package-anywhere==\n")
    with pytest.raises(GraderError, match="no-such-package-anywhere"):
        install_otter(Course(tmp_path))
    assert not otter_folder(Course(tmp_path)).exists()


def measured(command: str) -> subprocess.CompletedProcess[str]:
    """Measure in a process of its own: measuring takes every process that has lost its parent."""
    code = f"""
        import os, sys
        from pathlib import Path
        from grader.bench.measure import measure
        usage = measure([sys.executable, "-c", {command!r}], Path.cwd(), dict(os.environ))
        print(usage.wall, usage.cpu, usage.memory)
    """
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=60,
    )


def test_a_process_that_outlives_its_parent_is_counted():
    busy = "import time\nwhile time.process_time() < 0.8: pass"
    leave = (
        f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {busy!r}], start_new_session=True)"
    )
    wall, cpu, _ = map(float, measured(leave).stdout.split())
    assert cpu > 0.8
    assert wall < cpu + 10


def test_private_memory_is_seen():
    keep = "import time; block = bytearray(b'x' * 100_000_000); time.sleep(2.5)"
    assert float(measured(keep).stdout.split()[2]) > 95


@pytest.mark.parametrize("status", [1, 2])
def test_a_command_that_fails_is_no_measurement_and_says_its_last_words(status):
    failed = measured(f"import sys; print('no such course'); sys.exit({status})")
    assert "MeasureError" in failed.stderr
    assert "no such course" in failed.stderr
