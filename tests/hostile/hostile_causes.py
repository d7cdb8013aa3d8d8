"""The whole corpus: root cause -> cases."""

from causes_forgery import FORGERY
from hostile_cases import Case

CAUSES: dict[str, list[Case]] = {**FORGERY}
