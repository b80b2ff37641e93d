"""Limits of a hotspot preview, which is computed during a request. No database is used."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from app.profiles.rules.signals import Signals

REPORTS_MOST = 5_000
DAYS_MOST = 92
# The scan compares days of the period with each other: a period of one day has nothing to compare.
DAYS_LEAST = 2
CATEGORIES_MOST = 50
MEMBERS_MOST = 200
_LONGEST_DAYS, _SHUFFLES, _RADIUS_M = 14, 199, 1_000.0


@dataclass(frozen=True, slots=True)
class ReportSelection:
    """The reports that a hotspot preview scans.

    Attributes:
        since, until: Reports received in [since, until) are scanned.
        zone: Time zone that decides the day of a report.
        categories: Codes of categories. Empty: all.
    """

    area_id: UUID
    jurisdiction_id: UUID
    since: datetime
    until: datetime
    zone: str
    categories: Sequence[str] = ()


def bounded(rules: Signals, days: int) -> Signals:
    """Return detector settings with smaller limits, so that a scan is fast enough for a request.

    Args:
        rules: The settings of the jurisdiction.
        days: Length of the scanned period in days. A hotspot is at least one day shorter than the period.
    """
    radii = tuple(radius for radius in rules.cluster_radii_m if radius <= _RADIUS_M)
    return replace(
        rules,
        cluster_radii_m=radii or (_RADIUS_M,),
        cluster_longest_days=min(rules.cluster_longest_days, _LONGEST_DAYS, days - 1),
        cluster_shuffles=min(rules.cluster_shuffles, _SHUFFLES),
    )


def days_of(first: date, last: date) -> int:
    """Return the number of days from `first` to `last`, both included."""
    return (last - first) // timedelta(days=1) + 1


def seed_of(area_id: UUID, first: date, last: date, categories: Sequence[str]) -> int:
    """Compute the seed of the random permutations from the parameters of a request.

    Equal requests have equal seeds, and therefore equal answers.
    """
    question = f"{area_id} {first} {last} {' '.join(sorted(categories))}"
    return int.from_bytes(hashlib.sha256(question.encode()).digest()[:6])
