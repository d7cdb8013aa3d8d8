"""A class without a sandbox: only by name, only here, and never quietly."""

import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from grader.batch.fleet import grade_class
from grader.batch.workers import FleetError
from grader.marking.gradebook import open_gradebook
from grader.release import released_notebook
from tests.grader.tiny_course import LAB, REPOSITORY, build, write


def test_without_a_sandbox_the_class_is_graded_with_a_loud_warning(tmp_path, capsys):
    tmp_path.chmod(0o755)
    course = build(tmp_path / "course")
    shutil.copytree(REPOSITORY / "utils", course.root / "utils", dirs_exist_ok=True)
    content = released_notebook(course.lab(LAB).notebook("2-square").source)
    content.cells[0].source = "def square(x):\n    return x * x"
    write(content, course.root / "submitted" / "ann" / LAB / "2-square.ipynb")
    try:
        outcome = grade_class(course, mode="unsafe")
    except FleetError as error:
        assert "WARNING: NO SANDBOX" in capsys.readouterr().err
        if os.geteuid() == 0 and not all(
            folder.stat().st_mode & stat.S_IXOTH for folder in Path(sys.base_prefix).parents
        ):
            pytest.skip(
                "this Python lies in root's own folder, where the account that grades may not read it"
            )
        raise error
    assert outcome.exit_status == 0
    assert "WARNING: NO SANDBOX" in capsys.readouterr().err
    with open_gradebook(course) as gradebook:
        assert gradebook.find_submission(LAB, "ann").score == 3.0


def test_a_cluster_is_never_without_a_sandbox(tmp_path):
    with pytest.raises(FleetError, match="this machine only"):
        grade_class(build(tmp_path / "course"), scheduler="tcp://127.0.0.1:9", mode="unsafe")
