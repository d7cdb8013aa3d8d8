"""JupyterLab with the formgrader, as `make lab` starts it, in a real browser: from the button to the feedback page."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import tiny_course
from tiny_course import LAB

from grader.lab.server import running
from grader.marking.gradebook import open_gradebook
from grader.release import released_notebook
from grader.reporting.screenshot import browser, find_chromium

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no chromium on this machine")

PATIENCE = 120_000  # milliseconds for one step; a loaded machine is slow, and nothing here measures time
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
DOUBLE = f"""from base64 import b64decode

from IPython.display import Image, display

display(Image(data=b64decode("{PIXEL}"), format="png"))


def double(x):
    return x + x
"""
ANSWER = "Because $2x$ is *even* for $x \\in \\mathbb{Z}$."
SQUARE = "def square(x):\n    return x * abs(x)"  # wrong where x is negative
CHECK_OF_ARRAYS = '''import numpy as np

from grader.checks import check_close, exercise


@exercise("square")
class TestSquare:
    def test_of_an_array(self, student, reference):
        """an array squared"""
        numbers = np.array([1.5, 2.5, -3.5, 4.5, 5.5])
        check_close(student.square(numbers), reference.square(numbers), what="square(x)")
'''


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A class of two that handed in and was not graded."""
    course = tiny_course.build(tmp_path_factory.mktemp("formgrader") / "course")
    (course.root / "tests" / LAB / "test_2_square.py").write_text(CHECK_OF_ARRAYS)
    hand_in(course, "ann", {"double": DOUBLE, "q-why": ANSWER}, {"square": SQUARE})
    hand_in(course, "bob", {}, {})
    return course


def hand_in(course, student, *answers):
    """Put a student's notebooks into submitted/: {grade_id: answer} for each."""
    for notebook, given in zip(course.lab(LAB).notebooks, answers, strict=True):
        content = released_notebook(notebook.source)
        for cell in content.cells:
            cell.source = given.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
        tiny_course.write(content, course.root / "submitted" / student / LAB / notebook.path.name)


@pytest.fixture(scope="module")
def server(course, tmp_path_factory):
    """The address of a JupyterLab on a free port of this machine, and its token."""
    with running(course.root, tmp_path_factory.mktemp("home")) as started:
        yield started


@pytest.fixture(scope="module")
def window(server):
    """A logged-in browser; whatever it asks of another host or complains of is kept in `heard`."""
    with browser() as opened:
        context = opened.new_context(viewport={"width": 1400, "height": 900})
        context.set_default_timeout(PATIENCE)
        context.heard = []
        context.on("request", lambda request: hear_request(context, request.url))
        context.on("weberror", lambda error: context.heard.append(f"error: {error.error}"))
        page = context.new_page()
        page.goto(f"{server.address}/lab?token={server.token}&reset")
        page.wait_for_selector(".jp-FileBrowser")
        page.close()
        yield context
        context.close()


def hear_request(context, url):
    if not re.match(r"(https?|wss?)://127\.0\.0\.1:|data:|blob:|about:", url):
        context.heard.append(url)


@pytest.fixture
def page(window):
    opened = window.new_page()
    yield opened
    opened.close()
    assert window.heard == []


def open_notebook(page, server, path):
    page.goto(f"{server.address}/lab/tree/{path}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell")


def press(page, server, student, button):
    """Press a student's button in the formgrader's table of submissions and wait for its success."""
    page.goto(f"{server.address}/formgrader/manage_submissions/{LAB}")
    row = page.locator("tbody tr", has=page.locator("td.student-id", has_text=student))
    row.locator(f"td.{button} a").click()
    page.locator(".modal-title", has_text=re.compile("Success|Error")).wait_for()
    assert "Success" in page.locator(".modal-title").inner_text(), page.locator(".modal-body").inner_text()


def test_the_sidebar_shows_and_edits_what_is_graded(course, server, page):
    path = course.root / "edited.ipynb"
    path.write_text((course.root / "source" / LAB / "2-square.ipynb").read_text())
    open_notebook(page, server, path.name)
    page.get_by_title("Nbgrader Create Assignment").click()
    points = page.locator(".nbgrader-CellPoints input")
    points.last.wait_for()
    assert points.last.input_value() == "3"
    assert page.locator(".nbgrader-TotalPointsInput").input_value() == "3"
    points.last.fill("4")
    points.last.press("Tab")
    page.wait_for_function("document.querySelector('.nbgrader-TotalPointsInput').value === '4'")
    page.locator(".jp-Notebook").click()
    page.keyboard.press("Control+s")
    until(lambda: saved_points(path) == 4)


def saved_points(path):
    """The points of a notebook's last cell as saved; None while JupyterLab writes, which it does into the file itself."""
    try:
        return json.loads(path.read_text())["cells"][-1]["metadata"]["nbgrader"]["points"]
    except json.JSONDecodeError:
        return None


def test_validate_does_not_promise_what_hidden_checks_decide(server, page):
    open_notebook(page, server, f"source/{LAB}/2-square.ipynb")
    page.get_by_role("button", name="Validate").click()
    said = page.locator(".validation-success p")
    said.wait_for()
    shown = "said => [getComputedStyle(said).fontSize, getComputedStyle(said, '::after').content]"
    assert said.evaluate(shown) == [
        "0px",
        '"The visible checks pass. Hidden checks, which try other inputs, decide the points."',
    ]


def test_from_the_autograde_button_to_the_feedback_page(course, server, page):
    press(page, server, "ann", "autograde")
    with open_gradebook(course) as gradebook:
        assert gradebook.find_grade("check-double", "1-double", LAB, "ann").auto_score == 4.0
    submission = graded_by_hand(page, server)
    assert "x" in page.locator(".nbgrader_cell math").first.text_content()
    assert "One point for commutativity" in page.locator(".mark-scheme").inner_text()
    images = page.locator("#notebook img")
    assert images.count() == 1
    assert images.first.evaluate("image => getComputedStyle(image).borderTopWidth") == "0px"
    page.locator("#q-why").fill("2")
    page.locator("#q-why").press("Tab")
    page.locator("#q-why-comment").fill("Well argued.")
    page.locator("#q-why").focus()
    until(lambda: by_hand(course) == (2.0, "Well argued."))
    page.goto(submission)
    page.wait_for_function("document.querySelector('#q-why').value === '2'")
    press(page, server, "ann", "generate-feedback")
    told, other = (
        (course.root / "feedback" / "ann" / LAB / f"{name}.html").read_text()
        for name in ("1-double", "2-square")
    )
    assert "Well argued." in told
    assert "<b>2</b> of 2.5" in told
    assert "<svg" in other  # a picture of the array that differs, which the engine made
    assert "5 long: about 20% of the entries differ, only in index 2 (counted from 0)" in other
    assert "12.25" not in other


def graded_by_hand(page, server):
    """Open ann's page for manual grading by the formgrader's own links; its keys must work. Gives its address."""
    page.goto(f"{server.address}/formgrader/gradebook/{LAB}/1-double")
    page.locator("tbody a", has_text="Submission #1").click()
    page.wait_for_function("document.activeElement.classList.contains('tabbable')")
    first = page.evaluate("document.activeElement.id")
    page.keyboard.press("Tab")
    page.wait_for_function("first => document.activeElement.id !== first", arg=first)
    return page.url


def by_hand(course):
    with open_gradebook(course) as gradebook:
        grade = gradebook.find_grade("q-why", "1-double", LAB, "ann")
        return grade.manual_score, gradebook.find_comment("q-why", "1-double", LAB, "ann").manual_comment


def until(holds):
    for _ in range(600):
        if holds():
            return
        time.sleep(0.2)
    pytest.fail("it did not come to hold")
