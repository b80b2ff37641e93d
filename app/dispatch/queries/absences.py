"""Statements on offers and assignments of absent workers.

A worker is absent if they are off duty, have an open call for help, or their account is closed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    RowMapping,
    Uuid,
    and_,
    bindparam,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.dispatch.models import Assignment, Offer
from app.dispatch.rules.states import WITH_WORKER
from app.dispatch.scope import constant, is_live_offer, state_in
from app.dispatch.scope.presence import is_absent

_INCIDENT_ID: Any = bindparam("incident_id", type_=Uuid())


# A live assignment whose worker cannot answer, or whose holder's account is closed.
_HOLDERS = Assignment.__table__.outerjoin(
    Account, Account.id == func.coalesce(Assignment.account_id, Assignment.worker_id)
)
_IS_HOLDER_ABSENT = and_(
    state_in(Assignment.state, WITH_WORKER),
    or_(
        Account.disabled_at.is_not(None),
        and_(Assignment.state == constant("offered"), is_absent(Assignment.worker_id)),
    ),
)
# A recipient of a broadcast who cannot answer.
_RECIPIENTS = Offer.__table__.join(
    Assignment, and_(Assignment.id == Offer.assignment_id, Assignment.state == constant("open"))
).join(Account, Account.id == Offer.worker_id)
_IS_RECIPIENT_ABSENT = and_(
    is_live_offer(), or_(Account.disabled_at.is_not(None), is_absent(Offer.worker_id))
)

_absent = union(
    select(Assignment.incident_id, Assignment.created_at).select_from(_HOLDERS).where(_IS_HOLDER_ABSENT),
    select(Assignment.incident_id, Assignment.created_at)
    .select_from(_RECIPIENTS)
    .where(_IS_RECIPIENT_ABSENT),
).subquery("absent")
_DEMANDS_OF_ABSENT = (
    select(_absent.c.incident_id).order_by(_absent.c.created_at).limit(bindparam("most", type_=Integer()))
)


def demands_of_absent(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Return ids of cases whose worker cannot answer the offer or has a closed account.

    A worker cannot answer while they are off duty or have an open call for help. The ids are sorted by the creation time
    of the assignment, the oldest first.
    """
    return session.scalars(_DEMANDS_OF_ABSENT, {"now": now, "most": limit}).all()


_ABSENT_HOLDER = (
    select(
        Assignment.id,
        Assignment.role,
        Assignment.state,
        Assignment.worker_id,
        Assignment.account_id,
        Assignment.unit_id,
    )
    .select_from(_HOLDERS)
    .where(_IS_HOLDER_ABSENT, Assignment.incident_id == _INCIDENT_ID)
    .limit(constant(1))
    .with_for_update(of=Assignment)
)


def absent_holder(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    """Lock and return the live assignment of a case if its worker cannot work on it, else None.

    The worker cannot work on the case if the account of the worker (or of the unit's member who accepted it) is closed. The
    same applies to a worker who has not answered the offer and is off duty or has an open call for help.
    """
    return session.execute(_ABSENT_HOLDER, {"incident_id": incident_id, "now": now}).mappings().one_or_none()


_ABSENT_RECIPIENTS = (
    select(Assignment.id.label("assignment_id"), Assignment.role, Offer.worker_id)
    .select_from(_RECIPIENTS)
    .where(_IS_RECIPIENT_ABSENT, Offer.incident_id == _INCIDENT_ID)
    .order_by(Offer.worker_id)
    .with_for_update(of=Offer)
)


def absent_recipients(session: Session, *, incident_id: UUID, now: datetime) -> Sequence[RowMapping]:
    """Lock and return offers to workers who are absent or whose account is closed.

    Only offers of work that was offered to several workers are returned.

    Columns: `assignment_id`, `role`, `worker_id`.
    """
    return session.execute(_ABSENT_RECIPIENTS, {"incident_id": incident_id, "now": now}).mappings().all()
