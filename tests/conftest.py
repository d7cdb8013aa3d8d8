"""Fixtures of the hidden checks, for a plain `pytest tests/<lab>` on the instructor's own notebook."""

pytest_plugins = ["grader.checks.plugin"]
