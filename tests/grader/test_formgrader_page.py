"""The formgrader's page for manual grading, as nbgrader renders it with the course's configuration."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from nbconvert.exporters import HTMLExporter

sys.path.insert(0, str(Path(__file__).parent))
import tiny_course
from tiny_course import LAB

from grader.marking.autograded import as_notebook
from grader.plugins.formgrader import scheme_of
from grader.plugins.nbgrader_run import configuration


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return tiny_course.build_files(tmp_path_factory.mktemp("page") / "course")


@pytest.fixture(scope="module")
def render(course):
    """Renders the first notebook of the lab after `change` was applied to it."""
    configured = configuration(course)
    configured.HTMLExporter.template_name = "formgrade"
    exporter = HTMLExporter(config=configured)
    folder = course.root / "autograded" / "ann" / LAB
    folder.mkdir(parents=True)

    def rendered(change=lambda cells: None, **told):
        content = as_notebook(course.lab(LAB).notebooks[0], None)
        change({cell["id"]: cell for cell in content["cells"]})
        path = folder / "1-double.ipynb"
        path.write_text(json.dumps(content))
        shown = {"index": 0, "total": 1, "base_url": "", "notebook_path": "", "student": "ann"}
        names = {"last_name": None, "first_name": None, "assignment_id": LAB, "notebook_id": "1-double"}
        resources = {**shown, **names, "submission_id": "1", **told}
        return exporter.from_filename(str(path), resources=resources)[0]

    return rendered


def test_the_page_asks_no_other_host(render):
    page = render()
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*', page) == []
    assert "mathjax/" not in page.lower()


def test_formulas_are_set_without_a_script(render):
    page = render(lambda cells: cells["q-why"].update(source="Since $2x$ is even."))
    assert "<math" in page
    assert "$2x$" not in page


def test_what_waits_for_mathjax_is_told_that_formulas_are_ready(render):
    """Its script registers the keys only when MathJax has a hub."""
    assert "window.MathJax = {Hub: {Startup: {signal: {Interest:" in render()


def test_plots_have_no_red_frame_and_the_notebook_has_its_style(render):
    page = render()
    assert "img { border: none !important;" in page
    assert "div.input_area" in page  # the style sheet of notebooks, which nbgrader's own page leaves out


def test_a_question_shows_its_mark_scheme_once(render):
    page = render()
    assert page.count("One point for commutativity") == 1
    assert page.index("One point for commutativity") < page.index('id="q-why"')


def test_a_page_of_an_unknown_lab_is_shown_without_mark_scheme(render):
    page = render(assignment_id="9-gone")
    assert 'id="q-why"' in page
    assert "commutativity" not in page


def test_hostile_text_of_a_student_stays_text(render):
    page = render(lambda cells: cells["q-why"].update(source="<script>alert(1)</script>"))
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize(
    ("source", "scheme"),
    [
        ("Why?", ""),
        ("Why?\n=== BEGIN MARK SCHEME ===\nA\nB\n=== END MARK SCHEME ===\nEnd.", "A\nB"),
    ],
)
def test_the_scheme_is_what_stands_between_its_markers(source, scheme):
    assert scheme_of(source) == scheme
