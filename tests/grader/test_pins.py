"""One list of pins: what installs the course with pip or conda reads requirements.txt, and each line is exact."""

import re
import tomllib

import yaml

from grader.course import course_root

ROOT = course_root()


def test_every_requirement_is_exact():
    lines = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    pins = [line for line in lines if line]
    assert "torch==2.13.0" in pins
    assert [pin for pin in pins if not re.fullmatch(r"[\w.\[\]-]+==[\w.]+( *;.*)?", pin)] == []


def test_the_conda_environment_adds_no_pin_of_its_own():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    conda = [d for d in environment["dependencies"] if isinstance(d, str)]
    pip = next(d["pip"] for d in environment["dependencies"] if isinstance(d, dict))
    assert sorted(name.split("=")[0] for name in conda) == ["pip", "python"]
    assert pip == ["-r requirements.txt", "-e ."]


def test_the_package_depends_on_the_same_pins():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["tool"]["setuptools"]["dynamic"]["dependencies"] == {"file": ["requirements.txt"]}
    assert "dependencies" not in project["project"]
