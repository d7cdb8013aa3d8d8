"""Pictures of pages for the documentation: `python -m grader.reporting.screenshot PAGE PICTURE [--width 1280] [--dark]`."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from grader.errors import GraderError

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def find_chromium() -> str | None:
    """The path of a Chromium on this machine, None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium without a window and without background traffic; raises GraderError where there is none."""
    path = find_chromium()
    if path is None:
        raise GraderError(f"no browser was found ({', '.join(NAMES)}); install Debian's chromium")
    options = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
    if os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium's own sandbox does not work for root
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=options)
        yield opened
        opened.close()


def take(page: Path, picture: Path, width: int = 1280, height: int | None = None, dark: bool = False) -> None:
    """Save a PNG of a page on this machine: its first `height` pixels, or all of it."""
    with browser() as opened:
        view = opened.new_page(
            viewport={"width": width, "height": height or 900}, color_scheme="dark" if dark else "light"
        )
        view.goto(page.resolve().as_uri())
        view.screenshot(path=picture, full_page=height is None)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m grader.reporting.screenshot", description=__doc__)
    parser.add_argument("page", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, help="default: the whole page")
    parser.add_argument("--dark", action="store_true")
    options = parser.parse_args()
    take(options.page, options.picture, options.width, options.height, options.dark)


if __name__ == "__main__":
    main()
