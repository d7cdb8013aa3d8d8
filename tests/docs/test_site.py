"""The site is built without a dead link or anchor; so are the links of the files beside it."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from tests.docs.pages import REPOSITORY

LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]*)(#[^)\s]*)?\)")


def build(config, target):
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "-f",
            str(config),
            "-d",
            str(target),
        ],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_site_is_built_and_has_no_dead_link(tmp_path):
    done = build(REPOSITORY / "mkdocs.yml", tmp_path / "site")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "site" / "index.html").is_file()
    cover = (tmp_path / "site" / "coverage.html").read_text()
    with open(REPOSITORY / "docs" / "coverage.csv", newline="") as lines:
        assert [
            row["home"] for row in csv.DictReader(lines) if f"<code>{row['home']}</code>" not in cover
        ] == []
    assert not (tmp_path / "site" / "hooks").exists()


@pytest.mark.parametrize("link", ["[x](nowhere.md)", "[x](other.md#no-such-part)", "![x](images/none.png)"])
def test_a_dead_link_would_be_found(tmp_path, link):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# Start\n\n{link}\n")
    (tmp_path / "docs" / "other.md").write_text("# Other\n")
    text = (REPOSITORY / "mkdocs.yml").read_text()
    (tmp_path / "mkdocs.yml").write_text(text[: text.index("nav:")])
    shutil.copytree(REPOSITORY / "docs" / "hooks", tmp_path / "docs" / "hooks")
    done = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert done.returncode != 0
    assert "Aborted with 1 warnings in strict mode" in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md"])
def test_links_of_a_file_of_the_repository_lead_somewhere(name):
    page = REPOSITORY / name
    for path, _ in LINK.findall(page.read_text()):
        assert (page.parent / path).exists(), path


def test_the_picture_of_the_way_can_be_drawn_and_read_aloud():
    root = ET.parse(REPOSITORY / "docs" / "images" / "way.svg").getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}title").text
    assert root.find(f"{space}desc").text
    words = " ".join(text for text in root.itertext())
    assert all(step in words for step in ("intake", "run", "check", "mark", "tell"))
