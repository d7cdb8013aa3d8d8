"""What starts a student's work on each system: which Python it takes, what it says where there is none, how it goes on.

Windows' script cannot be run here; what can be said of its text is.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from grader.handout.bundle import SCRIPTS, script, words

START = SCRIPTS / "start.py"
BAT = script("start.bat").decode("ascii")
not_on_windows = pytest.mark.skipif(os.name == "nt", reason="the scripts of Linux and macOS")


@pytest.fixture
def folder(tmp_path):
    """A student's folder, at a place that is no friend of quoting, with pins that are satisfied at once."""
    place = tmp_path / "Übung 1 & (neu)'s"
    place.mkdir()
    for name in ("start.py", "start.sh", "start.command"):
        (place / name).write_bytes(script(name))
    (place / "requirements.txt").write_text("numpy\n")
    return place


def run(command, place, **changes):
    """A command in another folder than the scripts'; packages are found by PYTHONPATH, so that nothing is downloaded."""
    settings = {**os.environ, "PYTHONPATH": sysconfig.get_paths()["purelib"], **changes}
    return subprocess.run(
        command, cwd=place.parent, env=settings, capture_output=True, text=True, timeout=300, check=False
    )


def pythons(tmp_path, **programs):
    """A PATH with these programs only, each a shell script, beside what scripts need."""
    for name, text in programs.items():
        (tmp_path / "bin" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    for name in ("sh", "dirname"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    return str(tmp_path / "bin")


def start(*arguments, version=None, platform="linux-x86_64"):
    """start.py's --fits in a Python that calls itself another version on another platform."""
    pretended = f"import sys, sysconfig, runpy; sysconfig.get_platform = lambda: {platform!r}; "
    pretended += f"sys.version_info = {version or tuple(sys.version_info)!r}; sys.argv = ['start.py', *{arguments!r}]; "
    pretended += f"runpy.run_path({str(START)!r}, run_name='__main__')"
    return subprocess.run([sys.executable, "-c", pretended], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("version", "platform", "fits"),
    [
        ((3, 11, 0), "linux-x86_64", True),
        ((3, 14, 2), "macosx-11.0-universal2", True),
        ((3, 12, 0), "win-amd64", True),
        ((3, 10, 9), "linux-x86_64", False),
        ((3, 15, 0), "win-amd64", False),
        ((3, 12, 0), "win32", False),
        ((3, 12, 0), "win-arm64", False),
    ],
)
def test_a_python_without_ready_packages_is_refused_with_what_is_needed(version, platform, fits):
    done = start("--fits", version=version, platform=platform)
    assert (done.returncode == 0) == fits
    assert fits or ("Python 3.11 to 3.14 is needed" in done.stderr and platform in done.stderr)


def test_every_script_and_text_names_the_same_versions():
    names = {
        n.targets[0]: n.value for n in ast.walk(ast.parse(START.read_text())) if isinstance(n, ast.Assign)
    }
    (both,) = [ast.literal_eval(v) for k, v in names.items() if ast.unparse(k) == "(OLDEST, NEWEST)"]
    said = "Python {} to {}".format(*(".".join(map(str, version)) for version in both))
    pages = [words("START"), (SCRIPTS.parents[2] / "docs" / "students.md").read_text()]
    for text in (START.read_text(), script("start.sh").decode(), BAT, *pages):
        assert said in text
    minors = range(both[0][1], both[1][1] + 1)
    assert set(re.findall(r"python3\.(\d+)", script("start.sh").decode())) == {str(m) for m in minors}
    assert set(re.findall(r'"py -3\.(\d+)"', BAT)) == {str(m) for m in minors}


def test_start_py_is_read_by_an_old_python_so_that_it_can_tell():
    ast.parse(START.read_text(), feature_version=(3, 7))
    annotations = [a.annotation for n in ast.walk(ast.parse(START.read_text())) if isinstance(n, ast.FunctionDef)
                   for a in n.args.args]  # fmt: skip
    assert not [
        a for a in annotations if isinstance(a, ast.Subscript | ast.BinOp)
    ]  # list[str] stops Python 3.8


@not_on_windows
@pytest.mark.parametrize("name", ["start.sh", "start.command"])
def test_the_shell_accepts_the_script_and_it_has_no_carriage_return(name):
    assert b"\r" not in script(name)
    subprocess.run(["sh", "-n", SCRIPTS / name], check=True)
    subprocess.run(["bash", "--posix", "-n", SCRIPTS / name], check=True)


@not_on_windows
@pytest.mark.parametrize("name", ["start.sh", "start.command"])
def test_the_first_python_that_fits_is_taken_from_a_folder_with_any_name(folder, tmp_path, name):
    real = f'exec {sys.executable} "$@"'
    old = 'case "$*" in *--fits*) exit 1;; esac; echo the old one ran'
    path = pythons(tmp_path, **{"python3.13": "exit 127", "python3": old, "python": real})
    done = run(["sh", f"{folder}/{name}", "--no-open", "--unknown"], folder, PATH=path)
    assert "does not know --unknown" in done.stderr
    assert "the old one" not in done.stdout


@not_on_windows
def test_without_a_python_that_fits_it_is_said_where_to_get_one(folder, tmp_path):
    done = run(["sh", f"{folder}/start.command"], folder, PATH=pythons(tmp_path, python3="exit 1"))
    assert done.returncode == 1
    assert "was not found: https://www.python.org" in done.stdout
    assert done.stderr == ""


@not_on_windows
def test_a_script_that_was_unpacked_alone_says_so(folder, tmp_path):
    (folder / "start.py").unlink()
    done = run(["sh", f"{folder}/start.sh"], folder)
    assert (done.returncode, done.stderr) == (1, "")
    assert "unpack the whole zip" in done.stdout


@not_on_windows
def test_where_nothing_can_be_written_it_says_where_to_go(folder):
    (folder / ".venv").write_text("a file in the way")
    done = run([sys.executable, f"{folder}/start.py", "--no-open"], folder)
    assert done.returncode == 1
    assert "could not be made" in done.stderr
    assert "Traceback" not in done.stderr


@not_on_windows
def test_ctrl_c_ends_jupyterlab_and_shows_no_traceback(folder):
    """JupyterLab's place is taken by a program that, as it does, ends by itself on the signal."""
    (folder / "jupyterlab.py").write_text(
        "import signal, sys\nsignal.signal(signal.SIGINT, lambda *_: sys.exit(0))\nprint('up', flush=True)\nsignal.pause()\n"
    )
    in_place = "import pathlib, sys, start; start.PYTHON = pathlib.Path(sys.executable); sys.exit(start.jupyterlab())"
    process = subprocess.Popen(
        [sys.executable, "-c", in_place], env={**os.environ, "PYTHONPATH": str(folder)}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert any(line == "up\n" for line in process.stdout)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "")


def test_the_batch_file_is_plain_ascii_with_windows_line_ends():
    assert BAT.count("\n") == BAT.count("\r\n") > 10


def test_the_batch_file_quotes_its_folder_tries_each_python_and_has_every_label_it_goes_to():
    lines = BAT.splitlines()
    assert 'pushd "%~dp0"' in lines  # pushd, for a share of the network has no drive
    assert BAT.count("%~dp0") == 1
    assert set(re.findall(r"goto (\w+)", BAT)) == set(re.findall(r"^:(\w+)", BAT, re.MULTILINE))
    tried = next(line for line in lines if line.startswith("for "))
    assert [p for p in ("py -3", "python", "python3") if f'"{p}"' in tried] == ["py -3", "python", "python3"]
    runs = [
        line.strip() for line in lines if "start.py " in line and "exist" not in line and "echo" not in line
    ]
    assert runs == [
        'call %%~P start.py --fits >nul 2>nul && set "PYTHON=%%~P" && goto found',
        "call %PYTHON% start.py %*",
    ]  # call, for a Python may be a batch file itself, which would not come back
    assert lines[-1] == "exit /b %STATUS%"


def test_a_path_that_windows_cannot_hold_is_named_before_anything_is_installed(tmp_path):
    """On another system, by what Windows would say of the folder."""
    place = tmp_path / ("a" * 80)
    place.mkdir()
    for name in ("start.py", "requirements.txt"):
        (place / name).write_bytes(START.read_bytes() if name == "start.py" else b"numpy\n")
    pretended = (
        f"import runpy, sys; sys.path.insert(0, {str(place)!r}); import start; "
        "start.long_paths = lambda: False; start.prepare(False)"
    )
    done = subprocess.run([sys.executable, "-c", pretended], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "too long for Windows" in done.stderr
    assert not (place / ".venv").exists()


def test_the_length_that_is_left_for_packages_is_enough():
    """The longest path of this environment's packages, under `.venv\\Lib\\site-packages` of a folder at the limit."""
    (limit,) = re.findall(r"^LONGEST_FOLDER = (\d+)", START.read_text(), re.MULTILINE)
    here = Path(sysconfig.get_paths()["purelib"])
    longest = max(len(str(p.relative_to(here))) for p in here.glob("torch*/**/*"))
    assert int(limit) + len(r"\.venv\Lib\site-packages") + 1 + longest <= 259
