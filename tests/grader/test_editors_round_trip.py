"""A notebook saved by Colab or VS Code is taken as if it came from JupyterLab: every answer, every mark."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import zipfile

import pytest

from grader.cli.new import begin
from grader.course import Course, CourseError, course_root, grade_id, nbgrader_metadata
from grader.engine import Engine
from grader.handout.bundle import shared_files
from grader.handout.colab import HELPER, LINK, with_colab
from grader.intake import take_in
from grader.limits import Limits
from grader.release import released_notebook
from grader.settings import Settings, settings
from tests.grader.editors import STYLES, as_colab
from utils.labfile import examine, read_lab

COURSE = Course(course_root())
PLACES = Settings(
    "labs", "https://colab.research.google.com/github/o/r/blob/main", "https://raw.example.org/o/r"
)


def right(notebook):
    """The released notebook with the instructor's answers, and these by name."""
    answers = {
        grade_id(cell): cell.source.replace("MARK SCHEME", "ANSWER")
        for cell in notebook.source.cells
        if nbgrader_metadata(cell).get("solution")
    }
    whole = released_notebook(notebook.source)
    for cell in whole.cells:
        cell.source = answers.get(grade_id(cell), cell.source)
    return whole, answers


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("lab", [lab.name for lab in COURSE.labs])
def test_every_answer_of_the_course_is_found(lab, style):
    for notebook in COURSE.lab(lab).notebooks:
        whole, answers = right(notebook)
        released = released_notebook(notebook.source)
        rebuilt = take_in(STYLES[style](whole), notebook.source, released, Limits())
        assert rebuilt.answers == answers, notebook.name
        assert [c.source for c in rebuilt.notebook.cells] == [c.source for c in whole.cells], notebook.name


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    for name in ("utils", "data", "requirements.txt", "nbgrader_config.py"):
        (root / name).symlink_to(COURSE.root / name)
    begin(Course(root), "8-statistics", "1-mean")
    return Course(root)


@pytest.fixture(scope="module")
def engine(course):
    with Engine(course, ["8-statistics"]) as engine:
        yield engine


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("link", [False, True], ids=["plain", "with the cells for Colab"])
def test_it_gets_full_marks(course, engine, style, link):
    whole, _ = right(course.lab("8-statistics").notebook("1-mean"))
    if link:
        whole = with_colab(whole, "8-statistics", "1-mean", PLACES)
    result = engine.grade("8-statistics", "1-mean", STYLES[style](whole)).result
    assert [(e.name, e.points, e.outcome) for e in result.exercises] == [("column_means", 1.0, "passed")]
    if not style.endswith("lost"):
        assert (result.status, result.repairs) == ("graded", [])


@pytest.mark.parametrize("style", STYLES)
def test_the_hand_in_finds_every_answer_too(course, tmp_path, style):
    whole, _ = right(course.lab("8-statistics").notebook("1-mean"))
    (tmp_path / "lab.json").write_bytes(shared_files(course, "8-statistics")["lab.json"])
    (tmp_path / "1-mean.ipynb").write_bytes(STYLES[style](whole))
    lab = read_lab(tmp_path)
    state = examine(lab, lab.books[0])
    assert (state.problem, state.unwritten, state.broken) == ("", [], {})


def test_without_an_address_a_released_notebook_has_no_link():
    released = released_notebook(COURSE.labs[0].notebooks[0].source)
    assert with_colab(released, "1", "1", Settings()) is released
    assert not settings(COURSE).notebooks


def test_the_link_leads_to_the_published_notebook():
    released = released_notebook(COURSE.labs[0].notebooks[0].source)
    linked = with_colab(released, "1-lab", "1-numpy", PLACES)
    assert [c.id for c in linked.cells[:2]] == [LINK, HELPER]
    assert linked.cells[2:] == released.cells
    assert (
        "(https://colab.research.google.com/github/o/r/blob/main/1-lab/1-numpy.ipynb)"
        in linked.cells[0].source
    )


def test_the_helper_fetches_the_lab_where_utils_is_missing(course, tmp_path):
    """Run as Colab would: in an empty folder, without utils, the zip at its address."""
    with zipfile.ZipFile(tmp_path / "8-statistics.zip", "w") as archive:
        for name, content in shared_files(course, "8-statistics").items():
            archive.writestr(f"8-statistics/{name}", content)
    places = Settings("labs", "https://colab.example.org", tmp_path.as_uri())
    helper = with_colab(
        released_notebook(COURSE.labs[0].notebooks[0].source), "8-statistics", "1-mean", places
    ).cells[1]
    (tmp_path / "empty").mkdir()
    after = "\nimport utils, os\nprint(os.path.dirname(utils.__file__), os.listdir('data'))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", helper.source + after],  # -S: this environment's packages are not there
        cwd=tmp_path / "empty",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path / "empty" / "8-statistics" / "utils"))
    assert "README.md" in done.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = 'a b'", "name becomes the name of a zip"),
        ("[colab]\nnotebooks = 'https://x.org'", "needs both"),
        ("[colab]\nnotebooks = 'x'\nfiles = 'y'", "begins with https"),
        ("[colab]\nnotebook = 'https://x.org'", "notebook is not known"),
        ("colour = 1", "colour is not known"),
        ("name = ", "cannot be read"),
        ("colab = 3", "colab is a table"),
    ],
)
def test_a_wrong_setting_is_told(tmp_path, text, words):
    (tmp_path / "course.toml").write_text(text)
    with pytest.raises(CourseError, match=words):
        settings(Course(tmp_path))


def test_colab_leaves_nothing_of_the_ids_at_their_place():
    """What the other tests rest on: the rewriting does rewrite."""
    whole, _ = right(COURSE.labs[0].notebooks[0])
    saved = json.loads(as_colab(copy.deepcopy(whole)))
    assert all("id" not in cell for cell in saved["cells"])
