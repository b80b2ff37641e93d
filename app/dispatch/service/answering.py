"""What becomes of an offer: accepted, declined, expired, or ended with its attempt."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.dispatch.queries import answering as queries
from app.dispatch.queries import placing


def accept(session: Session, actor: Actor, *, assignment_id: UUID, now: datetime) -> RowMapping:
    """Take an offer of mine or an item of my unit's queue. Accepting twice is the same as once."""
    assignment = queries.assignment(session, assignment_id)
    if assignment is None:
        raise NotFound("not_found")
    if assignment["state"] == "accepted" and assignment["account_id"] == actor.id:
        return assignment
    won = queries.accept_offer(session, assignment_id=assignment_id, worker_id=actor.id, now=now)
    if not won and actor.unit_ids:
        won = queries.accept_queued(
            session, assignment_id=assignment_id, account_id=actor.id, unit_ids=actor.unit_ids, now=now
        )
    if not won:
        present = queries.assignment(session, assignment_id)
        taken = present is not None and present["state"] == "accepted"
        raise Conflict("assignment_taken" if taken else "offer_not_live")
    return assignment


def decline(session: Session, actor: Actor, *, assignment_id: UUID, reason: str, now: datetime) -> RowMapping:
    """Say no to an offer of mine, with a reason; the attempt ends and the next round may begin."""
    assignment = queries.lock_assignment(session, assignment_id)
    if assignment is None:
        raise NotFound("not_found")
    answered = queries.answer_offer(
        session, assignment_id=assignment_id, worker_id=actor.id, state="declined", reason=reason, now=now
    )
    if not answered:
        raise Conflict("offer_not_live")
    queries.end_assignment(session, assignment_id=assignment_id, state="failed", now=now)
    return assignment


def expire(session: Session, offer: RowMapping, *, now: datetime) -> None:
    """An offer nobody answered: neither accepted nor declined."""
    queries.answer_offer(
        session,
        assignment_id=offer["assignment_id"],
        worker_id=offer["worker_id"],
        state="expired",
        reason=None,
        now=now,
    )
    queries.end_assignment(session, assignment_id=offer["assignment_id"], state="failed", now=now)


def end_active(
    session: Session, *, incident_id: UUID, state: str, now: datetime, role: str | None = None
) -> RowMapping | None:
    """End the live attempt of a demand, if there is one, and give its worker room again."""
    assignment = queries.active(session, incident_id=incident_id, role=role)
    if assignment is not None:
        queries.end_assignment(session, assignment_id=assignment["id"], state=state, now=now)
    return assignment


def active(session: Session, *, incident_id: UUID, role: str | None = None) -> RowMapping | None:
    return queries.active(session, incident_id=incident_id, role=role)


def assignment(session: Session, assignment_id: UUID) -> RowMapping | None:
    return queries.assignment(session, assignment_id)


def expired_offer(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    """The live offer of a demand, if its time has passed."""
    return queries.expired_offer(session, incident_id=incident_id, now=now)


def cases_with_expired_offers(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Demands whose live offer has passed its time, oldest first."""
    return list(queries.cases_with_expired_offers(session, now=now, limit=limit))


def worker_name(session: Session, worker_id: UUID) -> str | None:
    """Her name, or None for somebody who is no worker (a unit's handler)."""
    return queries.worker_name(session, worker_id)


def asked_before(session: Session, *, incident_id: UUID, role: str) -> dict[UUID, str]:
    return placing.asked_before(session, incident_id=incident_id, role=role)


def last_unit(session: Session, incident_id: UUID) -> UUID | None:
    """The unit whose member handled the demand last; None where a worker did."""
    return queries.last_unit(session, incident_id)


def demands_of_absent(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Demands offered to somebody off duty, or held by somebody whose account is closed."""
    return list(queries.demands_of_absent(session, now=now, limit=limit))


def demands_offered_to(session: Session, worker_id: UUID) -> list[UUID]:
    """Demands that the worker is being asked to take."""
    return list(queries.demands_offered_to(session, worker_id))


def absent_holder(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    """The live attempt of a demand, if its worker or holder is not there for it."""
    return queries.absent_holder(session, incident_id=incident_id, now=now)
