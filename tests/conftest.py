"""Fixtures of the hidden checks, for a plain `pytest tests/<lab>` on the instructor's own notebook."""

from typing import Any

import pytest

pytest_plugins = ["grader.checks.plugin"]
# Their tests run a process of their own for each notebook or lab.
SPREAD = ("test_mutation_gate.py", "test_validate.py")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Under `pytest -n`, the tests of one file share a worker and its warm engine, in their order; some are spread.

    The marks of xdist_group are not used: pytest 9.2 keeps no name of a test that xdist 3.8 could add them to.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.split("::")[0]
            return nodeid if path.endswith(SPREAD) else path

    return ByFile(config, log)
