"""Uploaded files end in submitted/ under the right student and lab, whatever their names, and nothing is lost."""

from __future__ import annotations

import datetime
import io
import os
import zipfile

import pytest

from grader.__main__ import main
from grader.course import Course
from grader.intake import find_submissions
from grader.marking.autograded import read_time
from tests.grader import tiny_course
from tests.grader.tiny_course import LAB

NAMES = ("1-double.ipynb", "2-square.ipynb")


@pytest.fixture
def course(tmp_path):
    return tiny_course.build_files(tmp_path / "course")


def packed(*names, content=b"{}", folder=LAB):
    """A zip as hand_in.py makes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names or NAMES:
            archive.writestr(f"{folder}/{name}" if folder else name, content)
    return out.getvalue()


def put(path, content, when=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if when:
        os.utime(path, (when, when))


def collect(course, *words):
    return main(["--course", str(course.root), "collect", *map(str, words)])


@pytest.mark.parametrize(
    ("place", "student"),
    [
        ("ada/1-tiny-hand-in.zip", "ada"),
        ("1-tiny-hand-in-ada.zip", "ada"),
        ("1-tiny-hand-in-ada (1).zip", "ada"),
        ("Ada Lovelace_48213_assignsubmission_file_/1-tiny-hand-in.zip", "Ada Lovelace"),
        ("Ada Lovelace_48213_assignsubmission_file/1-tiny-hand-in.zip", "Ada Lovelace"),
        ("Ada Lovelace_48213_assignsubmission_file_1-tiny-hand-in.zip", "Ada Lovelace"),
        ("lovelaceada_2291_88123_1-tiny-hand-in-1.zip", "lovelaceada"),
        ("lovelaceada_LATE_2291_88123_1-tiny-hand-in.zip", "lovelaceada"),
    ],
)
@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "one zip"])
def test_the_student_is_found_as_platforms_name_them(course, tmp_path, place, student, as_zip, capsys):
    uploads = tmp_path / "uploads"
    put(uploads / place, packed())
    if as_zip:
        with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
            archive.write(uploads / place, place)
        uploads = tmp_path / "class.zip"
    assert collect(course, uploads) == 0
    assert capsys.readouterr().out == f"{student}, {LAB}: 2 notebooks\n"
    assert {p.name for p in (course.root / "submitted" / student / LAB).iterdir()} == set(NAMES)


def test_grading_takes_what_was_collected(course, tmp_path):
    put(tmp_path / "uploads" / "Ada Lovelace_1_assignsubmission_file_" / "x.zip", packed())
    collect(course, tmp_path / "uploads")
    listing = find_submissions(course.root / "submitted", course.lab(LAB))
    assert [(s.raw, sorted(s.files)) for s in listing.submissions] == [
        ("Ada Lovelace", ["1-double", "2-square"])
    ]
    assert listing.problems == []


def test_two_students_of_one_name_stay_two(course, tmp_path):
    for number in (1, 2):
        put(
            tmp_path / "up" / f"Ada_{number}_assignsubmission_file_" / "x.zip", packed(content=b"%d" % number)
        )
    assert collect(course, tmp_path / "up") == 0
    texts = {p.name: (p / LAB / NAMES[0]).read_text() for p in (course.root / "submitted").iterdir()}
    assert texts == {"Ada_1": "1", "Ada_2": "2"}


def test_a_second_hand_in_replaces_the_first_which_is_kept(course, tmp_path, capsys):
    submitted = course.root / "submitted"
    for content in (b"first", b"second", b"second"):
        put(tmp_path / "up" / "ada" / "x.zip", packed(content=content))
        assert collect(course, tmp_path / "up") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1] == f"ada, {LAB}: 2 notebooks; the earlier ones are in submitted/.earlier/ada/"
    assert said[2] == f"ada, {LAB}: unchanged"
    assert (submitted / "ada" / LAB / NAMES[0]).read_bytes() == b"second"
    assert [p.read_bytes() for p in submitted.glob(f".earlier/ada/*/{NAMES[0]}")] == [b"first"]
    assert len(find_submissions(submitted, course.lab(LAB)).submissions) == 1


def test_of_several_files_the_newest_counts(course, tmp_path, capsys):
    put(tmp_path / "up" / "ada" / "a.zip", packed(content=b"new"), when=2_000_000_000)
    put(tmp_path / "up" / "ada" / "b.zip", packed(content=b"old"), when=1_000_000_000)
    assert collect(course, tmp_path / "up") == 0
    assert "the newest of several files (left: ada/b.zip)" in capsys.readouterr().out
    assert (course.root / "submitted" / "ada" / LAB / NAMES[0]).read_bytes() == b"new"


def test_lone_notebooks_are_taken_together(course, tmp_path):
    put(tmp_path / "up" / "ada_12_34_1-double.ipynb", b"one")
    put(tmp_path / "up" / "ada_12_35_2-square.ipynb", b"two")
    assert collect(course, tmp_path / "up") == 0
    found = {p.name: p.read_bytes() for p in (course.root / "submitted" / "ada" / LAB).iterdir()}
    assert found == {"1-double.ipynb": b"one", "2-square.ipynb": b"two"}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("1-tiny-hand-in.zip", packed(), "whose is it?"),
        ("ada/x.zip", b"PK no zip", "cannot be unpacked"),
        ("ada/x.zip", packed("notes.txt"), "holds no notebook"),
        ("ada/x.zip", packed("holiday.ipynb", folder=""), "which lab is it of?"),
        ("ada/x.zip", packed()[:-40], "cannot be unpacked"),
    ],
)
def test_what_cannot_be_taken_is_told_and_stops_nobody(course, tmp_path, capsys, name, content, words):
    put(tmp_path / "up" / name, content)
    put(tmp_path / "up" / "ben" / "x.zip", packed())
    assert collect(course, tmp_path / "up") == 1
    out = capsys.readouterr().out
    assert f"ben, {LAB}: 2 notebooks" in out
    assert words in out
    assert sorted(p.name for p in (course.root / "submitted").iterdir()) == ["ben"]


def test_names_in_a_zip_lead_nowhere_else(course, tmp_path):
    hostile = io.BytesIO()
    with zipfile.ZipFile(hostile, "w") as archive:
        archive.writestr(f"../../../{LAB}/1-double.ipynb", b"up")
        archive.writestr("/etc/2-square.ipynb", b"root")
        archive.writestr(f"{LAB}/link.txt", b"x")
    put(tmp_path / "up" / "ada" / "x.zip", hostile.getvalue())
    before = {p for p in tmp_path.rglob("*") if "submitted" not in p.parts}
    assert collect(course, tmp_path / "up") == 0
    assert {p for p in tmp_path.rglob("*") if "submitted" not in p.parts} == before
    assert {p.name for p in (course.root / "submitted" / "ada" / LAB).iterdir()} == set(NAMES)


def test_a_zip_that_would_fill_the_disk_is_refused(course, tmp_path, capsys):
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(f"{LAB}/1-double.ipynb", "w") as file,
    ):
        for _ in range(90):
            file.write(bytes(1 << 20))
    put(tmp_path / "up" / "ada" / "x.zip", out.getvalue())
    assert collect(course, tmp_path / "up") == 1
    assert "holds more than 80 MB" in capsys.readouterr().out
    assert list((course.root / "submitted").iterdir()) == []


def test_a_folder_that_is_not_there_is_told(course, tmp_path, capsys):
    assert collect(course, tmp_path / "nowhere") == 2
    assert "name the folder or the zip" in capsys.readouterr().err


def test_the_lab_can_be_named(tmp_path):
    course = Course(tiny_course.build_files(tmp_path / "course").root)
    put(tmp_path / "up" / "ada" / "x.zip", packed("mine.ipynb", folder=""))
    assert collect(course, tmp_path / "up", "--lab", LAB) == 0
    assert (course.root / "submitted" / "ada" / LAB / "mine.ipynb").exists()


def test_with_times_the_time_of_the_file_is_that_of_the_hand_in(course, tmp_path):
    put(tmp_path / "up" / "ada" / "x.zip", packed(), when=1_800_000_000)
    assert collect(course, tmp_path / "up", "--times") == 0
    folder = course.root / "submitted" / "ada" / LAB
    assert read_time(folder, folder.parent) == datetime.datetime(2027, 1, 15, 8)
    assert find_submissions(course.root / "submitted", course.lab(LAB)).submissions[0].extra == []


@pytest.mark.parametrize("command", [["grade"], ["report"], ["collect", "uploads"]])
def test_a_folder_that_is_no_course_is_told_and_left_alone(tmp_path, capsys, command):
    assert main(["--course", str(tmp_path / "mistyped"), *command]) == 2
    assert "mistyped is no course" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
