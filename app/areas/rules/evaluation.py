"""How work is evaluated: a section of a profile, with values for documents that are older than it.

The measures and rates themselves are defined in app/incidents/rules/measures.py; here stand their names, because
cities count with different denominators.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.areas.rules.shapes import NOTE, Check, choice, listing, number, record

REPORTED = ("accepted", "filed", "not_filed")
DUE = (
    *("due", "deferred", "on_books", "closed", "force_closed", "closed_on_time", "overdue"),
    *("handled", "reworked"),
)
# A rate compares cases of one kind of period: reported in it, or due in it.
RATES = {"filing_rate": REPORTED, "closure_rate": DUE, "on_time_rate": DUE, "rework_rate": DUE}


@dataclass(frozen=True, slots=True)
class Denominator:
    """The cases that count as `of` and not as any of `less`."""

    of: str
    less: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`denominators` that differ from the definitions; a subgroup is compared from `worst_least` cases on, and for
    each rate and grouping `worst_most` of them are brought."""

    denominators: Mapping[str, Denominator] = field(default_factory=dict)
    worst_least: int = 5
    worst_most: int = 3


def _denominator(measures: tuple[str, ...]) -> Check:
    return record({"of": choice(measures)}, optional={"less": listing(choice(measures), most=len(measures))})


EVALUATION = record(
    {},
    optional={
        "denominators": record(
            {}, optional={rate: _denominator(measures) for rate, measures in RATES.items()}
        ),
        "worst_least": number(1, 1_000_000, whole=True),
        "worst_most": number(1, 20, whole=True),
    },
)


def parse_evaluation(data: dict[str, Any] | None) -> Evaluation:
    """Read the section; what it does not say is as it is by default."""
    given = data or {}
    said: dict[str, Any] = {name: given[name] for name in ("worst_least", "worst_most") if name in given}
    said["denominators"] = {
        rate: Denominator(value["of"], tuple(value.get("less", ())))
        for rate, value in given.get("denominators", {}).items()
        if rate != NOTE
    }
    return Evaluation(**said)
