"""Rates of figures, worst groups, scores and ranks, and the token of a count's moment. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.core.paging import decode_cursor, encode_cursor
from app.profiles.rules.evaluation import Evaluation
from app.profiles.rules.measures import RATES, Rate

_SNAPSHOT = re.compile(r"(\d{1,19}):(\d{1,19}):((?:\d{1,19}(?:,\d{1,19})*)?)", re.ASCII)


class Portion(NamedTuple):
    """Numerator (`part`) and denominator (`whole`) of a rate."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """Return `part` / `whole`, 0 to 1; None if `whole` is 0."""
        return self.part / self.whole if self.whole else None


def rates_by(evaluation: Evaluation) -> dict[str, Rate]:
    """Return all rates by name, with the denominators that the jurisdiction has configured.

    `evaluation`: the rules of evaluation in the profile (configuration) of the jurisdiction.
    """
    return {
        name: replace(rate, denominator=evaluation.denominators.get(name, rate.denominator))
        for name, rate in RATES.items()
    }


def score_of(portions: Mapping[str, Portion], weights: Mapping[str, float]) -> float | None:
    """Return the weighted mean of rates as a score, 0 to 100; higher is better.

    A rate without cases is left out. A rate for which lower is better is replaced by 1 minus its value. None: all rates are
    without cases.
    """
    parts = {
        name: (weight, value)
        for name, weight in weights.items()
        if weight and (value := portions[name].value) is not None
    }
    total = sum(weight for weight, _ in parts.values())
    good = sum(
        weight * (value if RATES[name].is_good else 1 - value) for name, (weight, value) in parts.items()
    )
    return 100 * good / total if total else None


# Groupings whose groups are ranked. A grid is one person's work, and persons are not ranked.
_RANKED = ("area:", "unit", "handling_unit")
_OF_PERSONS = "area:grid"
# The groupings by unit, each with the parameter that narrows a request to one unit.
UNIT_FILTERS = {"unit": "owner_unit_id", "handling_unit": "handling_unit_id"}
# A unit with fewer members, but not without any, is neither scored nor ranked.
MIN_PEOPLE = 3


def is_ranked(dimension: str) -> bool:
    """Return True if the groups of this grouping get scores and ranks."""
    return dimension.startswith(_RANKED) and not is_personal(dimension)


def is_personal(dimension: str) -> bool:
    """Return True if each group of this grouping is the work of one person, as each grid is."""
    return dimension == _OF_PERSONS


def ranks(scores: Mapping[str, float]) -> dict[str, int]:
    """Return the rank of each group by score; rank 1 is the highest score.

    Equal scores share a rank: 1, 2, 2, 4.
    """
    return {key: 1 + sum(other > score for other in scores.values()) for key, score in scores.items()}


@dataclass(frozen=True, slots=True)
class Worst:
    """The groups whose rate is worse than the overall rate, the worst first.

    Attributes:
        groups: Values of these groups.
        small_groups: The number of groups that were not compared, because they have too few cases.
        small_counted: The number of cases in the groups that were not compared.
    """

    groups: tuple[str | None, ...]
    small_groups: int
    small_counted: int


def worst(
    whole: Portion, groups: Mapping[str | None, Portion], evaluation: Evaluation, *, is_good: bool
) -> Worst:
    """Return the groups whose rate is worse than the overall rate, at most `worst_most`.

    The worst group comes first. Groups with fewer than `worst_least` cases are not compared; they are only counted.

    Args:
        whole: The overall rate.
        groups: The rate of each group.
        is_good: A higher rate is better.
    """
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
    """Return a token for the moment of a count, so that the same numbers can be requested again.

    The token contains the instant, the snapshot and the database epoch. Clients do not parse it.
    """
    return encode_cursor([at.isoformat(), snapshot, epoch.hex])


def moment_of(token: str) -> tuple[datetime, str, UUID]:
    """Parse a token of `moment_token`. Return its instant, snapshot and database epoch.

    Raises:
        ValueError: The text is not such a token.
    """
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
