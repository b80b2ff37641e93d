"""Statements that read what the durations of a case follow from: its changes of state, its attempts and its clock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Uuid, bindparam, literal_column, select
from sqlalchemy.orm import Session

from app.core.db import Fragment, unscoped
from app.dispatch.scope import constant
from app.incidents.cases.queries.fields import staff_name, unit_item
from app.incidents.models import Deadline, Incident, IncidentEvent
from app.incidents.scope import SEES_NAMES
from app.profiles.rules.stages import HANDLE_STAGE

_ID: Any = bindparam("id", None, Uuid())
_OF_VISIBLE = "durations of a case that was read by its rule"

_CHANGES = (
    select(IncidentEvent.to_status, IncidentEvent.occurred_at)
    .where(
        IncidentEvent.incident_id == _ID,
        IncidentEvent.from_status.is_distinct_from(IncidentEvent.to_status),
    )
    .order_by(IncidentEvent.seq)
)

_ATTEMPTS = unscoped(
    Fragment(
        """select a.role, a.created_at, a.accepted_at, a.ended_at, cast({unit} as jsonb) unit,
                  cast(coalesce(
                    (select json_build_object('id', w.id, 'name', {worker_name}) from worker w where w.id = a.worker_id),
                    (select json_build_object('id', c.id, 'name', {account_name}) from account c where c.id = a.account_id)
                  ) as jsonb) worker
           from assignment a where a.incident_id = :id and a.role in ('verify', 'handle', 'check')
           order by a.created_at, a.id""",
        unit=unit_item(literal_column("a.unit_id")),
        worker_name=staff_name("w.name", SEES_NAMES),
        account_name=staff_name("c.name", SEES_NAMES),
    ),
    worker="names of the staff of visible cases",
)

_CLOCK = unscoped(
    select(
        Incident.category,
        Incident.profile_version_id,
        Deadline.unit,
        Deadline.profile_version_id.label("rules_id"),
    )
    .outerjoin(
        Deadline,
        (Deadline.incident_id == Incident.id)
        & (Deadline.stage == constant(HANDLE_STAGE))
        & Deadline.deleted_at.is_(None)
        & Deadline.outcome.is_distinct_from(constant("replaced")),
    )
    .where(Incident.id == _ID)
    .order_by(Deadline.started_at.desc().nulls_last())
    .limit(constant(1)),
    incident=_OF_VISIBLE,
)


def changes(session: Session, incident_id: UUID) -> list[tuple[str, datetime]]:
    """Return the states that a case got, with their times, in the order of its history."""
    return [(row.to_status, row.occurred_at) for row in session.execute(_CHANGES, {"id": incident_id})]


def attempts(session: Session, incident_id: UUID, *, sees_names: bool) -> Sequence[RowMapping]:
    """Return the attempts to verify, handle and check a case, oldest first.

    Args:
        sees_names: The actor may read names of staff; else they are masked.
    """
    binds = {"id": incident_id, "sees_names": sees_names}
    return session.execute(_ATTEMPTS, binds).mappings().all()


def clock(session: Session, incident_id: UUID) -> RowMapping:
    """Return by what the handling of a case is timed.

    Columns: `category` and `profile_version_id` of the case, and `unit` and `rules_id` (id of the version of the profile)
    of its handling limit, null without one.
    """
    return session.execute(_CLOCK, {"id": incident_id}).mappings().one()
