"""The corpus itself: large enough, told apart by names, and harmless where there is no sandbox."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from hostile_cases import GUARD
from hostile_causes import CAUSES
from hostile_course import FULL

CASES = [case for table in CAUSES.values() for case in table]


def test_it_has_many_cases_of_every_cause():
    assert len(CASES) >= 80
    assert all(len(table) >= 2 for table in CAUSES.values())


def test_every_case_has_a_name_of_its_own_and_says_what_is_due():
    assert len({case.name for case in CASES}) == len(CASES)
    assert all(dict(case.due).keys() == FULL.keys() for case in CASES)


def test_the_guard_refuses_outside_the_sandbox():
    with pytest.raises(AssertionError, match="not in the sandbox"):
        exec(GUARD, {})


@pytest.mark.parametrize(
    "cause", [c for c in CAUSES if c.startswith(("the ", "nothing ", "tests ", "frames ", "hidden "))]
)
def test_every_hostile_cell_begins_with_the_guard(cause):
    for case in CAUSES[cause]:
        notebook = json.loads(case.raw(lambda text: text))
        sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
        risky = [
            source
            for source in sources
            if any(word in source for word in ("import os", "subprocess", "ctypes", "socket"))
        ]
        assert all(source.startswith(GUARD) for source in risky), case.name
