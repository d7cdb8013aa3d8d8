"""The whole corpus: root cause -> cases."""

from causes_damage import DAMAGE
from causes_forgery import FORGERY
from causes_limits import LIMITS
from causes_pages import PAGES
from causes_reach import REACH
from hostile_cases import Case

CAUSES: dict[str, list[Case]] = {**FORGERY, **REACH, **LIMITS, **PAGES, **DAMAGE}
