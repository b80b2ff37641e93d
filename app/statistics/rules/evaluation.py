"""Rules of the monthly evaluation: days of the month, titles, map classes, outliers. Pure."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.core.wording import listed
from app.profiles.rules.measures import RATES

# The pass marks of Jinhua's rules of evaluation: 70 % on time, 90 % closed; urgent cases 95 % on time.
BANDS = (0.7, 0.8, 0.9, 0.95)
NO_CASES = "none"

# Measures and rates that fit a table on paper; workbook and JSON have all.
PRINTED_MEASURES = (
    *("accepted", "filed", "due", "deferred", "on_books", "closed"),
    *("force_closed", "closed_on_time", "overdue", "reworked"),
)
PRINTED_RATES = ("filing_rate", "closure_rate", "on_time_rate", "rework_rate")

CLASSES = {
    "component": ("部件", "Components"),
    "event": ("事件", "Events"),
    "unknown": ("未分类", "Unknown class"),
}
PRIORITIES = {
    "1": ("紧急", "Urgent"),
    "2": ("一般", "Ordinary"),
    "3": ("不急", "Not urgent"),
    "unknown": ("无类别", "No category"),
}
CHAPTERS = {
    "area:street": ("按街道", "By street"),
    "area:community": ("按社区", "By community"),
    "area:grid": ("按网格", "By grid"),
    "unit": ("按责任单位", "By unit"),
    "class": ("按部件与事件", "By class"),
    "priority": ("按紧急程度", "By priority"),
    "category": ("按类别", "By category"),
    "day": ("按日", "By day"),
    "month": ("近十二个月", "Last 12 months"),
}
NO_GROUP_TITLES = {
    "unit": ("无责任单位", "No unit"),
    "category": ("未分类", "Unclassified"),
    "class": CLASSES["unknown"],
}
# The kind of a group is added to its name, where a community and its own unit have the same name.
KINDS = {
    "unit": ("单位", "unit"),
    "handling_unit": ("处置单位", "handling unit"),
    "category": ("类别", "category"),
}
_TITLES = {"class": CLASSES, "priority": PRIORITIES}
OUTSIDE = ("不在下级区域", "Outside these areas")


def month_of(text: str) -> tuple[date, date]:
    """Return the first and the last day of a month given as `YYYY-MM`.

    Raises:
        ValueError: The text has another format.
    """
    first = date.fromisoformat(f"{text}-01")
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def start_of_year_to(last: date) -> date:
    """Return the first day of the twelve months that end on the day `last`."""
    return date(last.year - (last.month < 12), last.month % 12 + 1, 1)


def band(value: float | None) -> str:
    """Return the class of a rate on the map: `0` (worst) to `4` (best), or `none` without cases."""
    return NO_CASES if value is None else str(sum(value >= mark for mark in BANDS))


def percent(value: float | None) -> str:
    """Return a rate as a percentage with two decimals; `-` for None."""
    return "-" if value is None else f"{100 * value:.2f} %"


def group_title(group: Mapping[str, Any], categories: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the title of a group, such as the name of its unit, in Chinese and English.

    `categories`: names of categories by code.
    """
    by, value = group["by"], group["value"]
    name = group["name"] or categories.get(value)
    if name is not None:
        return {"zh": f"{name['zh']}", "en": f"{name['en']}"}
    if by in _TITLES:
        zh, en = _TITLES[by][value]
    elif value is None:
        zh, en = NO_GROUP_TITLES.get(by, OUTSIDE)
    else:
        zh = en = value[:7] if by == "month" else value
    return {"zh": zh, "en": en}


def category_title(code: str, categories: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the Chinese and English name of a category; the code if the name is unknown."""
    return dict(categories.get(code, {"zh": code, "en": code}))


def duration(seconds: float | None) -> str:
    """Return a duration in seconds as hours and minutes; `-` for None."""
    if seconds is None:
        return "-"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"


def outliers(
    worst: Sequence[tuple[str, Mapping[str, Any]]],
    overall: Mapping[str, Mapping[str, Any]],
    categories: Mapping[str, Mapping[str, str]],
) -> list[dict[str, Any]]:
    """Return the groups that are worse than the overall rates, each with an explaining sentence.

    Groups are ordered by weight, the heaviest first. The weight of a group is the number of its cases that would have to be
    better for its rate to be that of the whole: the distance of the rate from the overall rate, multiplied by its
    denominator, at the rate where this is most. So a group of few cases with a poor rate comes after a large group in which
    more cases went wrong. The rates of a group are ordered by their distance.

    Args:
        worst: Pairs of the name of a rate and a group in which this rate is worse.
        overall: Overall rates by name.
        categories: Names of categories by code.
    """
    rates_by_group: dict[tuple[str, str | None], list[tuple[str, Mapping[str, Any]]]] = {}
    for name, entry in worst:
        rates_by_group.setdefault((entry["group"]["by"], entry["group"]["value"]), []).append((name, entry))

    def gap(name: str, entry: Mapping[str, Any]) -> float:
        return round(float(abs(entry["value"] - overall[name]["value"])), 6)

    groups = []
    for entries in rates_by_group.values():
        entries.sort(key=lambda entry: -gap(*entry))
        group = entries[0][1]["group"]
        title = group_title(group, categories)
        rates = [
            {
                "rate": name,
                "gap": gap(name, entry),
                "overall": overall[name]["value"],
                **{
                    key: entry[key]
                    for key in ("value", "previous", "year_before", "numerator", "denominator")
                },
            }
            for name, entry in entries
        ]
        groups.append(
            {
                "group": {**group, "title": title},
                "gap": rates[0]["gap"],
                "weight": max(round(rate["gap"] * rate["denominator"]["count"], 1) for rate in rates),
                "rates": rates,
                "sentence": _sentence(title, KINDS.get(group["by"]), rates),
            }
        )
    return sorted(groups, key=lambda entry: (-entry["weight"], -entry["gap"]))


def _sentence(
    title: Mapping[str, str], kind: tuple[str, str] | None, rates: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """Return a sentence in both languages that names a group and its rates that are worse.

    Rates with equal numbers are named together.
    """
    names_by_numbers: dict[tuple[int, int, str, str], list[str]] = {}
    for rate in rates:
        numbers = (
            *(rate[kind]["count"] for kind in ("numerator", "denominator")),
            *(percent(rate[kind]) for kind in ("value", "overall")),
        )
        names_by_numbers.setdefault(numbers, []).append(rate["rate"])
    zh, en = [], []
    for (part, total, own_value, overall), names in names_by_numbers.items():
        zh.append(
            f"{listed([RATES[n].zh for n in names], 'zh')} {own_value}（{part}/{total}），总体 {overall}"
        )
        rates_en = listed([RATES[n].en.lower() for n in names], "en")
        en.append(f"{rates_en} {own_value} ({part} of {total}), overall {overall}")
    named = {"zh": f"{title['zh']}（{kind[0]}）", "en": f"{title['en']} ({kind[1]})"} if kind else title
    return {"zh": f"{named['zh']}：{'；'.join(zh)}", "en": f"{named['en']}: {'; '.join(en)}"}
