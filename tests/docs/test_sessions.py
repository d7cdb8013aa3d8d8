"""What pages show as a whole: sessions of several commands, snippets of Python and of configuration, manifests."""

from __future__ import annotations

import re
import shlex
import socket
import sys

import pytest
import yaml
from nbgrader.apps import NbGraderApp
from traitlets.config import Config

from grader.marking.late import LateDays
from tests.docs.desk import make_course, type_in
from tests.docs.pages import FENCE, PAGES, REPOSITORY, blocks, parts, run

DOCS = REPOSITORY / "docs"
SLURM = "python -m grader grade --scheduler tcp://$(hostname):8786"
HUB = "export CLASS_STUDENTS=ann,bob"
# The commands of the sessions below.
SESSIONS = (
    "make help",
    "dask scheduler --scheduler-file $HOME/scheduler.json",
    "srun --ntasks 20 --cpus-per-task 8 --mem 24G dask worker --scheduler-file $HOME/scheduler.json --nthreads 8 --nworkers 1",
    SLURM,
    "python -m grader grade --scheduler tcp://address:8786",
    "python -m grader grade --scheduler tcp://127.0.0.1:8786",
    "source .venv/bin/activate",
    HUB,
    'export CLASS_STUDENT_PASSWORD="$(openssl rand -hex 8)"',
    'export CLASS_TEACHER_PASSWORD="$(openssl rand -hex 16)"',
    'echo "$CLASS_STUDENT_PASSWORD $CLASS_TEACHER_PASSWORD"',
    "python -m grader.demo",
)
# A node of Slurm is this machine, and its name is that of the loopback.
STAND_INS = """
trap 'kill $(jobs -p); wait' EXIT
srun() { while [[ $1 == --* ]]; do shift 2; done; "$@"; }
hostname() { echo 127.0.0.1; }
"""
# Loads the hub's configuration, which says what is missing or wrong in the environment.
LOAD = f"""python -c '
from traitlets.config import PyFileConfigLoader
print(PyFileConfigLoader("jupyterhub_config.py", "{REPOSITORY}/deploy/jupyterhub").load_config().Authenticator)'
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("sessions")
    root.chmod(0o755)  # an account without rights grades
    return make_course(root / "course")


def block_with(page, words):
    (found,) = [block.text for block in blocks(DOCS / page) if words in block.text]
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_a_class_is_graded_on_workers_that_slurm_starts(course, tmp_path):
    assert type_in("python -m grader collect uploads", course.root)[0] == 0
    port = free_port()
    text = block_with("many-machines.md", SLURM).replace("8786", port)
    text = text.replace("dask scheduler", f"dask scheduler --no-dashboard --port {port}")
    done = run(STAND_INS + text, course.root, HOME=str(tmp_path))
    assert done.returncode == 0, done.stdout
    assert "1 notebook" in done.stdout


def test_the_hub_finds_nothing_wrong_in_the_environment_of_its_page(course, tmp_path):
    lines = [part for line in block_with("jupyterhub.md", HUB).splitlines() for part in parts(line)]
    ours = [line for line in lines if line.split()[0] in ("source", "export", "echo")]
    done = run(
        "\n".join([*ours, LOAD]), course.root, CLASS_STATE=str(tmp_path / "state"), CLASS_PROXY=sys.executable
    )
    assert done.returncode == 0, done.stdout
    student, teacher = done.stdout.splitlines()[0].split()
    assert (len(student), len(teacher)) == (16, 32)


def test_make_tells_its_targets():
    assert {"setup", "demo", "release", "grade"} <= {
        line.split()[0] for line in run("make help", REPOSITORY).stdout.splitlines()
    }


def test_the_example_class_is_released_graded_and_explained(course):
    done = run("make demo", course.root)
    assert done.returncode == 0, done.stdout
    assert (course.root / "demo" / "feedback" / "bob" / course.labs[0].name / "index.html").is_file()
    assert "Open in a browser or an editor:" in done.stdout


def snippets(language):
    return [
        pytest.param(block.text, id=f"{page.stem}-{number}")
        for page in PAGES
        for number, block in enumerate(blocks(page))
        if block.language == language and not block.title
    ]


@pytest.mark.parametrize("text", snippets("python"))
def test_a_snippet_of_python_is_one(text):
    code = compile(text, "<page>", "exec")
    if text.startswith("c."):
        config = Config()
        exec(code, {"c": config})
        known = {
            kind.__name__: set(kind.class_trait_names(config=True))
            for kind in [*NbGraderApp().classes, LateDays]
        }
        assert {
            (name, trait) for name in config for trait in config[name] if trait not in known[name]
        } == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_has_a_language_and_none_is_made_by_indenting(page):
    """What has no language would be no command to the tests, and has no colours for a reader."""
    assert {block.language for block in blocks(page)} <= {"sh", "console", "python", "yaml", "markdown"}
    assert re.findall(r"\n\n(?: {4}|\t)(?![-*|]).*", FENCE.sub("", page.read_text())) == []


def test_a_cluster_of_kubernetes_is_what_daskoperator_reads_and_dask_understands():
    (block,) = [b for b in blocks(DOCS / "many-machines.md") if b.title == "cluster.yaml"]
    manifest = yaml.safe_load(block.text)
    assert (manifest["apiVersion"], manifest["kind"]) == ("kubernetes.dask.org/v1", "DaskCluster")
    port = manifest["spec"]["scheduler"]["service"]["ports"][0]["port"]
    assert (
        f"service/{manifest['metadata']['name']}-scheduler {port}" in (DOCS / "many-machines.md").read_text()
    )
    for role in ("scheduler", "worker"):
        (container,) = manifest["spec"][role]["spec"]["containers"]
        words = [word for word in container["args"] if not word.startswith("$(")]
        done = run(shlex.join([*words[:2], "--help"]), REPOSITORY)
        assert [word for word in words if word.startswith("--") and word not in done.stdout] == []
