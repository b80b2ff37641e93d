"""The JSON of an evaluation: counts without links, and one URI template (RFC 6570) for all links to members. Pure.

An evaluation has some ten thousand counts. A link is ten times as long as its count, and differs from other links by the
measure, the group and the period only.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

from app.statistics.rules.periods import COMPARISONS, PRESENT

# What a link varies by, besides what the request fixes.
_OF_FIGURE = ("measure", "less")
_OF_PERIOD = ("from", "to")
_OF_GROUP = (
    *("class", "category", "priority", "owner_unit_id", "unowned"),
    *("handling_unit_id", "lacks_handling_unit", "part_area_id", "lacks_level", "weekday", "hour"),
)

PERIODS = (PRESENT, *COMPARISONS)

Json = Mapping[str, Any]
Values = list[Any]


def slim(report: Json) -> dict[str, Any]:
    """Return an evaluation for its JSON answer, with one template in place of a link in each count.

    Each number is a list of its values in the order of `periods`. A count that the answer has already is not repeated:
    the numerator of a rate and the number of cases of a mean are measures, which the `definitions` name.

    Expanded with the variables of a group and period (`members`) and those of a figure (`measure`, `less`),
    `members_template` gives the link that the count had.
    """
    path, fixed = _fixed_parameters(report["measures"]["accepted"]["members"])
    names = [name for name in (*_OF_FIGURE, *_OF_PERIOD, *_OF_GROUP) if name not in fixed]
    literal = "&".join(f"{name}={quote(value, safe='')}" for name, value in fixed.items())
    whole = _variables(report["measures"]["accepted"], fixed)
    less = {
        rate["name"]: f"{rate['denominator']} less {','.join(rate['less'])}"
        for rate in report["definitions"]["rates"]
        if rate["less"]
    }
    return {
        **report,
        **_numbers(report, less),
        "periods": list(PERIODS),
        "members_template": f"{path}?{literal}{{&{','.join(names)}}}",
        "members": whole,
        "stands_out": [
            {
                **outlier,
                "rates": [_outlying_rate(rate) for rate in outlier["rates"]],
                "members": _differing(_variables(outlier["rates"][0]["denominator"], fixed), whole),
            }
            for outlier in report["stands_out"]
        ],
        "chapters": [_chapter(chapter, less, fixed, whole) for chapter in report["chapters"]],
        "months": _chapter(report["months"], less, fixed, whole),
        "hours": {
            "measure": report["hours"]["measure"],
            "counts": [[cell["count"] for cell in day] for day in report["hours"]["days"]],
        },
    }


def _chapter(chapter: Json, less: Mapping[str, str], fixed: Json, whole: Json) -> dict[str, Any]:
    """Return a chapter whose groups have numbers without links, and the variables of their links."""
    return {
        **chapter,
        "groups": [
            {
                **group,
                **_numbers(group, less),
                "members": _differing(_variables(group["measures"]["accepted"], fixed), whole),
            }
            for group in chapter["groups"]
        ],
    }


def _fixed_parameters(link: str) -> tuple[str, dict[str, str]]:
    """Return the path of a link of the whole, and its parameters that all links of the answer have."""
    path, _, query = link.partition("?")
    varying = (*_OF_FIGURE, *_OF_PERIOD)
    return path, {name: value for name, value in parse_qsl(query) if name not in varying}


def _variables(figure: Json, fixed: Json) -> dict[str, dict[str, str]]:
    """Return the variables of the links of a group, by period. A period without records has none."""
    figures = {PRESENT: figure} | {name: figure[name] for name in COMPARISONS if figure.get(name)}
    return {
        period: {
            name: value
            for name, value in parse_qsl(of_period["members"].partition("?")[2])
            if name not in fixed and name not in _OF_FIGURE
        }
        for period, of_period in figures.items()
    }


def _differing(variables: Json, whole: Json) -> dict[str, dict[str, str]]:
    """Return by period the variables that the whole lacks, or has with another value."""
    return {
        period: {name: value for name, value in of_period.items() if whole.get(period, {}).get(name) != value}
        for period, of_period in variables.items()
    }


def _numbers(group: Json, less: Mapping[str, str]) -> dict[str, Any]:
    """Return the measures, rates and means of a group or the whole, without links."""
    return {
        "measures": {name: _counts(figure) for name, figure in group["measures"].items()},
        "rates": {name: _values(rate) for name, rate in group["rates"].items()},
        "denominators": {key: _counts(group["rates"][name]["denominator"]) for name, key in less.items()},
        "averages": {name: _values(average) for name, average in group["averages"].items()},
    }


def _outlying_rate(rate: Json) -> dict[str, Any]:
    return {
        **{name: rate[name] for name in ("rate", "gap", "overall")},
        "values": _values(rate),
        "numerator": _counts(rate["numerator"]),
        "denominator": _counts(rate["denominator"]),
    }


def _values(figure: Json) -> Values:
    return [figure["value"], *(figure.get(name) for name in COMPARISONS)]


def _counts(figure: Json) -> Values:
    compared = [figure.get(name) for name in COMPARISONS]
    return [figure["count"], *(of_period and of_period["count"] for of_period in compared)]
