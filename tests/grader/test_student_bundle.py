"""The way of a student, by the README of the zip: unpack, start, work, hand in; then what is handed in is graded.

Everything is real, with one shortcut: packages are not downloaded anew. The new environment sees those of this
Python by PYTHONPATH, so that its pip finds every pin satisfied. BUNDLE_DOWNLOAD=1 takes the shortcut away.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import zipfile

import nbformat
import pytest

from grader.cli.new import begin
from grader.course import Course, grade_id
from grader.release import release
from tests.grader.tiny_course import REPOSITORY

LAB, NOTEBOOK = "8-statistics", "1-mean"
RUN = """
import sys, nbformat, nbclient
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[1])
"""
not_on_windows = pytest.mark.skipif(os.name == "nt", reason="the scripts of Linux and macOS")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    for name in ("nbgrader_config.py", "requirements.txt", "course.toml"):
        shutil.copy(REPOSITORY / name, root / name)
    for name in ("utils", "data"):
        shutil.copytree(REPOSITORY / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "cache"))
    (root / "submitted").mkdir()
    for name in (NOTEBOOK, "2-median"):
        begin(Course(root), LAB, name)
    release(Course(root))
    return Course(root)


@pytest.fixture(scope="module")
def desk(course, tmp_path_factory):
    """The student's folder, unpacked."""
    place = tmp_path_factory.mktemp("student")
    unpack(course.root / "release" / f"{LAB}.zip", place)
    return place / LAB


@pytest.fixture(scope="module")
def environment(desk):
    """Environment variables with which a student types commands, the environment's Python being in front."""
    config = desk.parent / "config"
    config.mkdir()
    server = {"ServerApp": {"allow_root": True, "open_browser": False, "port": free_port()}}
    (config / "jupyter_server_config.json").write_text(json.dumps(server))
    kept = {
        k: v
        for k, v in os.environ.items()
        if k not in ("PYTHONPATH", "VIRTUAL_ENV", "COURSE_ROOT", "GRADING")
    }
    path = os.pathsep.join([str(desk / ".venv" / "bin"), os.path.dirname(sys.executable), os.environ["PATH"]])
    kept |= {
        "PATH": path,
        "JUPYTER_CONFIG_DIR": str(config),
        "OMP_NUM_THREADS": "1",
        "HOME": str(desk.parent),
    }
    if not os.environ.get("BUNDLE_DOWNLOAD"):
        kept["PYTHONPATH"] = sysconfig.get_paths()["purelib"]
    return kept


@pytest.fixture(scope="module")
def started(desk, environment):
    """The folder with its environment set up, by the command of its README without opening anything.

    One is there whose Python was removed since, or whose making was interrupted: it is made anew.
    """
    (desk / ".venv" / "bin").mkdir(parents=True)
    (desk / ".venv" / "bin" / "python").symlink_to(desk / "removed")
    done = type_in(f"{command(desk, 'Linux')} --no-open", desk, environment)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return desk


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def unpack(archive, place):
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(place)


def type_in(line, folder, environment):
    return subprocess.run(
        line,
        shell=True,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )


def command(desk, system):
    """The command that the README gives for a system."""
    return re.search(rf"\| {system} \| `([^`]+)`", (desk / "README.md").read_text())[1]


def hand_in_command(desk):
    return re.search(r"^    (.*hand_in.*)$", (desk / "README.md").read_text(), re.MULTILINE)[1]


def run_notebook(desk, environment):
    done = subprocess.run(
        ["python3", "-c", RUN, f"{NOTEBOOK}.ipynb"],
        cwd=desk,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return nbformat.read(desk / f"{NOTEBOOK}.ipynb", as_version=4)


def outputs(notebook, name):
    cell = next(c for c in notebook.cells if grade_id(c) == name)
    return "".join(output.get("text", "") for output in cell.outputs)


def test_the_readme_fits_one_screen_and_names_every_system(desk):
    text = (desk / "README.md").read_text()
    assert len(text.splitlines()) <= 30
    for system, script in (("Linux", "start.sh"), ("macOS", "start.command"), ("Windows", "start.bat")):
        assert script in command(desk, system)
        assert (desk / script).is_file()
    assert b"\r\n" in (desk / "start.bat").read_bytes()
    assert b"\r" not in (desk / "start.sh").read_bytes()


@not_on_windows
def test_the_start_command_sets_up_an_environment_and_opens_jupyterlab_on_the_notebooks(started, environment):
    process = subprocess.Popen(
        command(started, "macOS").split(),
        cwd=started,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said = iter(process.stdout)
        address = next((a for line in said for a in re.findall(r"http://127\.0\.0\.1:\S+", line)), None)
        assert address, "JupyterLab gave no address"
        host, token = re.fullmatch(r"(http://[^/]+)/.*token=(\w+)", address).groups()
        names = {entry["name"] for entry in ask(f"{host}/api/contents?token={token}", process)["content"]}
        assert {f"{NOTEBOOK}.ipynb", "README.md", "utils"} <= names
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def ask(address, process):
    """The server's answer, as soon as it gives one; a server that ended gives none."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            with direct.open(address, timeout=60) as answer:
                return json.load(answer)
        except OSError:
            assert process.poll() is None, "JupyterLab has ended"
            time.sleep(0.2)


@not_on_windows
def test_the_environment_is_new_and_made_once(started, environment):
    assert (started / ".venv" / "pyvenv.cfg").is_file()
    done = type_in(f"{command(started, 'Linux')} --no-open", started, environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    where = type_in("python3 -c 'import sys, utils; print(sys.prefix, utils.__file__)'", started, environment)
    assert where.stdout.split() == [str(started / ".venv"), str(started / "utils" / "__init__.py")]


@not_on_windows
def test_from_the_first_run_to_full_marks(started, environment, course):
    fresh = run_notebook(started, environment)
    assert "not written yet" in outputs(fresh, "check-column_means")
    source = course.lab(LAB).notebook(NOTEBOOK).source
    answers = {grade_id(c): c.source for c in source.cells if c.metadata.get("nbgrader", {}).get("solution")}
    for cell in fresh.cells:
        if grade_id(cell) in answers:
            cell.source = answers[grade_id(cell)].replace("MARK SCHEME", "ANSWER")
    nbformat.write(fresh, started / f"{NOTEBOOK}.ipynb")
    assert "column_means: ok" in outputs(run_notebook(started, environment), "check-column_means")

    done = type_in(hand_in_command(started) + " ada", started, environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{NOTEBOOK}: 2 of 2 exercises written" in done.stdout
    assert "2-median: 0 of 2 exercises written" in done.stdout
    assert "not written yet: column_means, q-mean" in done.stdout
    made = done.stdout.strip().splitlines()[-1]

    assert grader(course, "collect", shutil.copy(made, course.root)).returncode == 0
    checked = grader(
        course, "check", course.root / "submitted" / "ada" / LAB / f"{NOTEBOOK}.ipynb", "--json", "-"
    )
    result = json.loads(checked.stdout)
    assert (result["status"], result["repairs"]) == ("graded", [])
    assert [(e["points"], e["outcome"]) for e in result["exercises"]] == [(1.0, "passed")]


def grader(course, *words):
    return subprocess.run(
        [sys.executable, "-m", "grader", "--course", str(course.root), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_zip_of_the_course_has_one_environment_for_all_labs(course, tmp_path):
    unpack(course.root / "release" / "neural-network-labs.zip", tmp_path)
    folder = tmp_path / "neural-network-labs"
    assert {p.name for p in folder.iterdir()} == {
        "README.md", "requirements.txt", "start.py", "start.sh", "start.command", "start.bat", LAB,
    }  # fmt: skip
    inside = {p.name for p in (folder / LAB).iterdir()}
    assert {
        f"{NOTEBOOK}.ipynb",
        "2-median.ipynb",
        "utils",
        "data",
        "hand_in.py",
        "lab.json",
        "README.md",
    } == inside
    assert "start.sh" not in (folder / LAB / "README.md").read_text()


def test_unpacked_on_linux_and_macos_the_scripts_may_be_run(course):
    with zipfile.ZipFile(course.root / "release" / f"{LAB}.zip") as archive:
        modes = {i.filename: i.external_attr >> 16 & 0o777 for i in archive.infolist()}
    assert modes[f"{LAB}/start.sh"] == modes[f"{LAB}/start.command"] == 0o755
    assert modes[f"{LAB}/{NOTEBOOK}.ipynb"] == 0o644
