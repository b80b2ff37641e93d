"""SQL of batches: one statement reads the pool of workers, one writes the solution."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core import locks
from app.core.db import sql_text
from app.workforce.scope import held_skills, text_of

_HELD_SKILLS = text_of(held_skills, "w.skills", "w.permits")


def try_lock_district(session: Session, area_id: UUID) -> bool:
    """Whether this transaction is the area's one solver now; false while another one is at it."""
    sql = "select pg_try_advisory_xact_lock(hashtextextended('dispatch_batch ' || cast(:area_id as text), 0))"
    return bool(session.scalar(sql_text(sql), {"area_id": area_id}))


def set_statement_timeout(session: Session, seconds: int) -> None:
    """Batches of a whole district are the exception to the limit on statements of this connection."""
    session.execute(text(f"set local statement_timeout = '{seconds}s'"))


# Workers responsible for an area under the path, with the first rule that excludes them from every demand.
_POOL = f"""
  with looks_after as (
    select r.worker_id, jsonb_agg(jsonb_build_array(cast(g.path as text), r.role) order by g.path, r.role) homes
    from responsibility r join area_version g on g.area_id = r.area_id and upper_inf(g.valid)
    where g.path <@ cast(:path as ltree) and r.valid @> cast(:now as timestamptz) and r.deleted_at is null
    group by r.worker_id)
  select w.id, coalesce(l.open_work, 0) open_work, w.capacity, {_HELD_SKILLS} skills, h.homes,
         case when not exists (select 1 from duty d where d.worker_id = w.id and d.deleted_at is null
                               and d.during @> cast(:now as timestamptz)) then 'off_duty'
              when exists (select 1 from sos s where s.worker_id = w.id and s.closed_at is null and s.deleted_at is null)
                then 'unavailable'
              when coalesce(l.open_work, 0) >= w.capacity then 'full' end kept_out,
         ST_X(p.geom) lon, ST_Y(p.geom) lat, extract(epoch from cast(:now as timestamptz) - p.at) age_s
  from looks_after h
  join worker w on w.id = h.worker_id and w.deleted_at is null
  join account a on a.id = w.id and a.disabled_at is null
  left join worker_load l on l.worker_id = w.id
  left join worker_position p on p.worker_id = w.id and p.at > cast(:fresh_since as timestamptz)
  order by w.id
"""


def pool(session: Session, *, path: str, now: datetime, fresh_since: datetime) -> Sequence[RowMapping]:
    """Everyone who looks after something under `path`, off duty and full ones too; places only if fixed since then."""
    binds = {"path": path, "now": now, "fresh_since": fresh_since}
    return session.execute(sql_text(_POOL), binds).mappings().all()


def rounds_of(session: Session, incident_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    sql = """
      select incident_id, role, count(*) rounds from dispatch_run
      where incident_id = any(cast(:ids as uuid[])) and outcome in ('offered', 'broadcast')
        and reason not in ('by_supervisor', 'override')
      group by incident_id, role
    """
    return session.execute(sql_text(sql), {"ids": list(incident_ids)}).mappings().all()


def insert_batch(session: Session, values: dict[str, Any]) -> None:
    sql = """
      insert into dispatch_batch (id, area_id, at, profile_version_id, weights_version, solver, demands, placed, objective,
                                  solve_ms, input_hash, workers, input)
      values (:id, :area_id, :at, :profile_version_id, :weights_version, :solver, :demands, :placed, :objective,
              :solve_ms, :input_hash, cast(:workers as uuid[]), cast(:input as jsonb))
    """
    session.execute(sql_text(sql), values)


# The chosen workers' loads are locked in the order of their ids, and who is locked by somebody else is passed over:
# nothing is waited for here (app.core.locks). What is read under the lock counts: a worker filled or gone meanwhile takes
# only as much as she has room for, in the order of the rows, and the others have lost the race.
_COMMIT = """
  with r as materialized (
    select * from jsonb_to_recordset(cast(:rows as jsonb)) as x(
      n int, run_id uuid, incident_id uuid, role text, worker_id uuid, reason text, ring text, assignment_id uuid,
      offer_id uuid, round int, expires_at timestamptz, demand jsonb, candidates jsonb)),
  held as materialized (
    select l.worker_id, w.capacity - l.open_work room
    from worker_load l join worker w on w.id = l.worker_id
    where l.worker_id in (select worker_id from r)
      and exists (select 1 from duty d where d.worker_id = l.worker_id and d.during @> cast(:now as timestamptz)
                  and d.deleted_at is null)
    order by l.worker_id for no key update of l skip locked),
  won as materialized (
    select q.* from (select r.*, row_number() over (partition by worker_id order by n) place from r
                     where worker_id is not null) q
    join held on held.worker_id = q.worker_id where q.place <= held.room),
  loaded as (
    update worker_load l set open_work = open_work + c.works
    from (select worker_id, count(*) works from won group by worker_id) c where c.worker_id = l.worker_id),
  made as (
    insert into assignment (id, incident_id, role, worker_id, state, reason, created_at)
    select assignment_id, incident_id, role, worker_id, 'offered', reason, :now from won),
  asked as (
    insert into offer (id, assignment_id, incident_id, worker_id, round, ring, state, offered_at, expires_at)
    select offer_id, assignment_id, incident_id, worker_id, round, ring, 'offered', :now, expires_at from won)
  insert into dispatch_run (id, incident_id, role, at, round, profile_version_id, weights_version, demand, candidates,
                            outcome, reason, assignment_id, worker_id, tier, batch_id, input_hash)
  select r.run_id, r.incident_id, r.role, :now, r.round, :profile_version_id, :weights_version, r.demand, r.candidates,
         case when won.n is not null then 'offered' else 'waiting' end,
         case when won.n is null and r.worker_id is not null then :lost_race else r.reason end,
         won.assignment_id, won.worker_id, 1, :batch_id, :input_hash
  from r left join won on won.n = r.n
  order by r.n
  returning incident_id, outcome, reason, assignment_id, worker_id
"""


def commit(session: Session, rows: bytes, binds: dict[str, Any]) -> Sequence[RowMapping]:
    """Write the solution. Returns the outcome of each demand. A row with a `worker_id` makes an offer."""
    results = session.execute(sql_text(_COMMIT), binds | {"rows": rows.decode()}).mappings().all()
    locks.record_locked_loads(session, (row["worker_id"] for row in results if row["worker_id"] is not None))
    return results


def erase_inputs(session: Session, *, before: datetime, limit: int) -> int:
    """Forget the input of old batches; what was decided and considered stays with the runs."""
    sql = """
      with old as (select id from dispatch_batch where input is not null and at < :before order by at limit :limit)
      update dispatch_batch set input = null where id in (select id from old) returning id
    """
    return len(session.execute(sql_text(sql), {"before": before, "limit": limit}).all())
