"""Rules of broadcasts: offers of the same work to several workers at once. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from app.dispatch.rules import ranking
from app.dispatch.rules.ranking import Demand, Verdict
from app.profiles.rules.redispatch import Broadcast

BY_PRIORITY, AFTER_RINGS = "broadcast_priority", "broadcast_rings"
# A worker who did not answer may get a broadcast of the same demand; a worker who declined may not.
_NO_ANSWER = frozenset({"offer_expired", "undelivered"})
_UNSUCCESSFUL = _NO_ANSWER | {"declined"}


def has_unsuccessful_offers(excluded: Mapping[UUID, str]) -> bool:
    """Return True if an earlier offer of the work was declined, not answered or not delivered."""
    return bool(_UNSUCCESSFUL & set(excluded.values()))


def for_broadcast(demand: Demand) -> Demand:
    """Return a copy of the demand that allows workers again who did not answer an earlier offer.

    They may get an offer again when several workers are asked at once.
    """
    excluded = {
        worker_id: reason for worker_id, reason in demand.excluded.items() if reason not in _NO_ANSWER
    }
    return replace(demand, excluded=excluded)


def select_recipients(verdicts: list[Verdict], rules: Broadcast) -> list[Verdict]:
    """Return the best eligible workers as verdicts, at most `rules.most` of them."""
    return ranking.eligible(verdicts)[: rules.most]
