"""Rates of figures, the subgroups that stand worst in them, and the token of the moment at which they were counted. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.core.paging import decode_cursor, encode_cursor
from app.profiles.rules.evaluation import Denominator, Evaluation
from app.statistics.rules.measures import RATES, Rate

Counts = Mapping[str, int]

_SNAPSHOT = re.compile(r"(\d{1,19}):(\d{1,19}):((?:\d{1,19}(?:,\d{1,19})*)?)", re.ASCII)


class Portion(NamedTuple):
    """So many of so many."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """From 0 to 1; None of nothing."""
        return self.part / self.whole if self.whole else None


def denominators(evaluation: Evaluation) -> dict[str, Denominator]:
    """What each rate is measured by, as the profile says, else as it is defined."""
    return {name: evaluation.denominators.get(name, rate.denominator) for name, rate in RATES.items()}


def portion_of(rate: Rate, counts: Counts) -> Portion:
    """What a rate is made of, where `counts` has its denominator under its name."""
    return Portion(counts[rate.numerator], counts[rate.name])


def value_of(rate: Rate, counts: Counts) -> float | None:
    return portion_of(rate, counts).value


def score_of(counts: Counts, weights: Mapping[str, float]) -> float | None:
    """The mean of the weighted rates, 0 to 100, where more is better; of those that are of any cases. None of none."""
    parts = {
        name: (weight, value)
        for name, weight in weights.items()
        if weight and (value := value_of(RATES[name], counts)) is not None
    }
    total = sum(weight for weight, _ in parts.values())
    good = sum(
        weight * (value if RATES[name].is_good else 1 - value) for name, (weight, value) in parts.items()
    )
    return 100 * good / total if total else None


# Whose groups have a place among each other: areas and units. A grid is one person's work, and nobody is ranked.
_RANKED = ("area:", "unit", "handling_unit")
_OF_PERSONS = "area:grid"
# The groupings by unit, each with the parameter that narrows a request to one unit.
UNIT_FILTERS = {"unit": "owner_unit_id", "handling_unit": "handling_unit_id"}
# A unit of so many people and no fewer; whom nobody belongs to is nobody's measure either.
MIN_PEOPLE = 3


def is_ranked(dimension: str) -> bool:
    """Whether groups of this kind have ranks, and are measured by a score for that."""
    return dimension.startswith(_RANKED) and not is_personal(dimension)


def is_personal(dimension: str) -> bool:
    """Whether each group is one person's work."""
    return dimension == _OF_PERSONS


def ranks(scores: Mapping[str, float]) -> dict[str, int]:
    """The place of each, the best first; equal ones share it, and the next one counts those before it."""
    return {key: 1 + sum(other > score for other in scores.values()) for key, score in scores.items()}


@dataclass(frozen=True, slots=True)
class Worst:
    """The groups that stand worse than the whole, worst first; and how many groups, of how many counted, are too small."""

    groups: tuple[str | None, ...]
    small_groups: int
    small_counted: int


def worst(
    whole: Portion, groups: Mapping[str | None, Portion], evaluation: Evaluation, *, is_good: bool
) -> Worst:
    """Compare the groups of which at least `worst_least` are counted with the whole. `is_good`: more is better."""
    large = {key: portion for key, portion in groups.items() if portion.whole >= evaluation.worst_least}
    small = [portion.whole for key, portion in groups.items() if key not in large and portion.whole]

    def badness(portion: Portion) -> float:
        value = portion.value or 0.0
        return -value if is_good else value

    limit = badness(whole) if whole.whole else 0.0
    worse = [key for key, portion in large.items() if badness(portion) > limit]
    ranked = sorted(worse, key=lambda key: (-badness(large[key]), -large[key].whole, key or ""))
    return Worst(tuple(ranked[: evaluation.worst_most]), len(small), sum(small))


def moment_token(at: datetime, snapshot: str, epoch: UUID) -> str:
    """By what instant something was late, what had been committed, and in which life of the database: opaque to clients."""
    return encode_cursor([at.isoformat(), snapshot, epoch.hex])


def moment_of(token: str) -> tuple[datetime, str, UUID]:
    """What `moment_token` was made of; ValueError for anything else."""
    at, snapshot, epoch = decode_cursor(token, 3)
    match = _SNAPSHOT.fullmatch(snapshot)
    instant = datetime.fromisoformat(at)
    if match is None or instant.tzinfo is None:
        raise ValueError("not a snapshot")
    xmin, xmax = int(match[1]), int(match[2])
    active: Sequence[int] = [int(xid) for xid in match[3].split(",") if xid]
    in_order = active == sorted(set(active)) and all(xmin <= xid < xmax for xid in active)
    if not (0 < xmin <= xmax < 2**63 and in_order):
        raise ValueError("not a snapshot")
    return instant, snapshot, UUID(epoch)
