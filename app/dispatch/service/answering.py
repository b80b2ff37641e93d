"""What becomes of an offer: delivered, accepted, declined, expired, or ended with its attempt."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.dispatch.queries import answering as queries
from app.dispatch.queries import asked, delivering
from app.dispatch.rules.ranking import VERIFIED
from app.dispatch.rules.states import HELD


def accept(
    session: Session, actor: Actor, *, assignment_id: UUID, now: datetime, since: datetime | None = None
) -> RowMapping:
    """Take an offer of mine or an item of my unit's queue; `since`: from when on it is mine. Accepting twice is the same as
    once.

    Of several who were asked at once the first has it; she needs room for it, since it was nobody's load till then.
    """
    assignment = queries.lock_assignment(session, assignment_id)
    if assignment is None:
        raise NotFound("not_found")
    if assignment["state"] in HELD and assignment["account_id"] == actor.id:
        return assignment
    if assignment["state"] == "open" and not queries.has_room(session, actor.id):
        raise Conflict("worker_not_eligible", reason="full", extra={"reason": "full"})
    since = since or now
    won = queries.accept_offer(session, assignment_id=assignment_id, worker_id=actor.id, now=now, since=since)
    if not won and actor.unit_ids:
        won = queries.accept_queued(
            session, assignment_id=assignment_id, account_id=actor.id, unit_ids=actor.unit_ids, since=since
        )
    if not won:
        raise Conflict("assignment_taken" if assignment["state"] in HELD else "offer_not_live")
    return assignment


def decline(
    session: Session, actor: Actor, *, assignment_id: UUID, reason: str, because: str | None, now: datetime
) -> tuple[RowMapping, bool]:
    """Say no to an offer of mine, with a reason. The attempt, and whether it has ended and the next may be asked."""
    assignment = queries.lock_assignment(session, assignment_id)
    if assignment is None:
        raise NotFound("not_found")
    answered = queries.decline_offer(
        session, assignment_id=assignment_id, worker_id=actor.id, reason=reason, because=because, now=now
    )
    if not answered:
        raise Conflict("offer_not_live")
    return assignment, _end_unasked(session, assignment_id=assignment_id, now=now)


def expire(session: Session, attempt: RowMapping, *, now: datetime) -> tuple[Sequence[RowMapping], bool]:
    """Offers nobody answered: neither accepted nor declined; `undelivered` what no phone has fetched.

    Worker and state of each, and whether the attempt has ended with them.
    """
    ended = queries.run_out(session, assignment_id=attempt["assignment_id"], now=now)
    return ended, _end_unasked(session, assignment_id=attempt["assignment_id"], now=now)


def _end_unasked(session: Session, *, assignment_id: UUID, now: datetime) -> bool:
    if queries.is_asked(session, assignment_id):
        return False
    queries.end_assignment(session, assignment_id=assignment_id, state="failed", now=now)
    return True


def deliver(session: Session, actor: Actor, *, offer_ids: Collection[UUID], way: str, now: datetime) -> None:
    """Offers of mine that are on my phone now. Said twice is said once."""
    delivering.deliver(session, worker_id=actor.id, offer_ids=offer_ids, way=way, now=now)


def deliver_told(session: Session, actor: Actor, *, offer_id: UUID, now: datetime) -> UUID:
    """My phone says that it has the offer. Returns the demand; 404 for an offer that is not mine."""
    incident_id = delivering.offer_of(session, offer_id=offer_id, worker_id=actor.id)
    if incident_id is None:
        raise NotFound("not_found")
    delivering.deliver(session, worker_id=actor.id, offer_ids=[offer_id], way="told", now=now)
    return incident_id


def go_on(session: Session, actor: Actor, *, assignment_id: UUID, state: str, at: datetime) -> bool:
    """I am on my way (`en_route`), or there (`on_scene`). False where I have said so before.

    409 for who does not hold it, and for setting out to where one is already.
    """
    assignment = queries.lock_assignment(session, assignment_id)
    if assignment is None:
        raise NotFound("not_found")
    if assignment["account_id"] != actor.id or assignment["state"] not in HELD:
        raise Conflict("assignment_not_held")
    if assignment["state"] == state:
        return False
    moved = queries.go_on(session, assignment_id=assignment_id, account_id=actor.id, state=state, at=at)
    if moved is None:
        raise Conflict("assignment_further_on")
    return True


def fail(session: Session, actor: Actor, *, assignment_id: UUID, because: str, now: datetime) -> RowMapping:
    """I had accepted it and cannot do it; I am not asked for it again. 409 for who does not hold it."""
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
    assignment = queries.active(session, incident_id=incident_id, role=role)
    if assignment is not None:
        queries.end_assignment(session, assignment_id=assignment["id"], state=state, because=because, now=now)
    return assignment


def end_attempt(session: Session, *, assignment_id: UUID, state: str, now: datetime) -> None:
    """End this attempt."""
    queries.end_assignment(session, assignment_id=assignment_id, state=state, now=now)


# Whoever has one demand is kept out of another one of the same case.
_KEPT_OUT = {
    "handle": {"second": "leads_it"},
    "second": {"handle": "is_second", "check": "handled_it", "verify": "handled_it"},
    "verify": dict.fromkeys(("handle", "second", "joint", "check"), VERIFIED),
    "joint": {"check": "handled_it", "verify": "handled_it"},
}


def team_of(session: Session, incident_ids: Sequence[UUID]) -> dict[tuple[UUID, str], dict[UUID, str]]:
    """For each demand (incident and role) whom its other demands keep out, and why.

    Lead and second are two people, and neither checks what both have done; nor does anybody of a unit that had a part.
    What one pair of eyes has seen at its beginning others put right, and others again vouch for its end.
    """
    kept_out: dict[tuple[UUID, str], dict[UUID, str]] = {}
    for row in queries.team_of(session, incident_ids):
        reasons = dict(_KEPT_OUT[row["role"]])
        if row["role"] == "second" and row["state"] == "done":
            del reasons["handle"]  # she may lead the rework
        for role, reason in reasons.items():
            kept_out.setdefault((row["incident_id"], role), {})[row["worker_id"]] = reason
    return kept_out


def active_of(session: Session, *, incident_id: UUID, worker_id: UUID) -> UUID | None:
    return queries.active_of(session, incident_id=incident_id, worker_id=worker_id)


def active(session: Session, *, incident_id: UUID, role: str | None = None) -> RowMapping | None:
    return queries.active(session, incident_id=incident_id, role=role)


def assignment(session: Session, assignment_id: UUID) -> RowMapping | None:
    return queries.assignment(session, assignment_id)


def expired_offer(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    """The attempt of a demand, if an offer of it has passed its time."""
    return queries.expired_offer(session, incident_id=incident_id, now=now)


def cases_with_expired_offers(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Demands whose live offer has passed its time, oldest first."""
    return list(dict.fromkeys(queries.cases_with_expired_offers(session, now=now, limit=limit)))


def worker_name(session: Session, worker_id: UUID) -> str | None:
    """Her name, or None for somebody who is no worker (a unit's handler)."""
    return queries.worker_name(session, worker_id)


def asked_before(session: Session, *, incident_id: UUID, role: str) -> dict[UUID, str]:
    return asked.asked_before(session, incident_id=incident_id, role=role)


def last_unit(session: Session, incident_id: UUID) -> UUID | None:
    """The unit whose member handled the demand last; None where a worker did."""
    return queries.last_unit(session, incident_id)


def demands_of_absent(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Demands offered to somebody off duty, or held by somebody whose account is closed."""
    return list(queries.demands_of_absent(session, now=now, limit=limit))


def demands_offered_to(session: Session, worker_id: UUID) -> list[UUID]:
    """Demands that the worker is being asked to take."""
    return list(queries.demands_offered_to(session, worker_id))


def demands_with(session: Session, worker_id: UUID) -> list[UUID]:
    """Return the demands that a worker is asked to take or has."""
    return list(queries.demands_with(session, worker_id))


def lock_loads(session: Session, incident_ids: Sequence[UUID]) -> None:
    """Lock the loads of everybody who has a live attempt of one of these demands, whose cases the caller has locked."""
    queries.lock_loads(session, incident_ids)


def absent_holder(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    """The live attempt of a demand, if its worker or holder is not there for it."""
    return queries.absent_holder(session, incident_id=incident_id, now=now)


def withdraw_from_absent(
    session: Session, *, incident_id: UUID, now: datetime
) -> tuple[Sequence[RowMapping], bool]:
    """Of several asked at once, take it back from those who are not there: who, and whether nobody is asked any more."""
    gone = queries.absent_among(session, incident_id=incident_id, now=now)
    for one in gone:
        queries.withdraw_offer(
            session, assignment_id=one["assignment_id"], worker_id=one["worker_id"], because=None, now=now
        )
    return gone, bool(gone) and _end_unasked(session, assignment_id=gone[0]["assignment_id"], now=now)
