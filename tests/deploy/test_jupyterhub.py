"""A class on JupyterHub in a real browser, from the release to the feedback that two students read.

Everything is pressed in the pages that students and teachers use, but one: the answers are not typed into cells.
They are saved through the contents API of the student's own server, from within the logged-in page, which is the
request that JupyterLab makes when a notebook is saved.
"""

from __future__ import annotations

import json
import re
import sys

import pytest
from traitlets.config import PyFileConfigLoader

from grader.marking.gradebook import open_gradebook
from grader.reporting.screenshot import browser
from tests.deploy import hub as deployed
from tests.grader import tiny_course
from tests.grader.tiny_course import LAB

PATIENCE = 120_000  # milliseconds for one step; a loaded machine is slow, and nothing here measures time
RIGHT = {"double": "def double(x):\n    return 2 * x", "limit": "limit = 42.0", "q-why": "Twice a number."}
SQUARE = "def square(x):\n    return x * x"
WRONG_SQUARE = "def square(x):\n    return 4"
ASK = """async ([method, path, body]) => {
    const token = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)[1];
    const answer = await fetch(path, {method, body, headers: {"X-XSRFToken": token}});
    return [answer.status, await answer.text()];
}"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return tiny_course.build(tmp_path_factory.mktemp("jupyterhub") / "course")


@pytest.fixture(scope="module")
def hub(course):
    with deployed.running(course.root, course.root.parent / "state") as started:
        yield started


@pytest.fixture(scope="module")
def logged_in(hub):
    """A function that logs a user in and gives the page of their JupyterLab; each has a browser of their own."""
    with browser() as opened:

        def log_in(name, password=deployed.STUDENT_PASSWORD):
            context = opened.new_context(viewport={"width": 1400, "height": 900})
            context.set_default_timeout(PATIENCE)
            page = context.new_page()
            page.goto(f"{hub.address}/hub/login?next=/hub/user-redirect/lab")
            page.fill("#username_input", name)
            page.fill("#password_input", password)
            page.click("#login_submit")
            page.wait_for_url(re.compile(f"/user/{name}/lab"))
            page.wait_for_selector(".jp-FileBrowser")
            return page

        yield log_in


def ask(page, method, path, content=None):
    """A request to the user's own server from within the page, with the page's cookie; gives the answer's JSON."""
    status, text = page.evaluate(ASK, [method, path, content and json.dumps(content)])
    assert status < 300, text
    return json.loads(text)


def write(page, student, notebook, answers):
    """Save answers in a student's notebook."""
    path = f"/user/{student}/api/contents/{LAB}/{notebook}.ipynb"
    content = ask(page, "GET", path)["content"]
    for cell in content["cells"]:
        cell["source"] = answers.get(cell["metadata"].get("nbgrader", {}).get("grade_id"), cell["source"])
    ask(page, "PUT", path, {"type": "notebook", "format": "json", "content": content})


def choose(page, entry):
    """Choose an entry of JupyterLab's menu Nbgrader."""
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name=entry, exact=True).click()


def assignments(page, hub, student):
    """Open the student's Assignment List."""
    page.goto(f"{hub.address}/user/{student}/lab?reset")
    choose(page, "Assignment List")
    page.locator("#released_assignments_list").wait_for()


def press_for_lab(page, hub, button):
    """Press a lab's button in the teacher's Manage Assignments and wait for its success."""
    page.goto(f"{hub.address}/user/teacher/formgrader/manage_assignments")
    succeed(page, page.locator("tbody tr", has_text=LAB).locator(f"td.{button} a"))


def press_for_student(page, hub, student, button):
    """Press a student's button in the teacher's Manage Submissions and wait for its success."""
    page.goto(f"{hub.address}/user/teacher/formgrader/manage_submissions/{LAB}")
    row = page.locator("tbody tr", has=page.locator("td.student-id", has_text=student))
    succeed(page, row.locator(f"td.{button} a"))


def succeed(page, button):
    button.click()
    page.locator(".modal-title", has_text=re.compile("Success|Error")).wait_for()
    assert "Success" in page.locator(".modal-title").inner_text(), page.locator(".modal-body").inner_text()


def work(page, hub, student, square):
    """Fetch the lab, write the answers, validate a notebook and submit, as a student does."""
    assignments(page, hub, student)
    page.locator("#released_assignments_list").get_by_role("button", name="Fetch").click()
    page.locator("#fetched_assignments_list").get_by_role("button", name="Submit").wait_for()
    assert (hub.state / "home" / student / LAB / "utils" / "__init__.py").is_file()
    write(page, student, "1-double", RIGHT)
    write(page, student, "2-square", {"square": square})
    page.goto(f"{hub.address}/user/{student}/lab/tree/{LAB}/2-square.ipynb?reset")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    page.get_by_role("button", name="Validate").click()
    page.locator(".validation-success").wait_for()
    assignments(page, hub, student)
    page.locator("#fetched_assignments_list").get_by_role("button", name="Submit").click()
    page.locator("#submitted_assignments_list").get_by_text(LAB).first.wait_for()


def feedback(page, hub, student):
    """Fetch the feedback in the Assignment List; gives the text of the second notebook's page."""
    assignments(page, hub, student)
    page.locator("#submitted_assignments_list").get_by_role("button", name="Fetch Feedback").click()
    page.locator("#submitted_assignments_list").get_by_text("view feedback").first.wait_for()
    (page_of,) = (hub.state / "home" / student / LAB / "feedback").glob("*/2-square.html")
    page.goto(f"{hub.address}/user/{student}/files/{page_of.relative_to(hub.state / 'home' / student)}")
    return page.locator("body").inner_text()


@pytest.mark.skipif(bool(deployed.missing()), reason=f"missing: {deployed.missing()}")
def test_a_class_of_two_from_the_release_to_the_feedback(course, hub, logged_in):
    teacher = logged_in("teacher", deployed.TEACHER_PASSWORD)
    choose(teacher, "Formgrader")
    teacher.frame_locator("#formgrader-iframe iframe").locator("tbody tr", has_text=LAB).wait_for()
    press_for_lab(teacher, hub, "assign")
    press_for_lab(teacher, hub, "release")
    ann, bob = logged_in("ann"), logged_in("bob")
    work(ann, hub, "ann", SQUARE)
    work(bob, hub, "bob", WRONG_SQUARE)
    assert hub.listening() == {"127.0.0.1"}
    press_for_lab(teacher, hub, "collect")
    for student in ("ann", "bob"):
        press_for_student(teacher, hub, student, "autograde")
    with open_gradebook(course) as gradebook:
        scores = {s: gradebook.find_submission(LAB, s).score for s in ("ann", "bob")}
    assert scores == {"ann": 8.5, "bob": 5.5}  # 2.5 points wait for the teacher
    press_for_lab(teacher, hub, "generate-feedback")
    press_for_lab(teacher, hub, "release-feedback")
    assert "3 of 3" in feedback(ann, hub, "ann")
    assert "0 of 3" in feedback(bob, hub, "bob")
    closed = ann.goto(f"{hub.address}/user/ann/formgrader")
    assert closed.status == 404
    assert ann.goto(f"{hub.address}/user/bob/lab").status in (403, 404)


def load(tmp_path, monkeypatch, **changes):
    """The configuration as the hub reads it, with changes to the environment; None takes a variable out."""
    course = tiny_course.build_files(tmp_path / "course")
    settings = (
        deployed.environment(course.root, tmp_path / "state") | {"CLASS_PROXY": sys.executable} | changes
    )
    for name, value in settings.items():
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value.format(course=course.root))
    return PyFileConfigLoader(deployed.CONFIG.name, str(deployed.DEPLOY)).load_config()


def test_everything_is_bound_to_loopback_and_kept_outside_of_the_course(tmp_path, monkeypatch):
    config = load(tmp_path, monkeypatch)
    bound = (config.JupyterHub.bind_url, config.JupyterHub.hub_bind_url, config.ConfigurableHTTPProxy.api_url)
    assert all(url.startswith("http://127.0.0.1:") for url in bound)
    assert config.Spawner.ip == "127.0.0.1"
    assert {path.name for path in (tmp_path / "state").iterdir()} == {"exchange", "home"}
    assert (tmp_path / "state").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"CLASS_STUDENTS": None}, "set CLASS_STUDENTS"),
        ({"CLASS_STUDENTS": "ann,../bob"}, "'../bob'"),
        ({"CLASS_STUDENTS": "ann,teacher"}, "teacher and student at once: teacher"),
        ({"CLASS_STUDENT_PASSWORD": None}, "set CLASS_STUDENT_PASSWORD"),
        ({"CLASS_TEACHER_PASSWORD": "short"}, "at least 32"),
        ({"CLASS_PORT": "http"}, "no port"),
        ({"CLASS_PROXY": "no-such-program"}, "npm install"),
        ({"CLASS_STATE": "{course}/state"}, "take a folder outside"),
        ({"CLASS_COURSE": "{course}/source"}, "no nbgrader_config.py"),
    ],
)
def test_a_wrong_setting_is_named_before_the_hub_starts(tmp_path, monkeypatch, changes, said):
    with pytest.raises(SystemExit, match=re.escape(said)):
        load(tmp_path, monkeypatch, **changes)
