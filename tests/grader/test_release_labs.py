"""The folder and the zip that students get hold what they need and nothing of what they must not see."""

from __future__ import annotations

import ast
import itertools
import json
import os
import re
import sys
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import nbformat
import tiny_course
from tiny_course import LAB, REPOSITORY, first_notebook

from grader.course import Course, CourseError
from grader.handout.bundle import STUDENT_PACKAGES, shared_files, student_requirements
from grader.regions import regions
from grader.release import release, released_notebook

TRIVIAL = 12  # a line this short says nothing


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return tiny_course.build_files(tmp_path_factory.mktemp("release") / "course")


@pytest.fixture(scope="module")
def released(course):
    return release(course)


def test_a_released_lab_is_a_folder_and_a_zip_with_notebooks_utils_data_and_instructions(course, released):
    folder, archive, _ = released
    expected = {
        "1-double.ipynb", "2-square.ipynb", "README.md", "requirements.txt", "utils/__init__.py", "data/numbers.csv",
        "lab.json", "hand_in.py", "start.py", "start.sh", "start.command", "start.bat",
    }  # fmt: skip
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} == expected
    assert set(zipfile.ZipFile(archive).namelist()) == {f"{LAB}/{name}" for name in expected}


def test_nbgrader_releases_exactly_the_notebook_that_released_notebook_gives(course, released):
    for notebook in course.lab(LAB).notebooks:
        theirs = nbformat.read(released[0] / f"{notebook.name}.ipynb", as_version=4)
        assert theirs == released_notebook(notebook.source)


def test_files_are_real_copies_that_cannot_change_the_course(course, released):
    copy = released[0] / "utils" / "__init__.py"
    assert not copy.is_symlink()
    assert copy.stat().st_ino != (course.root / "utils" / "__init__.py").stat().st_ino
    assert os.access(course.root / "utils" / "__init__.py", os.W_OK)


def test_the_same_lab_gives_the_same_zip(course, released):
    before = released[1].read_bytes()
    assert release(course, [LAB])[1].read_bytes() == before


def test_the_release_records_the_lab_in_the_gradebook(course, released):
    from grader.marking.gradebook import open_gradebook

    with open_gradebook(course) as gradebook:
        assignment = gradebook.find_assignment(LAB)
        assert assignment.max_score == 11
        assert [n.name for n in assignment.notebooks] == ["1-double", "2-square"]


def test_a_faulty_notebook_is_not_released_and_the_old_release_stays(tmp_path):
    course = tiny_course.build(tmp_path / "course")
    folder = release(course)[0]
    faulty = first_notebook()
    faulty.cells[2].source = faulty.cells[2].source.replace("### END SOLUTION", "")
    tiny_course.write(faulty, course.root / "source" / LAB / "1-double.ipynb")
    with pytest.raises(CourseError, match=r"source/1-tiny/1-double.ipynb, cell double: line 3 begins"):
        release(Course(course.root))
    assert (folder / "1-double.ipynb").exists()


def test_what_nbgrader_refuses_is_told_in_its_words(tmp_path):
    course = tiny_course.build(tmp_path / "course")
    (course.root / "gradebook.db").write_bytes(b"no database at all, and long enough to see that" * 50)
    with pytest.raises(CourseError, match=r"nbgrader could not release 1-tiny:(.|\n)*not a database"):
        release(course)


def test_a_course_without_nbgrader_config_is_told_so(tmp_path):
    course = tiny_course.build(tmp_path / "course")
    (course.root / "nbgrader_config.py").unlink()
    with pytest.raises(CourseError, match=r"no nbgrader_config\.py"):
        release(course)


def test_students_get_the_pins_of_the_course():
    pins = (REPOSITORY / "requirements.txt").read_text().splitlines()
    theirs = student_requirements(Course(REPOSITORY)).splitlines()
    assert set(theirs) <= set(pins)
    assert any(pin.startswith("torch==") for pin in theirs)


def test_every_library_that_utils_and_notebooks_import_is_installed_for_students():
    course = Course(REPOSITORY)
    sources = [path.read_text() for path in (REPOSITORY / "utils").glob("*.py")]
    for lab in course.labs:
        for notebook in lab.notebooks:
            cells = [cell.source for cell in notebook.source.cells if cell.cell_type == "code"]
            sources += [re.sub(r"(?m)^\s*[%!].*$", "", source) for source in cells]
    needed = {name for source in sources for name in imports(source)} - sys.stdlib_module_names - {"utils"}
    packages = {"sklearn": "scikit-learn", "IPython": "ipython", "mpl_toolkits": "matplotlib"}
    assert {packages.get(name, name) for name in needed} <= set(STUDENT_PACKAGES)


def imports(source):
    """Top-level names of the modules that a source text imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def test_a_missing_pin_is_told(tmp_path):
    course = tiny_course.build(tmp_path / "course")
    (course.root / "requirements.txt").write_text("numpy==2.4.6\n")
    with pytest.raises(CourseError, match=r"students need .*torch"):
        student_requirements(course)


def test_no_line_of_an_answer_or_hidden_check_is_in_the_released_files(course, released):
    files = {
        name: zipfile.ZipFile(released[1]).read(name) for name in zipfile.ZipFile(released[1]).namelist()
    }
    hidden = secret_lines(course, LAB)
    assert {
        "twice_the_value = x + x",
        "check_close(student.double(1234.5), reference.double(1234.5))",
    } <= hidden
    assert "One point for commutativity of addition, one for an example." in hidden
    assert leaks(files, hidden) == []


def test_a_leak_would_be_seen():
    hidden = {"squared_value_of_x = x**2", "return squared_value_of_x"}
    cell = tiny_course.code("plain", "# squared_value_of_x = x**2")
    assert leaks({"1.ipynb": nbformat.writes(tiny_course.notebook(cell)).encode()}, hidden)
    assert leaks({"utils/x.py": "\n\n    ".join(sorted(hidden)).encode()}, hidden)


@pytest.mark.parametrize("lab", [lab.name for lab in Course(REPOSITORY).labs])
def test_no_line_of_an_answer_or_hidden_check_of_the_course_is_released(lab):
    course = Course(REPOSITORY)
    files = shared_files(course, lab)
    for notebook in course.lab(lab).notebooks:
        files[notebook.path.name] = nbformat.writes(released_notebook(notebook.source)).encode()
    hidden = secret_lines(course, lab)
    assert hidden
    assert leaks(files, hidden) == []


def secret_lines(course, lab):
    """Telling lines of solutions, mark schemes and hidden checks that the lab's notebooks do not show anyway."""
    secret, shown = set(), set()
    for notebook in course.lab(lab).notebooks:
        for cell in notebook.source.cells:
            lines, inside = cell.source.split("\n"), set()
            for begin, end in regions(cell.source, cell.cell_type):
                inside |= set(range(begin, end + 1))
                secret |= {line.strip() for line in lines[begin + 1 : end]}
            shown |= {line.strip() for number, line in enumerate(lines) if number not in inside}
    for path in course.lab(lab).checks.rglob("*.py"):
        secret |= {line.strip() for line in path.read_text().splitlines()}
    given = "\n".join(shown)
    telling = {line for line in secret if len(line) > TRIVIAL and not line.startswith(("import ", "from "))}
    return {line for line in telling if line not in given}


def leaks(files, hidden):
    """(file, line) of every hidden line in the files' texts.

    A library may share a common line with a hidden check by chance, so in utils two in a row count.
    """
    found = []
    for name, content in files.items():
        text = all_text(name, content)
        if name.endswith(".py"):
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            found += [(name, a) for a, b in itertools.pairwise(lines) if a in hidden and b in hidden]
        else:
            found += [(name, line) for line in sorted(hidden) if line in text]
    return found


def all_text(name, content):
    """Every string in a notebook, or the text of another file."""
    decoded = content.decode("utf-8", "replace")
    return "\n".join(strings(json.loads(decoded))) if name.endswith(".ipynb") else decoded


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield "".join(item for item in value if isinstance(item, str))
        for item in value:
            yield from strings(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
