"""Profile section on signals: hints in the data that a service of the city may fail.

A signal is never about a person. Documents without the section get the defaults.
"""

from dataclasses import dataclass, fields
from typing import Any

from app.profiles.rules.schema_fields import Number, Setting, Whole
from app.profiles.rules.schema_sections import Items, Section, section


@dataclass(frozen=True, slots=True)
class Signals:
    """Thresholds of the signals. The first word of a setting's name is the kind of signal.

    Names ending in `_days` are calendar days. Names ending in `_least` are minimum numbers of cases, visits or reports. Names
    ending in `_p_most` are the maximum probability that such a number occurs by chance.
    """

    cluster_days: int = 60
    cluster_longest_days: int = 7
    cluster_radii_m: tuple[float, ...] = (100.0, 200.0, 300.0, 400.0)
    cluster_shuffles: int = 199
    cluster_p_most: float = 0.05
    cluster_least: int = 5
    unanswered_days: int = 7
    unanswered_least: int = 1
    bouncing_returns: int = 2
    bouncing_least: int = 1
    visits_days: int = 30
    visits_least: int = 3
    rising_days: int = 7
    rising_past_days: int = 84
    rising_p_most: float = 0.01
    rising_least: int = 5
    unclassified_days: int = 30
    unclassified_radius_m: float = 1000.0
    unclassified_alike: float = 0.3
    unclassified_least: int = 3
    unheard_days: int = 90
    unheard_reach_m: float = 50.0
    unheard_households: int = 20
    unheard_p_most: float = 0.01


DEFAULTS = Signals()


# Least number of households in a compared group. A smaller group could identify a person.
SMALLEST_GROUP = 10

# The titles in Chinese. The English ones are the names of the members with spaces.
_TITLES = {
    "cluster_days": "时空热点：天数",
    "cluster_longest_days": "时空热点：最长天数",
    "cluster_radii_m": "时空热点：半径（米）",
    "cluster_shuffles": "时空热点：随机次数",
    "cluster_p_most": "时空热点：概率上限",
    "cluster_least": "时空热点：最少件数",
    "unanswered_days": "久无进展：天数",
    "unanswered_least": "久无进展：最少件数",
    "bouncing_returns": "反复退回：退回次数",
    "bouncing_least": "反复退回：最少件数",
    "visits_days": "走访超期：天数",
    "visits_least": "走访超期：最少次数",
    "rising_days": "类别骤增：天数",
    "rising_past_days": "类别骤增：对比天数",
    "rising_p_most": "类别骤增：概率上限",
    "rising_least": "类别骤增：最少件数",
    "unclassified_days": "未分类集中：天数",
    "unclassified_radius_m": "未分类集中：半径（米）",
    "unclassified_alike": "未分类集中：相似度",
    "unclassified_least": "未分类集中：最少件数",
    "unheard_days": "上报过少：天数",
    "unheard_reach_m": "上报过少：范围（米）",
    "unheard_households": "上报过少：最少户数",
    "unheard_p_most": "上报过少：概率上限",
}


def _setting(name: str) -> Setting:
    title = _TITLES[name]
    if name == "cluster_radii_m":
        return Items(Number(0, 5000, is_exclusive=True), min_items=1, max_items=8, is_set=True, title=title)
    if name.endswith("_m"):
        return Number(0, 50_000, is_exclusive=True, title=title)
    if name.endswith(("_p_most", "_alike")):
        return Number(0, 1, title=title)
    if name == "cluster_shuffles":
        return Whole(19, 9999, title=title)
    if name == "unheard_households":
        return Whole(SMALLEST_GROUP, 1_000_000, title=title)
    return Whole(1, 366 if name.endswith("days") else 1_000_000, title=title)


SignalsSchema: type[Section] = section(
    "SignalsSchema", **{field.name: _setting(field.name) for field in fields(Signals)}
)


def parse_signals(data: dict[str, Any] | None) -> Signals:
    """Parse the section on signals. Missing members get the defaults."""
    section = data or {}
    settings = {field.name: section[field.name] for field in fields(Signals) if field.name in section}
    if "cluster_radii_m" in settings:
        settings["cluster_radii_m"] = tuple(sorted(set(settings["cluster_radii_m"])))
    return Signals(**settings)
