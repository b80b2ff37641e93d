"""When several are asked at once, and whom: the first who accepts has it. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from app.dispatch.rules import ranking
from app.dispatch.rules.ranking import Demand, Verdict
from app.profiles.rules.redispatch import Broadcast

BY_PRIORITY, AFTER_RINGS = "broadcast_priority", "broadcast_rings"
# Whoever did not answer may be asked again, together with others; whoever said no may not.
_NO_ANSWER = frozenset({"offer_expired", "undelivered"})
_IN_VAIN = _NO_ANSWER | {"declined"}


def is_exhausted(excluded: Mapping[UUID, str]) -> bool:
    """Whether anybody was asked in vain before."""
    return bool(_IN_VAIN & set(excluded.values()))


def together(demand: Demand) -> Demand:
    """The same demand as it is put to several: who did not answer may be asked again."""
    excluded = {who: why for who, why in demand.excluded.items() if why not in _NO_ANSWER}
    return replace(demand, excluded=excluded)


def first_of(verdicts: list[Verdict], rules: Broadcast) -> list[Verdict]:
    """Whom to ask, the first in rank."""
    return ranking.eligible(verdicts)[: rules.most]
