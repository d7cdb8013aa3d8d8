"""No page shows a command that nothing runs: each is typed in tests/docs/test_term.py, run by the test that is named
here, or listed here with the reason why it cannot run in a test. A new command on a page is in none of these.
"""

from __future__ import annotations

import pytest

from tests.docs.desk import steps
from tests.docs.pages import PAGES, REPOSITORY, WORKFLOWS, blocks, commands, run, session
from tests.docs.test_sessions import SESSIONS
from tests.docs.test_term import TERM

AUTHOR = "tests/docs/test_author_page.py"
BUNDLE = "tests/grader/test_student_bundle.py"
NBGRADER = "tests/grader/test_nbgrader_commands.py"
FIRST = "`make test` begins with it"
# Run by another test: its file, and words that stand there.
ELSEWHERE = {
    "python -m grader validate": (AUTHOR, "fits(done.stdout, shown)"),
    "python -m grader check source/3-backprop/1-by-hand.ipynb": (AUTHOR, "fits(done.stdout, shown)"),
    "pytest tests/3-backprop": (AUTHOR, "fits(done.stdout, shown)"),
    "pytest tests/8-statistics": (AUTHOR, "fits(done.stdout, shown)"),
    "sh start.sh": (BUNDLE, "command(started, 'Linux')"),
    "sh start.command": (BUNDLE, 'command(started, "macOS")'),
    "python3 hand_in.py": (BUNDLE, "hand_in_command(started)"),
    "nbgrader autograde": (NBGRADER, 'nbgrader(course, "autograde", LAB)'),
    "nbgrader generate_assignment": (NBGRADER, 'nbgrader(course, "generate_assignment", LAB'),
    "nbgrader generate_feedback": (NBGRADER, 'nbgrader(course, "generate_feedback", LAB)'),
    "python -m grader.lab": (
        "grader/lab/server.py",
        '"-m", "grader.lab"',
    ),  # of tests/grader/test_formgrader_browser.py
    "jupyterhub -f deploy/jupyterhub/jupyterhub_config.py": ("tests/deploy/hub.py", '"jupyterhub", "-f"'),
    "python -m grader.bench.budgets": ("tests/grader/test_bench.py", "budgets.table("),
    "python -m grader.bench.budgets 3-backprop": ("tests/grader/test_bench.py", "budgets.table("),
    "python -m grader.bench.labs 6-svm --size 300": ("tests/grader/test_bench.py", '"grader.bench.labs"'),
    "python -m grader.bench.labs 3-backprop+": (
        "tests/grader/test_bench.py",
        '"grader.bench.labs"',
    ),
    "python -m grader.bench.simulate": ("tests/grader/test_simulate.py", '"--write"'),
    "python -m grader.bench.simulate --write docs": ("tests/grader/test_simulate.py", '"--write"'),
    "pre-commit install": ("tests/docs/test_pipeline.py", '"pre_commit", "install"'),
    "nbdime config-git --enable": ("tests/docs/test_pipeline.py", '"config-git", "--enable"'),
}
# Run here in a smaller way.
SMALLER = {
    "python -m tests.grader.scale": "python -m tests.grader.scale 1",
    "python -m grader": "python -m grader --help",
    "python -m grader.sandbox": "python -m grader.sandbox --brief",
}
# Not run, and why.
NOT_RUN = {
    "make setup": "installs packages from the network; `make test` begins with it",
    "make setup TORCH=cpu": "installs packages from the network",
    "make setup TORCH=pypi": "installs packages from the network",
    "pip install -r requirements.txt": "installs packages from the network",
    "pip install --no-deps .": "changes the environment in which the tests run",
    "pip install dask-jobqueue": "installs packages from the network",
    "pip install -r deploy/jupyterhub/requirements.txt": "installs packages from the network",
    "npm install --global --prefix .venv configurable-http-proxy@5.3.0": "installs packages from the network",
    "python -m pytest -q -n 2 --dist loadgroup --reruns 1 tests": "runs this test",
    "ruff check --quiet .": FIRST,
    "ruff format --check --quiet .": FIRST,
    "mypy --no-error-summary": FIRST,
    "python -m grader prove --write": "runs every mutant of a lab; its parts are in tests/grader/test_checks_page.py",
    "python -m grader.bench": "takes minutes; its parts are in tests/grader/test_bench.py",
    "python -m grader.bench --write reports": "takes minutes; its parts are in tests/grader/test_bench.py",
    "python -m grader.bench --every-lab 300 --write docs": "takes minutes; its parts are in tests/grader/test_bench.py",
    "python -m grader.bench.sweeps": "takes minutes; its parts are in tests/grader/test_bench.py",
    "python -m grader.bench.live": "takes a minute; what it measures is in tests/utils/test_plots.py",
    "python tests/hostile/stock.py --write": "runs stock nbgrader for minutes; tests/hostile runs the same corpus",
    "python tests/hostile/stock.py --write [WORD ...]": "runs stock nbgrader for minutes",
    "sh start.sh --cpu": "installs packages from the network",
    "start.bat": "needs Windows",
    "py hand_in.py": "needs Windows; `python3 hand_in.py` is the same file",
    "helm install --repo https://helm.dask.org --create-namespace -n dask-operator --generate-name "
    "dask-kubernetes-operator": "needs a Kubernetes cluster",
    "kubectl apply -f cluster.yaml": "needs a Kubernetes cluster",
    "kubectl port-forward service/grading-scheduler 8786": "needs a Kubernetes cluster",
}


def shown():
    """{what is typed: the pages that show it} for all commands of all pages and pipelines."""
    found = {}
    for page in PAGES + WORKFLOWS:
        for command in commands(page):
            for step in steps(command):
                found.setdefault(step, set()).add(page.name)
    return found


SHOWN = shown()
TYPED = {command for block in blocks(REPOSITORY / "docs" / "author.md") for command, _ in session(block.text)}
HOMES = {
    "typed in a term": TERM,
    "typed in a session": SESSIONS,
    f"typed in {AUTHOR}": TYPED,
    "run smaller": SMALLER,
    "run elsewhere": ELSEWHERE,
    "not run": NOT_RUN,
}


def test_every_command_of_a_page_is_run_or_listed_with_a_reason():
    homes = {step: [home for home, known in HOMES.items() if step in known] for step in SHOWN}
    assert {f"{step} ({', '.join(SHOWN[step])})": at for step, at in homes.items() if len(at) != 1} == {}


@pytest.mark.parametrize(
    "text",
    [
        "```sh\nmake supper  # at six\n```\n",
        "```console\n$ make supper\nready\n```\n",
        "Type `make supper`.\n",
        '```yaml title=".gitlab-ci.yml"\nkitchen:\n  script: [make supper]\n```\n',
    ],
)
def test_a_new_command_is_found_wherever_a_page_shows_it(tmp_path, text):
    (tmp_path / "page.md").write_text(f"# A page\n\n{text}")
    assert commands(tmp_path / "page.md") == {"make supper"}


def test_no_list_has_a_command_that_no_page_shows():
    assert {step: home for home, known in HOMES.items() for step in known if step not in SHOWN} == {}


@pytest.mark.parametrize("step", ELSEWHERE)
def test_a_command_that_another_test_runs_stands_there(step):
    path, words = ELSEWHERE[step]
    assert words in (REPOSITORY / path).read_text()


@pytest.mark.parametrize("step", SMALLER.values())
def test_a_command_runs_in_a_smaller_way(step):
    done = run(step, REPOSITORY)
    assert done.returncode == 0, done.stdout
