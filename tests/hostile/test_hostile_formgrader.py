"""nbgrader's formgrader shows a student's text to a teacher: nothing of it may be live there either."""

import os
import re
import sys
from pathlib import Path

import nbformat
import nbgrader.server_extensions.formgrader as formgrader
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

sys.path.insert(0, str(Path(__file__).parent))
from causes_pages import ALIVE
from hostile_course import REPOSITORY, instructors, named, plain, released, submission

from grader.intake import take_in
from grader.limits import Limits

TEMPLATES = os.path.join(os.path.dirname(formgrader.__file__), "templates")
WORDS = ("assignment_id", "notebook_id", "submission_id", "base_url", "student", "last_name", "first_name")
RESOURCES = {"index": 0, "total": 1, "notebook_path": "x"} | dict.fromkeys(WORDS, "x")


def course_config() -> Config:
    """The course's nbgrader_config.py as nbgrader reads it."""
    config = Config()
    path = REPOSITORY / "nbgrader_config.py"
    exec(compile(path.read_text(), str(path), "exec"), {"get_config": lambda: config, "__file__": str(path)})
    return config


def page(config: Config, notebook) -> str:
    """The formgrader's page of a notebook."""
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [TEMPLATES]
    return HTMLExporter(config=config).from_notebook_node(notebook, resources=RESOURCES)[0]


def handed_in():
    notebook = submission()
    named(notebook, "q-why").source = f"Because **exp** overflows. {ALIVE} [a](javascript:alert(1))"
    notebook.cells += [plain(f"note {ALIVE}", "markdown"), nbformat.v4.new_raw_cell(f"raw {ALIVE}")]
    raw = nbformat.writes(notebook).encode()
    return take_in(raw, instructors(), released(), Limits()).notebook


LIVE = re.compile(r"@MARK@'?<|<[^>]*onerror=|<svg onload|javascript:alert\(1\)\"|<script>document\.title")


def test_the_formgrader_shows_no_live_markup_of_a_student():
    shown = page(course_config(), handed_in())
    assert LIVE.search(shown) is None
    assert "<strong>exp</strong>" in shown


def test_the_formgrader_as_it_comes_would_show_it():
    assert LIVE.search(page(Config(), handed_in())) is not None
