"""Data of the pictures of figures: tiles with their change, the funnel of the loop, classes of the map. Pure.

Screen, printed report and workbook take these lists, so that they show the same pictures.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.profiles.rules.measures import RATES
from app.statistics.rules.evaluation import BANDS
from app.statistics.rules.periods import COMPARISONS

MEASURE, RATE, AVERAGE = "measure", "rate", "average"
# The kind and name of each tile, and whether a rise is good. None: neither good nor bad.
TILES: Sequence[tuple[str, str, bool | None]] = (
    (MEASURE, "accepted", None),
    (MEASURE, "due", None),
    (MEASURE, "overdue", False),
    *((RATE, name, RATES[name].is_good) for name in ("closure_rate", "on_time_rate", "rework_rate")),
    (AVERAGE, "accept_seconds", False),
    (AVERAGE, "handle_seconds", False),
)
# The steps of the loop. Each measure counts a part of the one before.
FUNNEL = {
    "accepted": ("上报", "Reported"),
    "filed": ("立案", "Filed"),
    "dispatched": ("派遣", "Dispatched"),
    "fed_back": ("处置", "Handled"),
    "checked": ("核查", "Checked"),
    "solved": ("结案", "Closed"),
}
# The rate by which areas are coloured on the map, and bars are drawn.
RATE_SHOWN = "on_time_rate"
# The measure that the heat map counts by hour.
HOURS_MEASURE = "accepted"
WEEKDAYS, HOURS = range(1, 8), range(24)

Figures = Mapping[str, Any]


def tiles(figures: Figures, period: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tiles of an answer, each with its change against earlier periods.

    The change of a rate is the difference of the two rates. The change of a count or mean is a part of the earlier value.
    None: the earlier period has no records or records of a part of its days only, or the earlier value is 0, or a count of
    a period that has not ended is compared.

    Args:
        figures: Has `measures`, `rates` and `averages`, each value with those of earlier periods.
        period: The period as the answer has it.
    """
    return [
        {"kind": kind, "name": name, "is_good": is_good, "change": _changes(kind, name, figures, period)}
        for kind, name, is_good in TILES
    ]


def _changes(kind: str, name: str, figures: Figures, period: Mapping[str, Any]) -> dict[str, float | None]:
    figure = figures[f"{kind}s"][name]
    value, *earlier = (
        [figure["count"], *(figure.get(each) and figure[each]["count"] for each in COMPARISONS)]
        if kind == MEASURE
        else [figure["value"], *(figure.get(each) for each in COMPARISONS)]
    )
    is_comparable = kind != MEASURE or period["is_over"]
    return {
        each: change(kind, value, before)
        if is_comparable and period[each] and period[each]["records"] == "whole"
        else None
        for each, before in zip(COMPARISONS, earlier, strict=True)
    }


def change(kind: str, value: float | None, before: float | None) -> float | None:
    """Return how much a value differs from an earlier one.

    Of a rate it is the difference. Of a count or mean it is the difference as a part of the earlier value.
    """
    if value is None or before is None:
        return None
    if kind == RATE:
        return round(value - before, 6)
    return round((value - before) / before, 6) if before else None


def funnel() -> list[dict[str, Any]]:
    """Return the steps of the loop, each with the measure that counts it and its title."""
    return [{"measure": name, "title": {"zh": zh, "en": en}} for name, (zh, en) in FUNNEL.items()]


def colouring(groupings: Sequence[str]) -> dict[str, Any]:
    """Return by which rate the groups are drawn, and the lower edges of its classes.

    `area_grouping` is the grouping whose groups are areas on the map, or None.
    """
    return {
        "area_grouping": next((name for name in groupings if name.startswith("area:")), None),
        "rate": RATE_SHOWN,
        "bands": list(BANDS),
    }
