"""The report on a month: its days, its chapters, how good a rate is, and what stands out of it in words. Pure."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.statistics.rules.measures import RATES

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
    "month": ("近十二个月", "Last 12 months"),
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


def course_to(last: date) -> date:
    """The first day of the months that are told up to that day: twelve of them."""
    return date(last.year - (last.month < 12), last.month % 12 + 1, 1)


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
        zh = en = value[:7] if by == "month" else value
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
    worst: Sequence[tuple[str, Mapping[str, Any]]],
    overall: Mapping[str, Mapping[str, Any]],
    categories: Mapping[str, Mapping[str, str]],
) -> list[dict[str, Any]]:
    """The subgroups that stand worse than the whole, each once with all rates in which it does, and a sentence of them.

    `worst`: by the name of a rate, as often as there are groups; `overall`: the rates of the whole. The one with the widest
    gap comes first, and so does the rate of each in which it has it.
    """
    found: dict[tuple[str, str | None], list[tuple[str, Mapping[str, Any]]]] = {}
    for name, one in worst:
        found.setdefault((one["group"]["by"], one["group"]["value"]), []).append((name, one))

    def gap(name: str, one: Mapping[str, Any]) -> float:
        return round(float(abs(one["value"] - overall[name]["value"])), 6)

    told = []
    for own in found.values():
        own.sort(key=lambda each: -gap(*each))
        group = own[0][1]["group"]
        title = called(group, categories)
        rates = [
            {
                "rate": name,
                "gap": gap(name, one),
                "overall": overall[name]["value"],
                **{key: one[key] for key in ("value", "previous", "year_before", "numerator", "denominator")},
            }
            for name, one in own
        ]
        told.append(
            {
                "group": {**group, "title": title},
                "gap": rates[0]["gap"],
                "rates": rates,
                "sentence": _sentence(title, KINDS.get(group["by"]), rates),
            }
        )
    return sorted(told, key=lambda one: -one["gap"])


def _sentence(
    title: Mapping[str, str], kind: tuple[str, str] | None, rates: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """Rates that say the same of as many cases are named together."""
    alike: dict[tuple[int, int, str, str], list[str]] = {}
    for one in rates:
        numbers = (
            *(one[kind]["count"] for kind in ("numerator", "denominator")),
            *(percent(one[kind]) for kind in ("value", "overall")),
        )
        alike.setdefault(numbers, []).append(one["rate"])
    zh, en = [], []
    for (part, whole, mine, all_of_them), names in alike.items():
        zh.append(f"{'、'.join(RATES[n].zh for n in names)} {mine}（{part}/{whole}），总体 {all_of_them}")
        en.append(
            f"{', '.join(RATES[n].en.lower() for n in names)} {mine} ({part} of {whole}), overall {all_of_them}"
        )
    named = {"zh": f"{title['zh']}（{kind[0]}）", "en": f"{title['en']} ({kind[1]})"} if kind else title
    return {"zh": f"{named['zh']}：{'；'.join(zh)}", "en": f"{named['en']}: {'; '.join(en)}"}
