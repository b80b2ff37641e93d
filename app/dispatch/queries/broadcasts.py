"""SQL of asking several at once."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text


def was_broadcast(session: Session, *, incident_id: UUID, role: str) -> bool:
    """Whether several were asked at once before: that is done once."""
    sql = """
      select exists (select 1 from dispatch_run
                     where incident_id = :incident_id and role = :role and outcome = 'broadcast')
    """
    return bool(session.scalar(sql_text(sql), {"incident_id": incident_id, "role": role}))


# The assignment has no worker and counts in no load: the first who accepts gets it, if they have room then.
_WRITE_BROADCAST = """
  with who as materialized (
    select r.worker_id, r.offer_id, r.ring
    from jsonb_to_recordset(cast(:recipients as jsonb)) as r(worker_id uuid, offer_id uuid, ring text)
    where exists (select 1 from duty d where d.worker_id = r.worker_id and d.during @> cast(:now as timestamptz)
                  and d.deleted_at is null)),
  made as (
    insert into assignment (id, incident_id, role, state, reason, created_at)
    select :assignment_id, :incident_id, :role, 'open', :reason, :now where exists (select 1 from who)
    returning id),
  asked as (
    insert into offer (id, assignment_id, incident_id, worker_id, round, ring, state, offered_at, expires_at)
    select who.offer_id, made.id, :incident_id, who.worker_id, :round, who.ring, 'offered', :now, :expires_at
    from made, who)
  insert into dispatch_run (id, incident_id, role, at, round, profile_version_id, weights_version, demand, candidates,
                            outcome, reason, assignment_id, input_hash)
  select :run_id, :incident_id, :role, :now, :round, :profile_version_id, :weights_version, cast(:demand as jsonb),
         cast(:candidates as jsonb), 'broadcast', :reason, made.id, :input_hash
  from made
  returning assignment_id
"""


def write_broadcast(session: Session, values: dict[str, Any]) -> RowMapping | None:
    """Ask them; None, and nothing written, where everybody has gone off duty."""
    return session.execute(sql_text(_WRITE_BROADCAST), values).mappings().one_or_none()
