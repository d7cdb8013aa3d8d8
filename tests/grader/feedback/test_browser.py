"""The pages in a real browser."""

from __future__ import annotations

import subprocess
import sys

import pytest

from grader.reporting.classroom import works
from grader.reporting.pages import lab_link, render_lab, render_notebook, render_student
from grader.reporting.report import render_course, render_report
from grader.results import DIFFERENCES
from grader.reporting.screenshot import browser, find_chromium

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no chromium on this machine")

WIDTHS = (1280, 800, 390)
BANK = '''from grader.checks import wrong


@wrong("backward")
def gradient_not_averaged(params, outputs, Y):
    """Every gradient is the batch size times too large.
    It looks like a sum over the batch.
    What does the mean bring?
    """
    return params
'''


@pytest.fixture(scope="module")
def chromium():
    with browser() as opened:
        yield opened


@pytest.fixture
def pages(lab, graded, tmp_path):
    """A page of each kind as a file."""
    differs = {"name": "grads['Wy']", "got": [2, 3], "expected": [2, 3], "rows": ["000", "312"]}
    shape = {"name": "grads['Wh']", "got": [3, 4], "expected": [4, 3], "rows": []}
    graded.notebook.metadata[DIFFERENCES] = {"backward": {"a batch stacked twice": [differs, shape]}}
    lab.checks.mkdir(parents=True)
    lab.notebook("1-by-hand").bank.write_text(BANK)
    students = [(f"student-{n}", graded.result) for n in range(25)]
    found = works(lab, students, suspicious={("student-3", "1-by-hand"): ["`sgd`: line 1 uses ctypes."]})
    made = {
        "1-by-hand": render_notebook(lab, graded, "ada"),
        "index": render_lab(lab, [graded.result], "ada"),
        "report": render_report(lab, found),
        "course": render_course(lab.course, {lab.name: found}, ["zoe"]),
        "student": render_student("ada", [lab_link(lab, [graded.result])]),
    }
    for name, page in made.items():
        (tmp_path / f"{name}.html").write_text(page)
    return [tmp_path / f"{name}.html" for name in made]


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_every_width_ask_nobody_and_have_no_errors(chromium, pages, width):
    for path in pages:
        heard = []
        view = chromium.new_page(viewport={"width": width, "height": 900})
        view.on("console", lambda message, heard=heard: heard.append(message.text))
        view.on("request", lambda request, heard=heard: heard.append(request.url))
        view.goto(path.as_uri())
        assert view.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert [url for url in heard if not url.startswith("data:")] == [path.as_uri()]
        view.close()


def test_details_open_by_keyboard(chromium, pages):
    view = chromium.new_page()
    view.goto(pages[0].as_uri())
    fold = view.locator("#exercise-3 details")
    assert not fold.evaluate("fold => fold.open")
    fold.locator("summary").focus()
    view.keyboard.press("Enter")
    assert fold.evaluate("fold => fold.open")


def test_the_first_tab_offers_to_skip_to_the_result(chromium, pages):
    view = chromium.new_page()
    view.goto(pages[0].as_uri())
    view.keyboard.press("Tab")
    assert view.evaluate("document.activeElement.textContent") == "Skip to the result"
    view.keyboard.press("Enter")
    assert view.evaluate("document.activeElement.id") == "main"


def test_the_switch_of_the_report_shows_names(chromium, pages):
    view = chromium.new_page()
    view.goto(pages[2].as_uri())
    name = view.get_by_text("student-3", exact=True).first
    view.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert not name.is_visible()
    view.get_by_label("Show names").check()
    assert name.is_visible()


def test_dark_and_light_differ(chromium, pages):
    colours = set()
    for scheme in ("light", "dark"):
        view = chromium.new_page(color_scheme=scheme)
        view.goto(pages[0].as_uri())
        colours.add(view.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2


def test_everything_folded_is_printed(chromium, pages):
    view = chromium.new_page()
    view.goto(pages[0].as_uri())
    view.emulate_media(media="print")
    assert (
        view.get_by_text("The gradient doubled.").evaluate("said => said.getBoundingClientRect().height") > 0
    )


def test_no_accessibility_fault_is_found(chromium, pages):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    for path in pages:
        for width in (WIDTHS[0], WIDTHS[-1]):  # tables become lists between them
            context = chromium.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
            view = context.new_page()
            view.goto(path.as_uri())
            view.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
            found = axe.Axe().run(view)
            assert found.violations_count == 0, found.generate_report()
            context.close()


def test_a_screenshot_is_a_picture_of_the_asked_size(pages, tmp_path):
    command = [sys.executable, "-m", "grader.reporting.screenshot", str(pages[0]), str(tmp_path / "page.png")]
    subprocess.run([*command, "--width", "390", "--height", "700", "--dark"], check=True)
    data = (tmp_path / "page.png").read_bytes()
    assert (int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")) == (390, 700)
