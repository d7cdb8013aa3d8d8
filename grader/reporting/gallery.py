"""The pictures of the documentation, taken of the demonstration's pages: `make pictures`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

from grader.course import course_root
from grader.errors import GraderError
from grader.lab.server import Server, running
from grader.reporting.screenshot import browser, take

LAB, NOTEBOOK = "3-backprop", "1-by-hand"
WIDTH, HEIGHT = 1100, 900
LARGEST = 300_000  # bytes of one picture
WAIT = 120_000  # milliseconds


def main() -> int:
    """Take every picture; 1 when one is too large for the documentation."""
    demo, images = course_root() / "demo", course_root() / "docs" / "images"
    pages = {
        "feedback": demo / "feedback" / "carla" / LAB / f"{NOTEBOOK}.html",
        "report": demo / "reports" / f"{LAB}.html",
        "course": demo / "reports" / "index.html",
    }
    difference = demo / "feedback" / "farid" / LAB / f"{NOTEBOOK}.html"
    missing = [str(page) for page in [*pages.values(), difference] if not page.is_file()]
    if missing:
        raise GraderError(f"{missing[0]} is not there; run `make demo` first")
    images.mkdir(parents=True, exist_ok=True)
    for name, page in pages.items():
        take(page, images / f"{name}.png", WIDTH, HEIGHT)
    with tempfile.TemporaryDirectory() as home, running(demo, Path(home)) as server, browser() as opened:
        context = opened.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        context.set_default_timeout(WAIT)
        _difference(context.new_page(), difference, images / "difference.png")
        _log_in(context, server)
        _manual_grading(context.new_page(), server, images / "formgrader.png")
        _sidebar(context.new_page(), server, images / "jupyterlab.png")
    return _report(sorted(images.glob("*.png")))


def _difference(page: Page, path: Path, picture: Path) -> None:
    """The row of an exercise with a picture of where an array differs."""
    page.goto(path.resolve().as_uri())
    page.locator("tr:has(.drawings)").first.screenshot(path=picture)


def _log_in(context: BrowserContext, server: Server) -> None:
    page = context.new_page()
    page.goto(f"{server.address}/lab?token={server.token}&reset")
    page.wait_for_selector(".jp-FileBrowser")
    page.close()


def _manual_grading(page: Page, server: Server, picture: Path) -> None:
    """A question that waits for a person, with its mark scheme."""
    page.goto(f"{server.address}/formgrader/gradebook/{LAB}/{NOTEBOOK}")
    waits = page.locator("tbody tr", has=page.locator(".needs-manual-grade .glyphicon"))
    waits.first.locator("a", has_text="Submission #").first.click()
    scheme = page.locator(".mark-scheme").first
    scheme.wait_for()
    page.wait_for_function("document.activeElement.classList.contains('tabbable')")
    page.evaluate("jQuery.fx.off = true; jQuery('html, body').stop(true)")
    scheme.evaluate("scheme => { scheme.scrollIntoView(); scrollBy(0, -250); }")
    page.screenshot(path=picture)


def _sidebar(page: Page, server: Server, picture: Path) -> None:
    """An instructor's notebook with nbgrader's sidebar."""
    page.goto(f"{server.address}/lab/tree/source/{LAB}/{NOTEBOOK}.ipynb?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.get_by_title("Nbgrader Create Assignment").click()
    page.locator(".nbgrader-TotalPointsInput").wait_for()
    page.screenshot(path=picture)


def _report(pictures: list[Path]) -> int:
    large = [picture for picture in pictures if picture.stat().st_size > LARGEST]
    for picture in pictures:
        print(f"{picture}  {picture.stat().st_size // 1000} kB{'  too large' if picture in large else ''}")
    return 1 if large else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except GraderError as error:
        sys.exit(f"grader: {error}")
