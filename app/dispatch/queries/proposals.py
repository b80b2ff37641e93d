"""Statements on proposals: stored decisions whose chosen worker gets no offer yet.

A supervisor confirms a proposal before an offer is made.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, RowMapping, Uuid, bindparam, cast, select
from sqlalchemy.orm import Session

from app.core.db import sql_text, unscoped
from app.dispatch.models import DispatchRun
from app.dispatch.scope import constant
from app.workforce.models import Worker

_INSERT_PROPOSAL = sql_text("""
  insert into dispatch_run (id, incident_id, role, at, round, profile_version_id, weights_version, demand, candidates,
                            outcome, reason, worker_id, input_hash)
  values (:run_id, :incident_id, :role, :now, :round, :profile_version_id, :weights_version, cast(:demand as jsonb),
          cast(:candidates as jsonb), 'proposed', :reason, :worker_id, :input_hash)
""")


def insert_proposal(session: Session, values: dict[str, Any]) -> None:
    """Insert a stored decision that only proposes a worker to supervisors (outcome `proposed`)."""
    session.execute(_INSERT_PROPOSAL, values)


_PROPOSALS = unscoped(
    select(
        DispatchRun.id.label("run_id"),
        DispatchRun.worker_id,
        Worker.name.label("worker_name"),
        DispatchRun.reason,
        DispatchRun.at,
        cast(DispatchRun.demand["until"].astext, DateTime(timezone=True)).label("until"),
    )
    .join(Worker, Worker.id == DispatchRun.worker_id)
    .where(
        DispatchRun.incident_id == bindparam("incident_id", type_=Uuid()),
        DispatchRun.outcome == constant("proposed"),
    )
    .order_by(DispatchRun.at.desc(), DispatchRun.id.desc()),
    worker="name of the worker proposed for a case that the caller directs",
)


def proposals_of(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Return all proposals of workers for a case, newest first.

    Columns: `run_id`, `worker_id`, `worker_name`, `reason`, `at`, `until`.
    """
    return session.execute(_PROPOSALS, {"incident_id": incident_id}).mappings().all()
