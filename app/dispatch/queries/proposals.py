"""SQL of proposals: runs that choose a worker without an assignment or an offer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text


def insert_proposal(session: Session, values: dict[str, Any]) -> None:
    sql = """
      insert into dispatch_run (id, incident_id, role, at, round, profile_version_id, weights_version, demand, candidates,
                                outcome, reason, worker_id, input_hash)
      values (:run_id, :incident_id, :role, :now, :round, :profile_version_id, :weights_version, cast(:demand as jsonb),
              cast(:candidates as jsonb), 'proposed', :reason, :worker_id, :input_hash)
    """
    session.execute(sql_text(sql), values)


def proposals_of(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Return the proposals of a demand, newest first: run_id, worker_id, worker_name, reason, at, until."""
    sql = """
      select r.id run_id, r.worker_id, w.name worker_name, r.reason, r.at, cast(r.demand ->> 'until' as timestamptz) until
      from dispatch_run r join worker w on w.id = r.worker_id
      where r.incident_id = :id and r.outcome = 'proposed' order by r.at desc, r.id desc
    """
    return session.execute(sql_text(sql), {"id": incident_id}).mappings().all()
