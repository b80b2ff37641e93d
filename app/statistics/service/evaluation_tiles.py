"""Tiles of the printed evaluation and the workbook: titles, values and changes as text."""

from collections.abc import Mapping
from typing import Any

from app.profiles.rules.measures import AVERAGES, MEASURES, RATES
from app.statistics.rules import evaluation as rules
from app.statistics.rules.periods import COMPARISONS
from app.statistics.rules.pictures import AVERAGE, MEASURE, RATE

COMPARED = {"previous": "上月 previous month", "year_before": "去年同月 last year"}
_CATALOGUE: Mapping[str, Mapping[str, Any]] = {MEASURE: MEASURES, RATE: RATES, AVERAGE: AVERAGES}

Json = Mapping[str, Any]


def title_of(kind: str, name: str) -> str:
    """Return the title of a measure, rate or mean in both languages."""
    definition = _CATALOGUE[kind][name]
    return f"{definition.zh} {definition.en}"


def value_text(kind: str, value: float | None) -> str:
    """Return the value of a measure, rate or mean as text."""
    if value is None:
        return "-"
    if kind == RATE:
        return rules.percent(value)
    return f"{value:,}" if kind == MEASURE else rules.duration(value)


def figure_values(kind: str, figure: Json) -> list[float | None]:
    """Return the values of a measure, rate or mean in the month and in the comparison periods."""
    if kind == MEASURE:
        return [figure["count"], *(figure[name] and figure[name]["count"] for name in COMPARISONS)]
    return [figure["value"], *(figure[name] for name in COMPARISONS)]


def tile(entry: Json, report: Json) -> dict[str, Any]:
    """Return a tile: title, value with its link, and the value and change of each comparison period.

    `is_worse` of a comparison is True if the value got worse, None if it is neither better nor worse.
    """
    kind, name = entry["kind"], entry["name"]
    figure = report[f"{kind}s"][name]
    now, *before = figure_values(kind, figure)
    counted = figure if kind == MEASURE else figure["denominator"] if kind == RATE else figure["of"]
    compared = []
    for period, earlier in zip(COMPARISONS, before, strict=True):
        change = entry["change"][period]
        is_neutral = not change or entry["is_good"] is None
        compared.append(
            {
                "title": COMPARED[period],
                "value": value_text(kind, earlier),
                "change": change_text(kind, change),
                "is_worse": None if is_neutral else (change > 0) != entry["is_good"],
            }
        )
    return {
        "title": title_of(kind, name),
        "value": value_text(kind, now),
        "href": counted["members"],
        "numbers": (figure["numerator"], figure["denominator"]) if kind == RATE else None,
        "compared": compared,
    }


def change_text(kind: str, change: float | None) -> str:
    """Return a change with its direction. Of a rate it is in percentage points, else in percent."""
    if change is None:
        return ""
    sign = "＝" if not change else "▲" if change > 0 else "▼"
    return f"{sign} {abs(100 * change):.1f} {'个百分点 points' if kind == RATE else '%'}"
