"""docs/author.md is followed word for word: its files are written, its cells filled, its commands typed in a course."""

from __future__ import annotations

import shutil

import nbformat
import pytest

from grader.cli.new import begin
from grader.course import Course, CourseError
from tests.docs.pages import REPOSITORY, blocks, fits, run, session

PAGE = REPOSITORY / "docs" / "author.md"


@pytest.fixture
def course(tmp_path):
    """A course without labs."""
    for name in ("nbgrader_config.py", "requirements.txt", "course.toml"):
        shutil.copy(REPOSITORY / name, tmp_path / name)
    for name in ("utils", "data"):
        shutil.copytree(
            REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "cache")
        )
    for name in ("source", "tests", "submitted"):
        (tmp_path / name).mkdir()
    (tmp_path / "tests" / "conftest.py").write_text('pytest_plugins = ["grader.checks.plugin"]\n')
    return tmp_path


def fill(notebook, cell_id, text):
    content = nbformat.read(notebook, as_version=4)
    (cell,) = [cell for cell in content.cells if cell.id == cell_id]
    cell.source = text.rstrip("\n")
    nbformat.write(content, notebook)


def test_the_page_leads_to_a_released_exercise(course):
    typed = 0
    for block in blocks(PAGE):
        if block.language == "console":
            for command, shown in session(block.text):
                done = run(command, course)
                assert done.returncode == 0, f"{command}\n{done.stdout}"
                assert fits(done.stdout, shown), f"{command}\n{done.stdout}"
                typed += 1
        elif block.title.startswith("cell "):
            (notebook,) = course.glob("source/*/*.ipynb")
            fill(notebook, block.title.removeprefix("cell "), block.text)
        else:
            assert (course / block.title).is_file(), block.title
            (course / block.title).write_text(block.text)
    assert typed == 7
    assert (course / "release" / "8-statistics.zip").is_file()


def test_an_exercise_is_added_to_a_notebook_that_is_there(course):
    for name in ("column_means", "row_means"):
        begin(Course(course), "8-statistics", "1-mean", name)
    cells = Course(course).lab("8-statistics").notebooks[0].source.cells
    assert [c.id for c in cells] == [
        "intro", "setup", "column_means-text", "column_means", "check-column_means", "row_means-text", "row_means",
        "check-row_means", "q-mean-text", "q-mean", "summary",
    ]  # fmt: skip
    assert fits(run("python -m grader prove", course).stdout, "...| all | 2 exercises | 6 | 4 | 4 | 2 |")


def test_an_exercise_is_added_to_files_that_lack_its_imports(course):
    begin(Course(course), "8-statistics", "1-mean")
    checks = course / "tests" / "8-statistics" / "test_1_mean.py"
    checks.write_text(
        checks.read_text().replace("import pytest\n", "").replace("    @pytest.mark", "    # @pytest.mark")
    )
    checks.write_text(checks.read_text().replace("reference, n, d):", "reference, n=5, d=3):"))
    begin(Course(course), "8-statistics", "1-mean", "again")
    assert checks.read_text().count("import pytest\n") == 1
    done = run("python -m grader prove", course)
    assert done.returncode == 0, done.stdout


def test_a_file_of_checks_that_is_not_python_is_told_with_its_line(course):
    begin(Course(course), "8-statistics", "1-mean")
    checks = course / "tests" / "8-statistics" / "test_1_mean.py"
    checks.write_text("def (\n")
    with pytest.raises(CourseError, match=r"test_1_mean.py is not Python: .* in line 1; correct it first"):
        begin(Course(course), "8-statistics", "1-mean", "again")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("8-statistics/Untitled 1.ipynb", "{}", "'Untitled 1' is no name for a notebook; rename it"),
        ("My Lab/1-mean.ipynb", "{}", "'My Lab' is no name for a lab; rename it"),
        ("8-statistics/2-half.ipynb", '{"cells": [', "2-half.ipynb is no notebook"),
        ("8-statistics/2-half.ipynb", "", "2-half.ipynb is no notebook"),
        ("9-empty/notes.txt", "", "source/9-empty holds no notebook; `python -m grader new` begins one"),
    ],
)
def test_a_file_or_folder_that_is_no_part_of_a_course_is_named_with_the_cure(course, name, text, words):
    path = course / "source" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    with pytest.raises(CourseError, match=words):
        [notebook.source for notebook in Course(course).lab(path.parent.name).notebooks]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("statistics", "1-mean", "f"), "no name for a lab"),
        (("8-statistics", "../1", "f"), "no name for a notebook"),
        (("8-statistics", "1-mean", "My Function"), "no name for an exercise"),
        (("8-statistics", "1-mean", "class"), "that Python has not taken"),
        (("8-statistics", "1-mean", "check"), "that Python has not taken"),
        (("8-statistics", "1-mean", "column_means"), "has an exercise column_means already"),
    ],
)
def test_a_name_that_is_not_fit_or_taken_changes_nothing(course, names, words):
    begin(Course(course), "8-statistics", "1-mean")
    before = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    with pytest.raises(CourseError, match=words):
        begin(Course(course), *names)
    assert {path: path.read_bytes() for path in course.rglob("*") if path.is_file()} == before
