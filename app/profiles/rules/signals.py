"""Profile section on signals: hints in the data that a service of the city may fail.

A signal is never about a person. Documents without the section get the defaults.
"""

from dataclasses import dataclass, fields
from typing import Any

from app.profiles.rules.value_checks import Check, listing, number, record

_DAYS = number(1, 366, is_whole=True)
_LEAST = number(1, 1_000_000, is_whole=True)
_SHARE = number(0, 1)


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


def _check(name: str) -> Check:
    if name == "cluster_radii_m":
        return listing(number(0, 5000, is_exclusive=True), min_items=1, max_items=8)
    if name.endswith("_m"):
        return number(0, 50_000, is_exclusive=True)
    if name.endswith(("_p_most", "_alike")):
        return _SHARE
    if name == "cluster_shuffles":
        return number(19, 9999, is_whole=True)
    return _DAYS if name.endswith("days") else _LEAST


# Least number of households in a compared group. A smaller group could identify a person.
SMALLEST_GROUP = 10
_CHECKS = {field.name: _check(field.name) for field in fields(Signals)}
_CHECKS["unheard_households"] = number(SMALLEST_GROUP, 1_000_000, is_whole=True)
SIGNALS = record({}, optional=_CHECKS)


def parse_signals(data: dict[str, Any] | None) -> Signals:
    """Parse the section on signals. Missing members get the defaults."""
    section = data or {}
    settings = {field.name: section[field.name] for field in fields(Signals) if field.name in section}
    if "cluster_radii_m" in settings:
        settings["cluster_radii_m"] = tuple(sorted(set(settings["cluster_radii_m"])))
    return Signals(**settings)
