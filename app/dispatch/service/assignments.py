"""Life of offers and assignments: delivered, accepted, declined, expired, en route, on scene, ended."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.dispatch.queries import absences, deliveries, loads, offers, prior_offers
from app.dispatch.queries import assignments as queries
from app.dispatch.rules.ranking import VERIFIED
from app.dispatch.rules.refusals import worker_not_eligible
from app.dispatch.rules.states import HELD


def accept(
    session: Session, actor: Actor, *, assignment_id: UUID, now: datetime, since: datetime | None = None
) -> RowMapping:
    """Accept an offer of the actor, or an item of their unit's queue. Idempotent.

    `since`: the instant from which the actor has it, if not `now`. Of several who were asked at once the first gets the
    assignment; they need room for it, since it was in nobody's load until then.
    """
    assignment = queries.lock_assignment(session, assignment_id)
    if assignment is None:
        raise NotFound("not_found")
    if assignment["state"] in HELD and assignment["account_id"] == actor.id:
        return assignment
    if assignment["state"] == "open" and not loads.has_capacity(session, actor.id):
        raise worker_not_eligible("full")
    since = since or now
    is_accepted = offers.accept_offer(
        session, assignment_id=assignment_id, worker_id=actor.id, now=now, since=since
    )
    if not is_accepted and actor.unit_ids:
        is_accepted = queries.accept_queued(
            session, assignment_id=assignment_id, account_id=actor.id, unit_ids=actor.unit_ids, since=since
        )
    if not is_accepted:
        raise Conflict("assignment_taken" if assignment["state"] in HELD else "offer_not_live")
    return assignment


def decline(
    session: Session, actor: Actor, *, assignment_id: UUID, reason: str, because: str | None, now: datetime
) -> tuple[RowMapping, bool]:
    """Decline an offer of the actor. Returns the assignment, and whether it has ended so that the next may be asked."""
    assignment = queries.lock_assignment(session, assignment_id)
    if assignment is None:
        raise NotFound("not_found")
    is_declined = offers.decline_offer(
        session, assignment_id=assignment_id, worker_id=actor.id, reason=reason, because=because, now=now
    )
    if not is_declined:
        raise Conflict("offer_not_live")
    return assignment, _end_without_offers(session, assignment_id=assignment_id, now=now)


def expire_offers(
    session: Session, attempt: RowMapping, *, now: datetime
) -> tuple[Sequence[RowMapping], bool]:
    """End the offers of an assignment whose time is over: `expired`, or `undelivered` if no phone has fetched them.

    Returns worker and state of each, and whether the assignment has ended with them.
    """
    expired_offers = offers.expire_offers(session, assignment_id=attempt["assignment_id"], now=now)
    return expired_offers, _end_without_offers(session, assignment_id=attempt["assignment_id"], now=now)


def _end_without_offers(session: Session, *, assignment_id: UUID, now: datetime) -> bool:
    if offers.has_live_offer(session, assignment_id):
        return False
    queries.end_assignment(session, assignment_id=assignment_id, state="failed", now=now)
    return True


def mark_delivered(
    session: Session, actor: Actor, *, offer_ids: Collection[UUID], way: str, now: datetime
) -> None:
    """Mark the actor's offers as delivered to their device. Idempotent."""
    deliveries.record_deliveries(session, worker_id=actor.id, offer_ids=offer_ids, way=way, now=now)


def confirm_delivery(session: Session, actor: Actor, *, offer_id: UUID, now: datetime) -> UUID:
    """Mark one offer as delivered, by the device's confirmation. Returns its demand.

    Raises:
        NotFound: The offer is not the actor's.
    """
    incident_id = deliveries.demand_of_offer(session, offer_id=offer_id, worker_id=actor.id)
    if incident_id is None:
        raise NotFound("not_found")
    deliveries.record_deliveries(session, worker_id=actor.id, offer_ids=[offer_id], way="told", now=now)
    return incident_id


def record_progress(session: Session, actor: Actor, *, assignment_id: UUID, state: str, at: datetime) -> bool:
    """Record that the actor is `en_route` or `on_scene`. Returns False if that was recorded before.

    Raises:
        Conflict: The actor does not hold the assignment, or it is further on.
    """
    assignment = queries.lock_assignment(session, assignment_id)
    if assignment is None:
        raise NotFound("not_found")
    if assignment["account_id"] != actor.id or assignment["state"] not in HELD:
        raise Conflict("assignment_not_held")
    if assignment["state"] == state:
        return False
    is_changed = queries.record_progress(
        session, assignment_id=assignment_id, account_id=actor.id, state=state, at=at
    )
    if not is_changed:
        raise Conflict("assignment_further_on")
    return True


def fail(session: Session, actor: Actor, *, assignment_id: UUID, because: str, now: datetime) -> RowMapping:
    """End an assignment that the actor accepted and cannot do. They are not asked for it again.

    Raises:
        Conflict: The actor does not hold the assignment.
    """
    assignment = queries.lock_assignment(session, assignment_id)
    if assignment is None:
        raise NotFound("not_found")
    if assignment["account_id"] != actor.id or assignment["state"] not in HELD:
        raise Conflict("assignment_not_held")
    queries.end_assignment(session, assignment_id=assignment_id, state="failed", because=because, now=now)
    return assignment


def end_active(
    session: Session,
    *,
    incident_id: UUID,
    state: str,
    now: datetime,
    role: str | None = None,
    because: str | None = None,
) -> RowMapping | None:
    """End the live attempt of a demand, if there is one, and give its worker room again."""
    assignment = queries.live_assignment(session, incident_id=incident_id, role=role)
    if assignment is not None:
        queries.end_assignment(session, assignment_id=assignment["id"], state=state, because=because, now=now)
    return assignment


def end_attempt(session: Session, *, assignment_id: UUID, state: str, now: datetime) -> None:
    """End this attempt."""
    queries.end_assignment(session, assignment_id=assignment_id, state=state, now=now)


# Whoever has one demand is kept out of another one of the same case.
_TEAM_EXCLUSIONS = {
    "handle": {"second": "leads_it"},
    "second": {"handle": "is_second", "check": "handled_it", "verify": "handled_it"},
    "verify": dict.fromkeys(("handle", "second", "joint", "check"), VERIFIED),
    "joint": {"check": "handled_it", "verify": "handled_it"},
}


def team_exclusions(
    session: Session, incident_ids: Sequence[UUID]
) -> dict[tuple[UUID, str], dict[UUID, str]]:
    """Return, by demand (incident, role), the workers excluded by other demands of the case, with the reason.

    Lead and second are two people, and neither checks what both have done; nor does anybody of a unit that had a part.
    What one pair of eyes has seen at its beginning others put right, and others again vouch for its end.
    """
    exclusions: dict[tuple[UUID, str], dict[UUID, str]] = {}
    for row in queries.team_members(session, incident_ids):
        reasons = dict(_TEAM_EXCLUSIONS[row["role"]])
        if row["role"] == "second" and row["state"] == "done":
            del reasons["handle"]  # the second may lead the rework
        for role, reason in reasons.items():
            exclusions.setdefault((row["incident_id"], role), {})[row["worker_id"]] = reason
    return exclusions


def live_assignment_of_worker(session: Session, *, incident_id: UUID, worker_id: UUID) -> UUID | None:
    return queries.live_assignment_of_worker(session, incident_id=incident_id, worker_id=worker_id)


def live_assignment(session: Session, *, incident_id: UUID, role: str | None = None) -> RowMapping | None:
    return queries.live_assignment(session, incident_id=incident_id, role=role)


def assignment(session: Session, assignment_id: UUID) -> RowMapping | None:
    return queries.assignment(session, assignment_id)


def expired_offer(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    """The attempt of a demand, if an offer of it has passed its time."""
    return offers.expired_offer(session, incident_id=incident_id, now=now)


def cases_with_expired_offers(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Demands whose live offer has passed its time, oldest first."""
    return list(dict.fromkeys(offers.demands_with_expired_offers(session, now=now, limit=limit)))


def worker_name(session: Session, worker_id: UUID) -> str | None:
    """Return the worker's name, or None if the id is no worker's (a unit's handler)."""
    return queries.worker_name(session, worker_id)


def prior_offer_exclusions(session: Session, *, incident_id: UUID, role: str) -> dict[UUID, str]:
    return prior_offers.exclusions(session, incident_id=incident_id, role=role)


def last_unit(session: Session, incident_id: UUID) -> UUID | None:
    """The unit whose member handled the demand last; None where a worker did."""
    return queries.last_unit(session, incident_id)


def demands_of_absent(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Demands offered to somebody off duty, or held by somebody whose account is closed."""
    return list(absences.demands_of_absent(session, now=now, limit=limit))


def demands_offered_to(session: Session, worker_id: UUID) -> list[UUID]:
    """Demands that the worker is being asked to take."""
    return list(offers.demands_offered_to(session, worker_id))


def demands_of_worker(session: Session, worker_id: UUID) -> list[UUID]:
    """Return the demands that are offered to a worker or assigned to them."""
    return list(queries.demands_of_worker(session, worker_id))


def lock_loads(session: Session, incident_ids: Sequence[UUID]) -> None:
    """Lock the loads of everybody who has a live attempt of one of these demands, whose cases the caller has locked."""
    loads.lock_loads(session, incident_ids)


def absent_holder(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    """The live attempt of a demand, if its worker or holder is not there for it."""
    return absences.absent_holder(session, incident_id=incident_id, now=now)


def withdraw_from_absent(
    session: Session, *, incident_id: UUID, now: datetime
) -> tuple[Sequence[RowMapping], bool]:
    """Withdraw a broadcast from recipients who are absent. Returns them, and whether no live offer is left."""
    absent_recipients = absences.absent_recipients(session, incident_id=incident_id, now=now)
    for recipient in absent_recipients:
        offers.withdraw_offer(
            session,
            assignment_id=recipient["assignment_id"],
            worker_id=recipient["worker_id"],
            because=None,
            now=now,
        )
    return absent_recipients, bool(absent_recipients) and _end_without_offers(
        session, assignment_id=absent_recipients[0]["assignment_id"], now=now
    )
