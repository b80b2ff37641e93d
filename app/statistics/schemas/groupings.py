"""Enumerations for the parameters that filter and group figures."""

from app.core.enumerations import Enumeration
from app.profiles.rules.levels import LEVELS
from app.statistics.rules import evaluation


def _named(titles: dict[str, tuple[str, str]]) -> dict[str, str]:
    """Return the title of each code, with both languages joined in one text."""
    return {code: f"{en} ({zh})" for code, (zh, en) in titles.items()}


CLASSES = Enumeration("CategoryClass", _named(evaluation.CLASSES))
PRIORITIES = Enumeration("CategoryPriority", _named(evaluation.PRIORITIES))
GROUPING_TEXTS = {
    **{f"area:{level}": f"by the {level} in which the case is" for level in LEVELS},
    "class": "by class of the category: component or event",
    "priority": "by priority of the category",
    "category": "by category",
    "unit": "by owning unit",
    "handling_unit": "by handling unit: the unit whose member handled the case",
    "source": "by source of the report",
    "month": "by month",
    "week": "by week, named by its Monday",
    "day": "by day",
}
GROUPINGS = Enumeration("FigureGrouping", GROUPING_TEXTS)
