"""How work is evaluated: a section of a profile, with values for documents that are older than it.

The measures and rates themselves are defined in app/statistics/rules/measures.py; here stand their names, because
cities count with different denominators.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.profiles.rules.value_checks import NOTE, Check, choice, listing, number, record

REPORTED = (
    *("accepted", "filed", "not_filed"),
    *("registered", "filed_on_time", "taken", "repeated", "recurrence_known", "frequent"),
)
DUE = (
    *("due", "deferred", "on_books", "closed", "force_closed", "closed_on_time", "overdue"),
    *(
        "handled",
        "handled_on_time",
        "reworked",
        "archived",
        "archived_on_time",
        "accurate",
        "timed",
        "extended",
    ),
)
# A rate compares cases of one kind of period: reported in it, or due in it.
RATES = {
    **dict.fromkeys(("filing_rate", "register_on_time_rate", "repeat_rate", "frequent_rate"), REPORTED),
    **dict.fromkeys(
        ("closure_rate", "on_time_rate", "rework_rate", "disposal_rate", "disposal_on_time_rate"), DUE
    ),
    **dict.fromkeys(
        ("archive_rate", "archive_on_time_rate", "accurate_dispatch_rate", "extension_rate"), DUE
    ),
}
# A case is filed in time within so many minutes of its report.
REGISTER_MINUTES = 60
# A case is of high frequency if its grid has at least this number of cases of its category within 30 days, the case being
# the last of them.
FREQUENT_LEAST = 3
# Weights of the rates in the total score, for profiles without weights.
WEIGHTS = {"closure_rate": 3.0, "on_time_rate": 5.0, "rework_rate": 2.0}


@dataclass(frozen=True, slots=True)
class Denominator:
    """The cases that count as `of` and not as any of `less`."""

    of: str
    less: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Settings of the evaluation.

    Args:
        denominators: By rate, where it differs from the definition of the rate.
        worst_least: Least number of cases of a group that is compared with others.
        worst_most: Most groups that are listed for each rate and grouping.
        register_minutes: Minutes from the report within which a case has to be filed.
        frequent_least: Least number of cases for high frequency.
        weights: By rate, in the total score.
    """

    denominators: Mapping[str, Denominator] = field(default_factory=dict)
    worst_least: int = 5
    worst_most: int = 3
    register_minutes: int = REGISTER_MINUTES
    frequent_least: int = FREQUENT_LEAST
    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))


def _denominator(measures: tuple[str, ...]) -> Check:
    return record(
        {"of": choice(measures)}, optional={"less": listing(choice(measures), max_items=len(measures))}
    )


EVALUATION = record(
    {},
    optional={
        "denominators": record(
            {}, optional={rate: _denominator(measures) for rate, measures in RATES.items()}
        ),
        "weights": record({}, optional={rate: number(0, 1000) for rate in RATES}),
        "register_minutes": number(1, 100_000, is_whole=True),
        "frequent_least": number(2, 100, is_whole=True),
        "worst_least": number(1, 1_000_000, is_whole=True),
        "worst_most": number(1, 20, is_whole=True),
    },
)


def parse_evaluation(data: dict[str, Any] | None) -> Evaluation:
    """Parse the section. Missing members get the defaults."""
    section = data or {}
    settings: dict[str, Any] = {
        name: section[name]
        for name in ("worst_least", "worst_most", "register_minutes", "frequent_least")
        if name in section
    }
    settings["denominators"] = {
        rate: Denominator(value["of"], tuple(value.get("less", ())))
        for rate, value in section.get("denominators", {}).items()
        if rate != NOTE
    }
    if "weights" in section:
        settings["weights"] = {
            rate: float(value) for rate, value in section["weights"].items() if rate != NOTE
        }
    return Evaluation(**settings)
