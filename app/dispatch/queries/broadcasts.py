"""Statements for offers of the same work to several workers at once (broadcasts)."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Text, Uuid, bindparam, exists, literal_column, select
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.dispatch.models import DispatchRun
from app.dispatch.scope import constant
from app.dispatch.scope.presence import is_on_duty

_WAS_BROADCAST = select(
    exists().where(
        DispatchRun.incident_id == bindparam("incident_id", type_=Uuid()),
        DispatchRun.role == bindparam("role", type_=Text()),
        DispatchRun.outcome == constant("broadcast"),
    )
)


def was_broadcast(session: Session, *, incident_id: UUID, role: str) -> bool:
    """Return True if the work was already offered to several workers at once."""
    return bool(session.scalar(_WAS_BROADCAST, {"incident_id": incident_id, "role": role}))


# The assignment has no worker and is in no load. The first who accepts gets it, if they have capacity then.
_WRITE_BROADCAST = Fragment(
    """
    with recipient as materialized (
      select r.worker_id, r.offer_id, r.ring
      from jsonb_to_recordset(cast(:recipients as jsonb)) as r(worker_id uuid, offer_id uuid, ring text)
      where {is_on_duty}),
    new_assignment as (
      insert into assignment (id, incident_id, role, state, reason, created_at)
      select :assignment_id, :incident_id, :role, 'open', :reason, :now where exists (select from recipient)
      returning id),
    new_offer as (
      insert into offer (id, assignment_id, incident_id, worker_id, round, ring, state, offered_at, expires_at)
      select r.offer_id, a.id, :incident_id, r.worker_id, :round, r.ring, 'offered', :now, :expires_at
      from new_assignment a, recipient r)
    insert into dispatch_run (id, incident_id, role, at, round, profile_version_id, weights_version, demand, candidates,
                              outcome, reason, assignment_id, input_hash)
    select :run_id, :incident_id, :role, :now, :round, :profile_version_id, :weights_version, cast(:demand as jsonb),
           cast(:candidates as jsonb), 'broadcast', :reason, a.id, :input_hash
    from new_assignment a
    returning assignment_id
    """,
    is_on_duty=is_on_duty(literal_column("r.worker_id")),
)


def write_broadcast(session: Session, values: dict[str, Any]) -> RowMapping | None:
    """Insert offers of the same work to several workers, the assignment, and the decision.

    Returns None, and inserts nothing, if all these workers have gone off duty.
    """
    return session.execute(_WRITE_BROADCAST, values).mappings().one_or_none()
