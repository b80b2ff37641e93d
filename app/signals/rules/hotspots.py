"""How much a preview of hotspots may look at, since somebody waits for it. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from app.profiles.rules.signals import Signals

REPORTS_MOST = 5_000
DAYS_MOST = 92
# Chance is judged by days of the period: there have to be others beside the ones of a hotspot.
DAYS_LEAST = 2
CATEGORIES_MOST = 50
MEMBERS_MOST = 200
_LONGEST_DAYS, _SHUFFLES, _RADIUS_M = 14, 199, 1_000.0


def bounded(rules: Signals, days: int) -> Signals:
    """Return the rules of a jurisdiction, no costlier than a request may be; `days` of the period, of which a hotspot has
    fewer."""
    radii = tuple(radius for radius in rules.cluster_radii_m if radius <= _RADIUS_M)
    return replace(
        rules,
        cluster_radii_m=radii or (_RADIUS_M,),
        cluster_longest_days=min(rules.cluster_longest_days, _LONGEST_DAYS, days - 1),
        cluster_shuffles=min(rules.cluster_shuffles, _SHUFFLES),
    )


def days_of(first: date, last: date) -> int:
    """Return how many days a period has, with its first and its last one."""
    return (last - first) // timedelta(days=1) + 1


def seed_of(area_id: UUID, first: date, last: date, categories: Sequence[str]) -> int:
    """Return the seed of all that is left to chance: the same question has the same answer."""
    question = f"{area_id} {first} {last} {' '.join(sorted(categories))}"
    return int.from_bytes(hashlib.sha256(question.encode()).digest()[:6])
