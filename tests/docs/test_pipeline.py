"""What runs by itself: the workflows name targets that exist, and the hooks of git strip and format notebooks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
import yaml

from grader.errors import GraderError
from grader.strip import strip_file, stripped
from tests.docs.pages import REPOSITORY, blocks

WORKFLOW = REPOSITORY / ".github" / "workflows" / "course.yml"
TARGETS = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))


def made(lines):
    """The make targets in shell lines."""
    words = [word for line in lines if line.startswith("make ") for word in line.split()[1:]]
    return [word for word in words if "=" not in word]


def test_the_workflow_of_github_validates_proves_and_publishes():
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    steps = {name: [step.get("run", "") for step in job["steps"]] for name, job in jobs.items()}
    assert {"lint", "validate", "prove"} <= set(made(steps["check"]))
    assert {"release", "docs"} <= set(made(steps["publish"]))
    assert set(made(steps["check"] + steps["publish"])) <= TARGETS
    used = [step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", name) for name in used)


def test_the_same_for_gitlab_stands_in_the_documentation():
    (block,) = [b for b in blocks(REPOSITORY / "docs" / "ci.md") if b.title == ".gitlab-ci.yml"]
    jobs = yaml.safe_load(block.text)
    assert {"setup", "lint", "validate", "prove"} == set(made(jobs["check"]["script"]))
    assert {"setup", "release", "docs"} == set(made(jobs["publish"]["script"]))


def git(folder, *words):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env = {**kept, "HOME": str(folder.parent), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *words], cwd=folder, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def repository(tmp_path):
    """A repository with one notebook that was run, its hooks installed as `make hooks` does."""
    root = tmp_path / "course"
    (root / "source" / "1-lab").mkdir(parents=True)
    for name in (".pre-commit-config.yaml", ".gitattributes", "pyproject.toml"):
        shutil.copy(REPOSITORY / name, root / name)
    (root / ".venv").symlink_to(sys.prefix)
    cells = [
        nbformat.v4.new_code_cell("x =  1\nprint( x )", id="loose", execution_count=3),
        nbformat.v4.new_code_cell("print('kept')", id="kept", metadata={"tags": ["nbval-check-output"]}),
    ]
    for cell, text in zip(cells, ("1\n", "kept\n"), strict=True):
        cell.outputs = [nbformat.v4.new_output("stream", text=text)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), root / "source" / "1-lab" / "1-notebook.ipynb")
    for words in (["init", "-q"], ["config", "user.email", "a@b.c"], ["config", "user.name", "A"]):
        git(root, *words)
    env = {**os.environ, "HOME": str(tmp_path), "PRE_COMMIT_HOME": str(tmp_path / "cache")}
    subprocess.run(
        [sys.executable, "-m", "pre_commit", "install"], cwd=root, env=env, capture_output=True, check=True
    )
    return root


def test_a_commit_takes_outputs_out_formats_and_keeps_what_validate_compares(repository):
    git(repository, "add", "source", "pyproject.toml", ".pre-commit-config.yaml")
    status, said = git(repository, "commit", "-m", "first")
    assert status != 0, said
    assert "outputs taken out" in said
    notebook = nbformat.read(repository / "source" / "1-lab" / "1-notebook.ipynb", as_version=4)
    loose, kept = notebook.cells
    assert (loose.source, loose.outputs, loose.execution_count) == ("x = 1\nprint(x)", [], None)
    assert [output.text for output in kept.outputs] == ["kept\n"]
    git(repository, "add", "source")
    status, said = git(repository, "commit", "-m", "second")
    assert status == 0, said


def test_notebooks_are_shown_and_merged_by_nbdime(repository):
    words = git(repository, "check-attr", "diff", "merge", "--", "source/1-lab/1-notebook.ipynb")[1]
    assert words.count("jupyternotebook") == 2
    subprocess.run(
        [sys.executable, "-m", "nbdime", "config-git", "--enable"],
        cwd=repository,
        capture_output=True,
        check=True,
    )
    assert "nbdiff" in git(repository, "config", "diff.jupyternotebook.command")[1]


@pytest.mark.parametrize("content", ["", "{", "[1]", "{}"])
def test_a_file_that_is_no_notebook_is_told_and_left_alone(tmp_path, content):
    path = tmp_path / "1.ipynb"
    path.write_text(content)
    with pytest.raises(GraderError, match=r"1\.ipynb cannot be read as a notebook"):
        strip_file(path)
    assert path.read_text() == content


def test_notebooks_of_the_course_are_as_the_hook_leaves_them():
    for path in sorted((REPOSITORY / "source").glob("*/*.ipynb")):
        text = path.read_text(encoding="utf-8")
        assert nbformat.writes(stripped(nbformat.reads(text, as_version=4))) + "\n" == text, path.name
