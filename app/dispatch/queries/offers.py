"""Statements on offers: accept, decline, expire, withdraw."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, RowMapping, Text, Uuid, bindparam, case, exists, select
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.dispatch.models import Assignment, Offer, OfferDelivery
from app.dispatch.queries.transitions import change_offers, listed
from app.dispatch.rules.states import ASSIGNMENTS, OFFERS
from app.dispatch.scope import constant, is_live_offer

# Binds of updates have other names than columns: SQLAlchemy sets a column to a bind of its name.
_NOW: Any = bindparam("now", type_=DateTime(timezone=True))
_BECAUSE: Any = bindparam("new_because", type_=Text())
_OF_ASSIGNMENT = Offer.assignment_id == bindparam("of_assignment_id", type_=Uuid())
_OF_WORKER = Offer.worker_id == bindparam("of_worker_id", type_=Uuid())
_OF_INCIDENT = Offer.incident_id == bindparam("of_incident_id", type_=Uuid())
_HAS_EXPIRED = Offer.expires_at <= _NOW

# Compare and set: only one worker can win. `other_offers` are those of a broadcast. The assignment of a broadcast is in no
# load before, so it is added to the load of its worker; the caller has checked `has_capacity` under the lock of the load.
_ACCEPT_OFFER = Fragment(
    """
    with accepted_offer as (
      update offer set state = {accepted}, answered_at = :now
      where assignment_id = :assignment_id and worker_id = :worker_id and state in {answerable} and expires_at > :now
        and exists (select from assignment a where a.id = :assignment_id and a.state in {open_to_offer})
      returning id, assignment_id),
    delivery as (
      insert into offer_delivery (offer_id, worker_id, way, occurred_at)
      select id, :worker_id, 'answered', :now from accepted_offer on conflict do nothing),
    other_offers as (
      update offer set state = {withdrawn}, answered_at = :now, because = 'taken_by_other'
      where assignment_id in (select assignment_id from accepted_offer) and worker_id <> :worker_id
        and state in {withdrawable}),
    load as (
      update worker_load set open_work = open_work + 1 where worker_id = :worker_id and exists (
        select from assignment a join accepted_offer o on o.assignment_id = a.id where a.state = 'open'))
    update assignment set state = {held}, worker_id = :worker_id, account_id = :worker_id, accepted_at = :since
    where id in (select assignment_id from accepted_offer) and state in {open_to_offer}
    returning id
    """,
    accepted=constant(OFFERS["accept"].to),
    answerable=listed(OFFERS["accept"].sources),
    withdrawn=constant(OFFERS["withdraw"].to),
    withdrawable=listed(OFFERS["withdraw"].sources),
    held=constant(ASSIGNMENTS["accept_offer"].to),
    open_to_offer=listed(ASSIGNMENTS["accept_offer"].sources),
)


def accept_offer(
    session: Session, *, assignment_id: UUID, worker_id: UUID, now: datetime, since: datetime
) -> bool:
    """Accept the worker's live offer, and withdraw all other offers of the same work.

    Returns False if the worker has no live offer.

    Args:
        since: Time of the acceptance; earlier than `now` if the device was offline.
    """
    binds = {"assignment_id": assignment_id, "worker_id": worker_id, "now": now, "since": since}
    return session.scalar(_ACCEPT_OFFER, binds) is not None


_DECLINE_OFFER = Fragment(
    """
    with declined_offer as (
      update offer set state = {declined}, answered_at = :now, reason = :reason, because = :because
      where assignment_id = :assignment_id and worker_id = :worker_id and state in {answerable} and expires_at > :now
      returning id),
    delivery as (
      insert into offer_delivery (offer_id, worker_id, way, occurred_at)
      select id, :worker_id, 'answered', :now from declined_offer on conflict do nothing)
    select id from declined_offer
    """,
    declined=constant(OFFERS["decline"].to),
    answerable=listed(OFFERS["decline"].sources),
)


def decline_offer(
    session: Session, *, assignment_id: UUID, worker_id: UUID, reason: str, because: str | None, now: datetime
) -> bool:
    """Decline the worker's live offer. Returns False if the worker has no live offer."""
    binds = {
        "assignment_id": assignment_id,
        "worker_id": worker_id,
        "reason": reason,
        "because": because,
        "now": now,
    }
    return session.scalar(_DECLINE_OFFER, binds) is not None


_IS_DELIVERED = exists().where(OfferDelivery.offer_id == Offer.id)
# Two transitions in one update: `expire` has the sources, `miss` is the other target. tests/unit/test_dispatch_states.py
# compares the sources of both.
_EXPIRE_OFFERS = (
    change_offers(OFFERS["expire"])
    .where(_OF_ASSIGNMENT, _HAS_EXPIRED)
    .values(
        state=case((_IS_DELIVERED, constant(OFFERS["expire"].to)), else_=constant(OFFERS["miss"].to)),
        answered_at=_NOW,
    )
    .returning(Offer.worker_id, Offer.state)
)


def expire_offers(session: Session, *, assignment_id: UUID, now: datetime) -> Sequence[RowMapping]:
    """End the offers of an assignment that were not answered in time.

    The state becomes `expired` if the offer had reached the worker's device, else `undelivered`. Returns `worker_id` and
    `state` of each ended offer.
    """
    binds = {"of_assignment_id": assignment_id, "now": now}
    return session.execute(_EXPIRE_OFFERS, binds).mappings().all()


_WITHDRAW_OFFER = (
    change_offers(OFFERS["withdraw"])
    .where(_OF_ASSIGNMENT, _OF_WORKER)
    .values(answered_at=_NOW, because=_BECAUSE)
)


def withdraw_offer(
    session: Session, *, assignment_id: UUID, worker_id: UUID, because: str | None, now: datetime
) -> None:
    """Withdraw the offer to one worker, where several workers got an offer of the same work."""
    binds = {
        "of_assignment_id": assignment_id,
        "of_worker_id": worker_id,
        "new_because": because,
        "now": now,
    }
    session.execute(_WITHDRAW_OFFER, binds)


_HAS_LIVE_OFFER = select(exists().where(_OF_ASSIGNMENT, is_live_offer()))


def has_live_offer(session: Session, assignment_id: UUID) -> bool:
    """Return True if the assignment has a live offer to any worker."""
    return bool(session.scalar(_HAS_LIVE_OFFER, {"of_assignment_id": assignment_id}))


_EXPIRED_OFFER = (
    select(Offer.assignment_id, Offer.incident_id, Assignment.role)
    .join(Assignment, Assignment.id == Offer.assignment_id)
    .where(_OF_INCIDENT, is_live_offer(), _HAS_EXPIRED)
    .limit(constant(1))
    .with_for_update(of=Offer)
)


def expired_offer(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    """Lock and return an offer of a case that was not answered in time, or None.

    Columns: `assignment_id`, `incident_id`, `role`.
    """
    binds = {"of_incident_id": incident_id, "now": now}
    return session.execute(_EXPIRED_OFFER, binds).mappings().one_or_none()


_WITH_EXPIRED_OFFERS = (
    select(Offer.incident_id)
    .where(is_live_offer(), _HAS_EXPIRED)
    .order_by(Offer.expires_at)
    .limit(bindparam("most", type_=Integer()))
)


def demands_with_expired_offers(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Return the case ids of offers that were not answered in time, the earliest deadline first.

    A case with several such offers is returned several times.
    """
    return session.scalars(_WITH_EXPIRED_OFFERS, {"now": now, "most": limit}).all()


_OFFERED_TO = select(Offer.incident_id).where(_OF_WORKER, is_live_offer()).order_by(Offer.incident_id)


def demands_offered_to(session: Session, worker_id: UUID) -> Sequence[UUID]:
    """Return the case ids of the offers that the worker can still answer, sorted by id."""
    return session.scalars(_OFFERED_TO, {"of_worker_id": worker_id}).all()
