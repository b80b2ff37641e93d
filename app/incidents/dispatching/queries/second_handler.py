"""Statement on the second worker of a case, who assists the lead worker."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, RowMapping, Uuid, any_, bindparam, select
from sqlalchemy.orm import Session, aliased

from app.dispatch.models import Assignment
from app.dispatch.scope import constant, is_active
from app.incidents.models import IncidentEvent

_Second = aliased(Assignment, name="second")
_IS_SECOND = (_Second.incident_id == Assignment.incident_id, _Second.role == constant("second"))
_SECOND = (
    select(
        select(_Second.state)
        .where(*_IS_SECOND, is_active(_Second))
        .limit(constant(1))
        .correlate(Assignment)
        .scalar_subquery()
        .label("state"),
        select(_Second.id)
        .where(
            *_IS_SECOND,
            _Second.state == constant("done"),
            _Second.ended_at >= Assignment.created_at,
        )
        .correlate(Assignment)
        .exists()
        .label("has_handed_in"),
        select(IncidentEvent.seq)
        .where(
            IncidentEvent.incident_id == Assignment.incident_id,
            IncidentEvent.action == constant("start"),
            IncidentEvent.detail.has_key("alone"),
            IncidentEvent.occurred_at >= Assignment.created_at,
        )
        .correlate(Assignment)
        .exists()
        .label("is_alone"),
    )
    .where(
        Assignment.incident_id == bindparam("incident_id", None, Uuid()),
        Assignment.role == constant("handle"),
        is_active(),
        Assignment.worker_id.is_not(None),
    )
    .order_by(Assignment.created_at.desc())
    .limit(constant(1))
)


def second_of(session: Session, incident_id: UUID) -> RowMapping | None:
    """Return the state of the second worker of a case; None if no worker leads the case.

    Columns:
        `state`: State of the second worker's live assignment, or None.
        `has_handed_in`: A second worker has finished since the lead was assigned.
        `is_alone`: The lead gave a reason for working alone.
    """
    rows: Any = session.execute(_SECOND, {"incident_id": incident_id})
    row: RowMapping | None = rows.mappings().one_or_none()
    return row


_WITH_SECOND = (
    select(Assignment.incident_id)
    .distinct()
    .where(
        Assignment.incident_id == any_(bindparam("ids", None, ARRAY(Uuid()))),
        Assignment.role == constant("second"),
    )
)


def cases_with_second(session: Session, incident_ids: Collection[UUID]) -> set[UUID]:
    """Return those cases to which a second worker is or was assigned."""
    return set(session.scalars(_WITH_SECOND, {"ids": list(incident_ids)}))
