"""Profile section on duplicates: reports of a problem that another case covers already.

Documents without the section get the defaults.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.profiles.rules.schema_fields import Number, Whole
from app.profiles.rules.schema_sections import Part, Section

WEIGHTS = ("distance", "category", "time", "text")


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Conditions for possible duplicates of a case, and weights of the similarity score.

    The score is the weighted mean of its parts, each 0 to 1. A part is left out if one of the two cases has no data for it.

    Args:
        radius_m: Maximum distance between the two cases.
        within: Maximum time between their reports.
        closed_within: Maximum time since the other case ended. An open case is never too old.
        score_least: Minimum score.
        most: Maximum number of cases that are listed.
        distance, category, time, text: Weights of the parts of the score.
    """

    radius_m: float = 100.0
    within: timedelta = timedelta(days=14)
    closed_within: timedelta = timedelta(days=3)
    score_least: float = 0.4
    most: int = 5
    distance: float = 3.0
    category: float = 3.0
    time: float = 1.0
    text: float = 3.0


class DuplicateWeightsSchema(Section):
    distance = Number(0, 100, title="距离")
    category = Number(0, 100, title="类别")
    time = Number(0, 100, title="时间")
    text = Number(0, 100, title="文字")


class DuplicatesSchema(Section):
    radius_m = Number(0, 2000, is_exclusive=True, title=("radius in m", "半径（米）"))
    days = Number(0, 366, is_exclusive=True, title="天数")
    closed_days = Number(0, 366, title="已结案天数")
    score_least = Number(0, 1, title=("minimum score", "最低分值"))
    most = Whole(1, 20, title=("maximum", "上限"))
    weights = Part(DuplicateWeightsSchema, title="权重")


def parse_duplicates(data: dict[str, Any] | None) -> Duplicates:
    """Parse the section on duplicates. Missing members get the defaults."""
    section = data or {}
    settings: dict[str, Any] = {
        name: section[name] for name in ("radius_m", "score_least", "most") if name in section
    }
    for name, key in (("within", "days"), ("closed_within", "closed_days")):
        if key in section:
            settings[name] = timedelta(days=section[key])
    weights = section.get("weights", {})
    return Duplicates(**settings, **{name: weights[name] for name in WEIGHTS if name in weights})
