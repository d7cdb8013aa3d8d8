"""Submissions that are no plain files: links, pipes, devices, folders, and files that lie beside a notebook."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import hostile_course
from hostile_course import LAB, NAME, submission
from hostile_traps import Traps

from grader.intake import Ungradable, find_submissions, read_submission
from grader.limits import Limits

FILE = f"{NAME}.ipynb"


@pytest.fixture
def course(tmp_path):
    return hostile_course.build(tmp_path / "course")


def link_to_the_source(folder: Path) -> None:
    (folder / FILE).symlink_to(f"../../../source/{LAB}/{FILE}")


def link_to_a_neighbour(folder: Path) -> None:
    (folder / FILE).symlink_to(f"../../innocent/{LAB}/{FILE}")


def link_that_leads_to_itself(folder: Path) -> None:
    (folder / FILE).symlink_to(FILE)


def link_to_nothing(folder: Path) -> None:
    (folder / FILE).symlink_to("/nowhere")


def link_to_endless_zeros(folder: Path) -> None:
    (folder / FILE).symlink_to("/dev/zero")


def named_pipe(folder: Path) -> None:
    os.mkfifo(folder / FILE)


def folder_of_that_name(folder: Path) -> None:
    (folder / FILE).mkdir()


def file_of_a_terabyte(folder: Path) -> None:
    with open(folder / FILE, "wb") as file:
        file.truncate(1 << 40)


def socket_of_that_name(folder: Path) -> None:
    here = os.getcwd()
    os.chdir(folder)
    try:
        socket.socket(socket.AF_UNIX).bind(FILE)
    finally:
        os.chdir(here)


WAYS = [
    link_to_the_source,
    link_to_a_neighbour,
    link_that_leads_to_itself,
    link_to_nothing,
    link_to_endless_zeros,
    named_pipe,
    folder_of_that_name,
    file_of_a_terabyte,
    socket_of_that_name,
]


def hand_in(course, student: str) -> Path:
    folder = course.root / "submitted" / student / LAB
    folder.mkdir(parents=True)
    return folder


def read(course, student: str) -> bytes:
    """The bytes of a student's notebook, found and read as the grader does."""
    submitted = course.root / "submitted"
    listing = find_submissions(submitted, course.lab(LAB))
    found = next(s for s in listing.submissions if s.student == student)
    if NAME not in found.files:
        raise Ungradable(found.missing[NAME])
    return read_submission(found.files[NAME], Limits(), submitted)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.replace("_", " "))
def test_only_a_regular_file_is_read(course, way):
    innocent = nbformat.writes(submission()).encode()
    (hand_in(course, "innocent") / FILE).write_bytes(innocent)
    way(hand_in(course, "hostile"))
    with pytest.raises(Ungradable) as caught:
        read(course, "hostile")
    assert "shifted_by_the_largest" not in caught.value.reason
    assert read(course, "innocent") == innocent


def test_a_lab_folder_that_is_a_link_is_not_entered(course):
    other = hand_in(course, "innocent")
    (other / FILE).write_bytes(nbformat.writes(submission()).encode())
    (course.root / "submitted" / "hostile").mkdir()
    (course.root / "submitted" / "hostile" / LAB).symlink_to(other)
    with pytest.raises(Ungradable):
        read(course, "hostile")


def test_a_folder_exchanged_for_a_link_between_finding_and_reading_is_not_entered(course):
    folder = hand_in(course, "hostile")
    (folder / FILE).write_bytes(b"{}")
    submitted = course.root / "submitted"
    path = find_submissions(submitted, course.lab(LAB)).submissions[0].files[NAME]
    (folder / FILE).unlink()
    folder.rmdir()
    folder.symlink_to(course.root / "source" / LAB)
    with pytest.raises(Ungradable):
        read_submission(path, Limits(), submitted)


@pytest.mark.parametrize("name", ["a\nb", "-rf", "*", "~root", "$(id)", "x" * 200, "Zoë <b>", "\u202eevil"])
def test_a_name_that_is_no_id_becomes_one(course, name):
    hand_in(course, name).joinpath(FILE).write_bytes(nbformat.writes(submission()).encode())
    (found,) = find_submissions(course.root / "submitted", course.lab(LAB)).submissions
    assert all(letter.isascii() and (letter.isalnum() or letter in "._-") for letter in found.student)
    assert found.student[0].isalnum()
    assert len(found.student) <= 64


def test_files_beside_the_notebook_never_travel_into_the_sandbox(course, tmp_path):
    folder = hand_in(course, "hostile")
    (folder / FILE).write_bytes(nbformat.writes(submission()).encode())
    for name in ("torch.py", "numpy.py", "sitecustomize.py", "conftest.py", "nbgrader_config.py"):
        (folder / name).write_text("raise SystemExit('taken in')")
    (folder / "data.txt").symlink_to("/etc/passwd")
    (found,) = find_submissions(course.root / "submitted", course.lab(LAB)).submissions
    assert set(found.files) == {NAME}
    assert {"torch.py", "data.txt"} <= set(found.extra)


def test_the_traps_see_what_they_must(tmp_path):
    watched = tmp_path / "watched"
    watched.mkdir()
    traps = Traps(tmp_path / "traps", [watched])
    assert traps.sprung() == []
    (watched / "new").write_text("x")
    with socket.create_connection(("127.0.0.1", traps.port)):
        pass
    while not traps.visitors:
        pass
    assert len(traps.sprung()) == 2
    traps.close()
