"""SQL of stored dispatch runs, batches and offers, for explanations and replays."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.dispatch.rules.states import OFFER_STATE_SQL

_RUN = """
  select r.id, r.incident_id, r.role, r.at, r.round, r.tier, r.batch_id, r.weights_version, r.profile_version_id,
         r.input_hash, r.demand, r.candidates, r.outcome, r.reason, r.assignment_id, r.worker_id, r.unit_id,
         w.name worker_name, b.demands batch_demands, b.placed batch_placed
  from dispatch_run r left join worker w on w.id = r.worker_id left join dispatch_batch b on b.id = r.batch_id
"""


def runs(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    sql = f"{_RUN} where r.incident_id = :incident_id order by r.at, r.round, r.id limit 200"
    return session.execute(sql_text(sql), {"incident_id": incident_id}).mappings().all()


def run(session: Session, *, incident_id: UUID, run_id: UUID) -> RowMapping | None:
    sql = f"{_RUN} where r.id = :run_id and r.incident_id = :incident_id"
    binds = {"incident_id": incident_id, "run_id": run_id}
    return session.execute(sql_text(sql), binds).mappings().one_or_none()


def people(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Return the workers behind the numbers in the batch runs of a demand: run_id, n, id, name."""
    sql = """
      select distinct r.id run_id, x.n, w.id, w.name
      from dispatch_run r join dispatch_batch b on b.id = r.batch_id
      cross join lateral (
        select cast(e as int) n from jsonb_array_elements_text(r.candidates -> 'worker') e
        union select cast(o -> 0 as int) from jsonb_array_elements(r.candidates -> 'others') o) x
      join worker w on w.id = b.workers[x.n + 1]
      where r.incident_id = :incident_id
    """
    return session.execute(sql_text(sql), {"incident_id": incident_id}).mappings().all()


def batch(session: Session, batch_id: UUID) -> RowMapping | None:
    sql = """
      select id, at, area_id, profile_version_id, weights_version, solver, objective, input_hash, input
      from dispatch_batch where id = :id
    """
    return session.execute(sql_text(sql), {"id": batch_id}).mappings().one_or_none()


def batches_of(session: Session, batch_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return those of the batches whose input is not erased."""
    sql = """
      select id, at, profile_version_id, input from dispatch_batch
      where id = any(cast(:ids as uuid[])) and input is not null order by at, id
    """
    return session.execute(sql_text(sql), {"ids": list(batch_ids)}).mappings().all()


def runs_of_day(
    session: Session, incident_ids: Sequence[UUID], *, since: datetime, until: datetime, limit: int
) -> Sequence[RowMapping]:
    sql = f"""
      {_RUN} where r.incident_id = any(cast(:ids as uuid[])) and r.at >= :since and r.at < :until
      order by r.at, r.id limit :limit
    """
    binds = {"ids": list(incident_ids), "since": since, "until": until, "limit": limit}
    return session.execute(sql_text(sql), binds).mappings().all()


def incidents_of_day(session: Session, *, since: datetime, until: datetime, limit: int) -> Sequence[UUID]:
    """Demands of which anything was decided then."""
    sql = """
      select distinct incident_id from dispatch_run where at >= :since and at < :until order by incident_id limit :limit
    """
    return session.execute(sql_text(sql), {"since": since, "until": until, "limit": limit}).scalars().all()


def names(session: Session, worker_ids: Sequence[UUID]) -> dict[UUID, str]:
    sql = "select id, name from worker where id = any(cast(:ids as uuid[]))"
    return {row.id: row.name for row in session.execute(sql_text(sql), {"ids": list(worker_ids)})}


def offers(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    sql = f"""
      select o.id, o.assignment_id, o.worker_id, w.name worker_name, o.round, o.ring, {OFFER_STATE_SQL} state, o.offered_at,
             o.expires_at, d.occurred_at delivered_at, o.answered_at, o.reason, o.because
      from offer o join worker w on w.id = o.worker_id left join offer_delivery d on d.offer_id = o.id
      where o.incident_id = :incident_id order by o.offered_at, o.id limit 200
    """
    return session.execute(sql_text(sql), {"incident_id": incident_id}).mappings().all()
