"""Fixtures of the hidden checks, for a plain `pytest tests/<lab>` on the instructor's own notebook."""

import pytest

pytest_plugins = ["grader.checks.plugin"]


def pytest_collection_modifyitems(items: list) -> None:
    """Under `pytest -n`, the tests of one file share a worker and its warm engine; those that run a process of
    their own for each notebook or lab are spread.
    """
    for item in items:
        spread = item.path.name in ("test_mutation_gate.py", "test_validate.py")
        item.add_marker(pytest.mark.xdist_group(item.nodeid if spread else str(item.path)))
