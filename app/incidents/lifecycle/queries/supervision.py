"""Statements that find cases due for review, and supervisions whose end date has passed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, Uuid, bindparam, cast, func, null, select, union_all
from sqlalchemy.orm import Session

from app.dispatch.scope import constant, state_in
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.deadlines.rules.stages import PAUSED_STATES
from app.incidents.models import Incident, IncidentEvent

_NOW: Any = bindparam("now", None, DateTime(timezone=True))
_LIMIT: Any = bindparam("row_limit", None, Integer())

_WAITS_FOR_NOBODY = (Incident.waiting_since.is_(None), Incident.deleted_at.is_(None))
_DUE = union_all(
    select(Incident.id, Incident.review_at).where(
        Incident.review_at <= _NOW,
        state_in(Incident.status, sorted(PAUSED_STATES)),
        *_WAITS_FOR_NOBODY,
    ),
    # Deferred by an earlier version, without a date.
    select(Incident.id, cast(null(), DateTime(timezone=True))).where(
        Incident.review_at.is_(None),
        Incident.status == constant(Status.DEFERRED),
        *_WAITS_FOR_NOBODY,
    ),
).subquery("due")
_DUE_FOR_REVIEW = select(_DUE.c.id).order_by(_DUE.c.review_at.nulls_first(), _DUE.c.id).limit(_LIMIT)

_LAST_ACTION = (
    select(IncidentEvent.action)
    .where(
        IncidentEvent.incident_id == Incident.id,
        state_in(IncidentEvent.action, ("supervise", "supervision_due")),
    )
    .order_by(IncidentEvent.seq.desc())
    .limit(constant(1))
    .scalar_subquery()
)
_SUPERVISIONS_DUE = (
    select(Incident.id)
    .where(
        Incident.supervised_at.is_not(None),
        Incident.supervised_until <= _NOW,
        Incident.deleted_at.is_(None),
        func.coalesce(_LAST_ACTION, "") != constant("supervision_due"),
    )
    .order_by(Incident.supervised_until, Incident.id)
    .limit(_LIMIT)
)
_SUPERVISION_DUE = _SUPERVISIONS_DUE.where(Incident.id == bindparam("incident_id", None, Uuid()))


def due_for_review(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Return the ids of paused cases (deferred, or on long-term hold) that are due for review.

    A case is due if its review date has passed, or if it was deferred without a review date. Cases that already wait in the
    queue of their supervisors are left out.
    """
    ids: Sequence[UUID] = session.scalars(_DUE_FOR_REVIEW, {"now": now, "row_limit": limit}).all()
    return ids


def supervisions_due(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Return the ids of cases whose supervision has passed its end date.

    A case is left out if an event about this end date is stored already.
    """
    ids: Sequence[UUID] = session.scalars(_SUPERVISIONS_DUE, {"now": now, "row_limit": limit}).all()
    return ids


def is_supervision_due(session: Session, incident_id: UUID, *, now: datetime) -> bool:
    """Return True if `supervisions_due` would return this case."""
    binds = {"now": now, "row_limit": 1, "incident_id": incident_id}
    return session.scalar(_SUPERVISION_DUE, binds) is not None
