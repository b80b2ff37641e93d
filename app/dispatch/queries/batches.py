"""Statements for deciding about all waiting cases of a district together (a batch)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    RowMapping,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from app.core import locks
from app.core.db import Fragment, sql_text, unscoped
from app.dispatch.models import DispatchBatch, DispatchRun
from app.dispatch.queries.placements import OFFER_OUTCOMES, SUPERVISOR_REASONS
from app.dispatch.scope import constant
from app.dispatch.scope.presence import has_open_sos, is_on_duty
from app.workforce.models import Worker
from app.workforce.scope import held_skills

_TRY_LOCK = sql_text(
    "select pg_try_advisory_xact_lock(hashtextextended('dispatch_batch ' || cast(:area_id as text), 0))"
)


def try_lock_district(session: Session, area_id: UUID) -> bool:
    """Lock an area until the transaction ends, so that only one process decides on its cases.

    Returns False if another transaction has the lock.
    """
    return bool(session.scalar(_TRY_LOCK, {"area_id": area_id}))


# Workers responsible for an area under :path, with the first rule that excludes them from every demand.
_POOL = unscoped(
    Fragment(
        """
        with responsible_worker as (
          select r.worker_id, jsonb_agg(jsonb_build_array(cast(g.path as text), r.role) order by g.path, r.role) homes
          from responsibility r join area_version g on g.area_id = r.area_id and upper_inf(g.valid)
          where g.path <@ cast(:path as ltree) and r.valid @> cast(:now as timestamptz) and r.deleted_at is null
          group by r.worker_id)
        select worker.id, coalesce(l.open_work, 0) open_work, worker.capacity, {held_skills} skills, r.homes,
               case when not {is_on_duty} then 'off_duty' when {has_open_sos} then 'unavailable'
                    when coalesce(l.open_work, 0) >= worker.capacity then 'full' end kept_out,
               ST_X(p.geom) lon, ST_Y(p.geom) lat, extract(epoch from cast(:now as timestamptz) - p.at) age_s
        from responsible_worker r
        join worker on worker.id = r.worker_id and worker.deleted_at is null
        join account a on a.id = worker.id and a.disabled_at is null
        left join worker_load l on l.worker_id = worker.id
        left join worker_position p on p.worker_id = worker.id and p.at > cast(:fresh_since as timestamptz)
        order by worker.id
        """,
        held_skills=held_skills(Worker.skills, Worker.permits),
        is_on_duty=is_on_duty(Worker.id),
        has_open_sos=has_open_sos(Worker.id),
    ),
    worker="pool of a batch; dispatch judges all workers, and only supervisors read the runs",
)


def pool(session: Session, *, path: str, now: datetime, fresh_since: datetime) -> Sequence[RowMapping]:
    """Return all workers responsible for areas under `path`, to give them waiting cases.

    Workers who are off duty or have no free capacity are included, but not workers whose account is closed.

    Args:
        fresh_since: Positions older than this instant are returned as NULL.
    """
    binds = {"path": path, "now": now, "fresh_since": fresh_since}
    return session.execute(_POOL, binds).mappings().all()


_ROUNDS = (
    select(DispatchRun.incident_id, DispatchRun.role, func.count().label("rounds"))
    .where(
        DispatchRun.incident_id == any_(bindparam("incident_ids", type_=ARRAY(Uuid()))),
        DispatchRun.outcome.in_([constant(outcome) for outcome in OFFER_OUTCOMES]),
        DispatchRun.reason.not_in([constant(reason) for reason in SUPERVISOR_REASONS]),
    )
    .group_by(DispatchRun.incident_id, DispatchRun.role)
)


def rounds_of(session: Session, incident_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return the number of offer attempts (rounds) for each case and role.

    Offers by supervisors are not counted. Columns: `incident_id`, `role`, `rounds`.
    """
    return session.execute(_ROUNDS, {"incident_ids": list(incident_ids)}).mappings().all()


# The strategy `auto` would take the values for the rows of a bulk insert.
_INSERT_BATCH = insert(DispatchBatch).values(input=cast(bindparam("input_json", type_=Text()), JSONB))


def insert_batch(session: Session, values: dict[str, Any]) -> None:
    """Insert a row of table `dispatch_batch`.

    Args:
        values: Value by column name. The column `input` is given as JSON text under the key `input_json`.
    """
    session.execute(_INSERT_BATCH, values)


# The loads of the chosen workers are locked in the order of ids. A load that another transaction has locked is skipped, so
# nothing is waited for here (app.core.locks). What is read under the lock counts: a worker who was filled or went off duty
# meanwhile gets only as many demands as there is capacity for, in the order of the rows, and the other demands lost the race.
_WRITE_SOLUTION = sql_text("""
  with solution as materialized (
    select * from jsonb_to_recordset(cast(:rows as jsonb)) as x(
      n int, run_id uuid, incident_id uuid, role text, worker_id uuid, reason text, ring text, assignment_id uuid,
      offer_id uuid, round int, expires_at timestamptz, demand jsonb, candidates jsonb)),
  locked_load as materialized (
    select l.worker_id, w.capacity - l.open_work capacity
    from worker_load l join worker w on w.id = l.worker_id
    where l.worker_id in (select worker_id from solution)
      and exists (select 1 from duty d where d.worker_id = l.worker_id and d.during @> cast(:now as timestamptz)
                  and d.deleted_at is null)
    order by l.worker_id for no key update of l skip locked),
  placed as materialized (
    select s.* from (select solution.*, row_number() over (partition by worker_id order by n) place from solution
                     where worker_id is not null) s
    join locked_load l on l.worker_id = s.worker_id where s.place <= l.capacity),
  increased_load as (
    update worker_load l set open_work = open_work + p.demands
    from (select worker_id, count(*) demands from placed group by worker_id) p where p.worker_id = l.worker_id),
  new_assignment as (
    insert into assignment (id, incident_id, role, worker_id, state, reason, created_at)
    select assignment_id, incident_id, role, worker_id, 'offered', reason, :now from placed),
  new_offer as (
    insert into offer (id, assignment_id, incident_id, worker_id, round, ring, state, offered_at, expires_at)
    select offer_id, assignment_id, incident_id, worker_id, round, ring, 'offered', :now, expires_at from placed)
  insert into dispatch_run (id, incident_id, role, at, round, profile_version_id, weights_version, demand, candidates,
                            outcome, reason, assignment_id, worker_id, tier, batch_id, input_hash)
  select s.run_id, s.incident_id, s.role, :now, s.round, :profile_version_id, :weights_version, s.demand, s.candidates,
         case when p.n is not null then 'offered' else 'waiting' end,
         case when p.n is null and s.worker_id is not null then :lost_race else s.reason end,
         p.assignment_id, p.worker_id, 1, :batch_id, :input_hash
  from solution s left join placed p on p.n = s.n
  order by s.n
  returning incident_id, outcome, reason, assignment_id, worker_id
""")


def write_solution(session: Session, rows: bytes, binds: dict[str, Any]) -> Sequence[RowMapping]:
    """Insert the decisions, assignments and offers of a batch; return the outcome for each case.

    A batch decides about all waiting cases of a district together.

    Args:
        rows: JSON list with one row for each case. A row with a `worker_id` makes an offer.
    """
    results = session.execute(_WRITE_SOLUTION, binds | {"rows": rows.decode()}).mappings().all()
    locks.record_locked_loads(session, (row["worker_id"] for row in results if row["worker_id"] is not None))
    return results


_old_batches = (
    select(DispatchBatch.id)
    .where(
        DispatchBatch.input.is_not(None),
        DispatchBatch.at < bindparam("before", type_=DateTime(timezone=True)),
    )
    .order_by(DispatchBatch.at)
    .limit(bindparam("most", type_=Integer()))
)
_ERASE_INPUTS = (
    update(DispatchBatch)
    .where(DispatchBatch.id.in_(_old_batches))
    .values(input=null())
    .returning(DispatchBatch.id)
)


def erase_inputs(session: Session, *, before: datetime, limit: int) -> int:
    """Erase the inputs of at most `limit` batches made before an instant, the oldest first.

    Returns the number of erased inputs.
    """
    return len(session.execute(_ERASE_INPUTS, {"before": before, "most": limit}).all())
