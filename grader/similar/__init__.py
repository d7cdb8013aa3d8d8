"""`python -m grader similar LAB`: answers that are more alike than the class explains, side by side for a person.

Winnowing tools such as copydetect compare whole files and know no class; here the passages of a student's own answers
are compared, without what the course gave, and weighed by how few others wrote them. Nobody is accused by it.
"""

from __future__ import annotations

from grader.similar.page import write_similar
from grader.similar.pairs import LEAST

__all__ = ["LEAST", "write_similar"]
