"""The report on a month: its days, its chapters, how good a rate is, and what stands out of it in words. Pure."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any

from app.incidents.rules.measures import RATES

# The pass marks of Jinhua's rules of evaluation: 70 % on time, 90 % closed; urgent matters 95 % on time.
BANDS = (0.7, 0.8, 0.9, 0.95)
NO_CASES = "none"

# What paper has room for in a table; workbook and JSON have all.
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
    "3": ("不急", "Not pressing"),
    "unknown": ("无类别", "Of no category"),
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
}
NOBODY = {
    "unit": ("无责任单位", "Of no unit"),
    "category": ("未分类", "Unclassified"),
    "class": CLASSES["unknown"],
}
# What a group is, where its name alone does not say so: a community and its own unit are called the same.
KINDS = {
    "unit": ("单位", "unit"),
    "handling_unit": ("处置单位", "handling unit"),
    "category": ("类别", "category"),
}
_CALLED = {"class": CLASSES, "priority": PRIORITIES}
OUTSIDE = ("不在下级区域", "In none of these")


def month_of(text: str) -> tuple[date, date]:
    """The first and the last day of `YYYY-MM`; ValueError for anything else."""
    first = date.fromisoformat(f"{text}-01")
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def band(value: float | None) -> str:
    """In which class of its map a rate lies: `0` is the worst, `4` the best, `none` of no cases."""
    return NO_CASES if value is None else str(sum(value >= mark for mark in BANDS))


def percent(value: float | None) -> str:
    """A rate as it is read: two digits, as cities publish them."""
    return "-" if value is None else f"{100 * value:.2f} %"


def called(group: Mapping[str, Any], categories: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """How a group of figures is called on paper, in both languages."""
    by, value = group["by"], group["value"]
    name = group["name"] or categories.get(value)
    if name is not None:
        return {"zh": f"{name['zh']}", "en": f"{name['en']}"}
    if by in _CALLED:
        zh, en = _CALLED[by][value]
    elif value is None:
        zh, en = NOBODY.get(by, OUTSIDE)
    else:
        zh = en = value
    return {"zh": zh, "en": en}


def category_called(code: str, categories: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """A category by its name in both languages; one that no version has, by its code."""
    return dict(categories.get(code, {"zh": code, "en": code}))


def duration(seconds: float | None) -> str:
    """Hours and minutes, as they are read."""
    if seconds is None:
        return "-"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"


def standing_out(
    name: str,
    worst: Mapping[str, Any],
    overall: Mapping[str, Any],
    categories: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """A subgroup that stands worse than the whole, as a sentence with both numbers behind it."""
    rate = RATES[name]
    group = called(worst["group"], categories)
    kind = KINDS.get(worst["group"]["by"])
    named = {"zh": f"{group['zh']}（{kind[0]}）", "en": f"{group['en']} ({kind[1]})"} if kind else group
    part, whole = worst["numerator"]["count"], worst["denominator"]["count"]
    mine, all_of_them = percent(worst["value"]), percent(overall["value"])
    return {
        "rate": name,
        "gap": round(abs(worst["value"] - overall["value"]), 6),
        "group": worst["group"] | {"title": group},
        **{name: worst[name] for name in ("value", "previous", "year_before")},
        "numerator": worst["numerator"],
        "denominator": worst["denominator"],
        "sentence": {
            "zh": f"{named['zh']}：{rate.zh} {mine}（{part}/{whole}），总体 {all_of_them}",
            "en": f"{named['en']}: {rate.en.lower()} {mine} ({part} of {whole}), overall {all_of_them}",
        },
    }
