"""Profile section on the evaluation of work by rates.

Documents without the section get the defaults.

`rules/measures.py` defines measures (counts of cases) and rates (one measure divided by another). Cities count differently,
so a profile may replace the denominator of a rate. The new denominator must have the same base as the old one: the date
of a case (report or deadline) that must lie in the period.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.profiles.rules.faults import NOTE
from app.profiles.rules.measures import (
    DUE,
    MEASURES,
    RATES,
    REPORTED,
    Rate,
    Selection,
    base_of,
    measures_of,
)
from app.profiles.rules.schema_fields import Number, Option, Whole
from app.profiles.rules.schema_sections import Items, Part, Section, section

# A case is filed in time within so many minutes of its report.
REGISTER_MINUTES = 60
# From so many of its category in its grid within 30 days on, itself the last of them, a case is one of high frequency.
FREQUENT_LEAST = 3
# A person replies to the reporters within so many minutes of the report: a day.
RESPOND_MINUTES = 1440
# What a total score is made of where a profile does not say it.
WEIGHTS = {"closure_rate": 3.0, "on_time_rate": 5.0, "rework_rate": 2.0}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Settings of the evaluation of work.

    Args:
        denominators: Measures that replace the denominators of rates, by rate.
        worst_least: Minimum number of cases that a group must have to be compared with other groups.
        worst_most: Maximum number of groups that are listed for each rate and grouping.
        register_minutes: A case counts as filed in time within these minutes after its report.
        respond_minutes: A case counts as responded in time if a person replied within these minutes after its report.
        frequent_least: Minimum number of cases of one category in one grid within 30 days that counts as high frequency.
        weights: Weight of each rate in the total score.
    """

    denominators: Mapping[str, Selection] = field(default_factory=dict)
    worst_least: int = 5
    worst_most: int = 3
    register_minutes: int = REGISTER_MINUTES
    respond_minutes: int = RESPOND_MINUTES
    frequent_least: int = FREQUENT_LEAST
    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))


def _denominator(base: str, measures: tuple[str, ...]) -> type[Section]:
    words = {name: (MEASURES[name].en, MEASURES[name].zh) for name in measures}
    return section(
        f"{base.capitalize()}DenominatorSchema",
        of=Option(words, required=True, title="其中"),
        less=Items(Option(words), max_items=len(measures), is_set=True, title=("excluded", "扣除")),
    )


_DENOMINATORS = {base: _denominator(base, measures_of(base)) for base in (REPORTED, DUE)}


def _title(rate: Rate) -> tuple[str, str]:
    return rate.en, rate.zh


class EvaluationSchema(Section):
    denominators = Part(
        section(
            "DenominatorsSchema",
            **{name: Part(_DENOMINATORS[base_of(rate)], title=_title(rate)) for name, rate in RATES.items()},
        ),
        title="分母",
    )
    weights = Part(
        section(
            "RateWeightsSchema",
            **{name: Number(0, 1000, title=_title(rate)) for name, rate in RATES.items()},
        ),
        title="权重",
    )
    register_minutes = Whole(1, 100_000, title=("minutes for filing", "立案分钟数"))
    respond_minutes = Whole(1, 100_000, title=("minutes for a reply", "回复分钟数"))
    frequent_least = Whole(2, 100, title=("reports for high frequency", "高频起点"))
    worst_least = Whole(1, 1_000_000, title=("minimum cases of a compared group", "参与比较的最少案卷数"))
    worst_most = Whole(1, 20, title=("maximum groups shown", "列出组数上限"))


def parse_evaluation(data: dict[str, Any] | None) -> Evaluation:
    """Parse the section on evaluation. Missing members get the defaults."""
    section = data or {}
    settings: dict[str, Any] = {
        name: section[name]
        for name in ("worst_least", "worst_most", "register_minutes", "respond_minutes", "frequent_least")
        if name in section
    }
    settings["denominators"] = {
        rate: Selection(value["of"], tuple(value.get("less", ())))
        for rate, value in section.get("denominators", {}).items()
        if rate != NOTE
    }
    if "weights" in section:
        settings["weights"] = {
            rate: float(value) for rate, value in section["weights"].items() if rate != NOTE
        }
    return Evaluation(**settings)
