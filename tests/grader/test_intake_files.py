"""Only regular files are read, and every odd entry of a folder of submissions is told, none raises."""

import os
import socket
import tempfile
import time
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.course import Course
from grader.intake import Ungradable, clean_id, clean_ids, find_submissions, read_submission
from grader.intake import listing as intake_listing
from grader.intake.ids import SAFE
from grader.limits import Limits

LIMITS = Limits()
SMALL = LIMITS.but(submission_bytes=1000)


def reason(path, limits=SMALL, below=None):
    start = time.monotonic()
    with pytest.raises(Ungradable) as caught:
        read_submission(path, limits, below)
    assert time.monotonic() - start < 1
    return caught.value.reason


def test_a_file_is_read_up_to_the_limit(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_bytes(b"x" * 1000)
    assert read_submission(path, SMALL) == b"x" * 1000
    path.write_bytes(b"x" * 1001)
    assert "clear all outputs" in reason(path)


def test_fifty_megabytes_are_refused_unread(tmp_path):
    path = tmp_path / "a.ipynb"
    with path.open("wb") as file:
        file.truncate(50 << 20)
    assert "50.0 MB" in reason(path, LIMITS)


def test_a_file_that_hides_its_size_is_read_no_further_than_the_limit():
    assert "more than the limit" in reason(Path("/proc/self/smaps"), LIMITS.but(submission_bytes=100))


def test_links_pipes_folders_sockets_and_devices_are_refused(tmp_path):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "link.ipynb").symlink_to("secret")
    (tmp_path / "loop.ipynb").symlink_to("loop.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    os.mkfifo(tmp_path / "pipe.ipynb")
    with tempfile.TemporaryDirectory(dir="/tmp") as short, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{short}/socket.ipynb")
        assert "a socket" in reason(Path(short) / "socket.ipynb")
    assert "a symbolic link" in reason(tmp_path / "link.ipynb")
    assert "a symbolic link" in reason(tmp_path / "loop.ipynb")
    assert "a folder" in reason(tmp_path / "folder.ipynb")
    assert "a named pipe" in reason(tmp_path / "pipe.ipynb")
    assert "a device" in reason(Path("/dev/zero"))
    assert "does not exist" in reason(tmp_path / "none.ipynb")
    assert "does not exist" in reason(tmp_path / "none" / "none.ipynb")
    assert "too long" in reason(tmp_path / ("a" * 300))
    assert "could not be read" in reason(tmp_path / "a\0b")


def test_no_link_is_followed_below_the_trusted_folder(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.ipynb").write_text("solution")
    (tmp_path / "submitted" / "alice").mkdir(parents=True)
    (tmp_path / "submitted" / "alice" / "lab").symlink_to("../../source")
    path = tmp_path / "submitted" / "alice" / "lab" / "a.ipynb"
    assert "a symbolic link" in reason(path, below=tmp_path / "submitted")
    up = tmp_path / "submitted" / "alice" / ".." / ".." / "source" / "a.ipynb"
    assert "Put a real folder" in reason(up, below=tmp_path / "submitted")
    (tmp_path / "entry").symlink_to("source")
    assert read_submission(tmp_path / "entry" / "a.ipynb", SMALL, below=tmp_path / "entry") == b"solution"


def test_without_permission_the_reason_says_what_to_do():
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "a.ipynb"
        path.write_text("{}")
        path.chmod(0)
        assert as_ordinary_user(lambda: "chmod u+r" in reason(path))


def as_ordinary_user(claim):
    """What `claim` gives in a child process without root's power to read everything."""
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            os._exit(0 if claim() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@given(st.from_regex(SAFE, fullmatch=True))
def test_a_safe_id_stays_as_it_is(raw):
    assert clean_id(raw) == raw


@given(st.text(max_size=300))
def test_any_id_becomes_safe_and_stays_so(raw):
    assert SAFE.fullmatch(clean_id(raw))
    assert clean_id(clean_id(raw)) == clean_id(raw)


@given(st.sets(st.text(alphabet="aZ1-. é/*~\n\ud800", max_size=8)))
def test_different_ids_stay_different(raws):
    assert len(set(clean_ids(raws).values())) == len(raws)


@pytest.mark.parametrize(
    "raw", ["", "..", "../evil", "~root", "-rf", "a b", "a\nb", "*", "é", "a" * 65, "x/y", "a\0", "\udcff"]
)
def test_dangerous_ids_are_mapped(raw):
    assert clean_id(raw) != raw
    assert SAFE.fullmatch(clean_id(raw))


def test_a_mapped_id_is_readable():
    assert clean_id("Zoë Müller").startswith("Zoe-Muller-")


def test_who_takes_the_name_of_anothers_mapping_does_not_get_it():
    mapped = clean_id("Zoë")
    clean = clean_ids(["Zoë", mapped])
    assert clean["Zoë"] == mapped
    assert clean[mapped] != mapped


@pytest.fixture
def course(tmp_path):
    for name in ("1-by-hand", "2-autograd"):
        path = tmp_path / "source" / "3-backprop" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(), path)
    (tmp_path / "submitted").mkdir()
    return Course(tmp_path)


def hand_in(course, student, *names, lab="3-backprop"):
    folder = course.root / "submitted" / student / lab
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    return folder


def listing(course):
    return find_submissions(course.root / "submitted", course.lab("3-backprop"))


def one(course):
    (submission,) = listing(course).submissions
    return submission


def found(submission):
    return {name: path.name for name, path in submission.files.items()}


def test_a_submission_as_released_needs_no_note(course):
    folder = hand_in(
        course, "alice", "1-by-hand.ipynb", "2-autograd.ipynb", "timestamp.txt", "utils/data.py", ".DS_Store"
    )
    submission = one(course)
    assert submission.files == {name: folder / f"{name}.ipynb" for name in ("1-by-hand", "2-autograd")}
    assert (submission.notes, submission.missing, submission.extra) == ({}, {}, [])


@pytest.mark.parametrize(
    "name",
    [
        "1-by-hand (1).ipynb",
        "1-by-hand(2).ipynb",
        "Copy of 1-by-hand.ipynb",
        "1-By-Hand.ipynb",
        "1_by_hand.IPYNB",
        "1-by-hand-Copy1.ipynb",
        "1-by-hand - Copy.ipynb",
        "1-by-hand - Copy (2).ipynb",
        "1-by-hand.ipynb.txt",
        "1-by-hand.json",
        "alice_1-by-hand_final.ipynb",
        "inner/1-by-hand.ipynb",
        "1–by–hand.ipynb",
    ],
)
def test_a_renamed_notebook_is_found_and_told(course, name):
    folder = hand_in(course, "alice", name, "2-autograd.ipynb")
    submission = one(course)
    assert submission.files["1-by-hand"] == folder / name
    assert "handed in as" in submission.notes["1-by-hand"][0]
    assert submission.missing == {}


def test_the_only_notebook_left_is_taken_whatever_its_name(course):
    hand_in(course, "alice", "lab.ipynb", "2-autograd.ipynb")
    assert found(one(course))["1-by-hand"] == "lab.ipynb"


def test_a_copy_beside_the_notebook_is_an_extra_file(course):
    hand_in(course, "alice", "1-by-hand.ipynb", "1-by-hand (1).ipynb", "numpy.py")
    submission = one(course)
    assert found(submission) == {"1-by-hand": "1-by-hand.ipynb"}
    assert submission.missing == {"2-autograd": "There is no file 2-autograd.ipynb."}
    assert submission.extra == ["1-by-hand (1).ipynb", "numpy.py"]


def test_several_candidates_are_told_and_none_is_taken(course):
    hand_in(course, "alice", "1-by-hand (1).ipynb", "1-by-hand (2).ipynb", "2-autograd.ipynb")
    submission = one(course)
    assert found(submission) == {"2-autograd": "2-autograd.ipynb"}
    assert "Keep one of them" in submission.missing["1-by-hand"]


def test_links_and_folders_named_like_notebooks_are_kept_for_their_reason(course):
    folder = hand_in(course, "alice", "2-autograd.ipynb")
    (folder / "1-by-hand.ipynb").symlink_to("/etc/passwd")
    path = one(course).files["1-by-hand"]
    assert "a symbolic link" in reason(path)
    (folder / "1-by-hand.ipynb").unlink()
    (folder / "1-by-hand.ipynb").mkdir()
    assert "a folder" in reason(one(course).files["1-by-hand"])
    (folder / "1-by-hand (1).ipynb").write_text("{}")
    assert found(one(course))["1-by-hand"] == "1-by-hand (1).ipynb"


def test_odd_entries_are_told_and_stop_nobody(course):
    hand_in(course, "bob", "1-by-hand.ipynb", "2-autograd.ipynb")
    hand_in(course, "Zoë\n*", "1-by-hand.ipynb", "2-autograd.ipynb", lab="3-Backprop")
    submitted = course.root / "submitted"
    (submitted / "notes.txt").write_text("")
    (submitted / "link").symlink_to(submitted / "bob")
    os.mkfifo(submitted / "pipe")
    os.mkfifo(submitted / "bob" / "3-backprop" / "pipe.ipynb")
    (submitted / "other").mkdir()
    (submitted / "other" / "1-by-hand.ipynb").write_text("{}")
    (submitted / "carol").mkdir()
    (submitted / "carol" / "3-backprop").symlink_to("../bob/3-backprop")
    os.makedirs(os.fsencode(submitted) + b"/\xff/3-backprop")
    result = listing(course)
    assert [
        len(s.files) for s in result.submissions if s.student == "bob" or s.student.startswith("Zoe-")
    ] == [2, 2]
    carol = next(s for s in result.submissions if s.student == "carol")
    assert "a link" in carol.missing["1-by-hand"]
    assert len(result.submissions) == 4
    assert len(result.problems) == 4
    for words in [*result.problems, *(s.student for s in result.submissions)]:
        assert words.isprintable()
        words.encode()


def test_notebooks_of_no_known_name_are_told_and_none_is_taken(course):
    hand_in(course, "alice", "lab.ipynb", "other.ipynb")
    submission = one(course)
    assert submission.files == {}
    assert all("Several files" in words for words in submission.missing.values())
    assert submission.extra == ["lab.ipynb", "other.ipynb"]


def test_a_flood_of_files_is_cut_short(course, monkeypatch):
    monkeypatch.setattr(intake_listing, "MAX_ENTRIES", 30)
    hand_in(course, "alice", *(f"{n:03}.txt" for n in range(100)))
    submission = one(course)
    assert "more than 30 entries" in submission.missing["1-by-hand"]
    assert submission.extra[-1] == "and 10 more"


def test_two_folders_for_one_lab_are_told(course):
    hand_in(course, "alice", "1-by-hand.ipynb", lab="3-Backprop")
    hand_in(course, "alice", "1-by-hand.ipynb", lab="3_backprop")
    assert "several folders" in one(course).missing["2-autograd"]


def test_a_folder_that_is_not_there_is_a_problem_and_no_error(course):
    result = find_submissions(course.root / "none", course.lab("3-backprop"))
    assert result.submissions == []
    assert "could not be read" in result.problems[0]


def test_folders_within_folders_end_the_search(course):
    hand_in(course, "alice", "/".join(["a"] * 40) + "/1-by-hand.ipynb")
    assert "no file" in one(course).missing["1-by-hand"]
