"""SQL of placing. The worker who is asked is chosen here, under the lock of the worker's load."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import locks
from app.core.db import sql_text
from app.profiles.scope import are_neighbours
from app.workforce.scope import held_skills, text_of, works_for

_HELD_SKILLS = text_of(held_skills, "w.skills", "w.permits")
# Workers who look after a grid in the area with :ring_path, nearest first by their newest fix, with what
# the ranking needs. `ring` says how far out each stands as seen from :grid_path.
_CANDIDATES = f"""
  with point as materialized (select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p),
  near as (
    select distinct on (r.worker_id) r.worker_id, r.role,
           case when g.path = cast(:grid_path as ltree) then 'grid' else :ring end ring
    from responsibility r
    join area_version g on g.area_id = r.area_id and upper_inf(g.valid)
    where g.path <@ cast(:ring_path as ltree) and r.valid @> cast(:now as timestamptz) and r.deleted_at is null
    order by r.worker_id, (g.path = cast(:grid_path as ltree)) desc nulls last,
             case r.role when 'worker' then 0 when 'substitute' then 1 else 2 end)
  select n.worker_id, w.name, n.ring, n.role relation, w.capacity, {_HELD_SKILLS} skills, coalesce(l.open_work, 0) open_work,
         exists (select 1 from duty d where d.worker_id = w.id and d.during @> cast(:now as timestamptz)
                 and d.deleted_at is null) is_on_duty,
         exists (select 1 from sos s where s.worker_id = w.id and s.closed_at is null and s.deleted_at is null) is_in_need,
         ST_Distance(cast(wp.geom as geography), cast((select p from point) as geography)) distance_m,
         extract(epoch from cast(:now as timestamptz) - wp.at) position_age_s, ST_X(wp.geom) lon, ST_Y(wp.geom) lat
  from near n
  join worker w on w.id = n.worker_id and w.deleted_at is null
  join account a on a.id = w.id and a.disabled_at is null
  left join worker_load l on l.worker_id = w.id
  left join worker_position wp on wp.worker_id = w.id
  order by (n.ring = 'grid') desc,
           (coalesce(l.open_work, 0) < w.capacity and {_HELD_SKILLS} @> cast(:skills as text[])
            and w.id <> all(cast(:excluded as uuid[]))
            and not exists (select 1 from sos s where s.worker_id = w.id and s.closed_at is null and s.deleted_at is null)
            and exists (select 1 from duty d where d.worker_id = w.id and d.during @> cast(:now as timestamptz)
                        and d.deleted_at is null)) desc,
           wp.geom <-> (select p from point) nulls last, n.worker_id
  limit :limit
"""


def candidates(
    session: Session,
    *,
    lon: float,
    lat: float,
    grid_path: str | None,
    ring: str,
    ring_path: str,
    skills: Sequence[str],
    excluded: Sequence[UUID],
    now: datetime,
    limit: int,
) -> Sequence[RowMapping]:
    """Who looks after the ring's grids, at most `limit`, those who may be asked first; those of the case's own
    grid carry ring `grid`."""
    binds = {
        "lon": lon,
        "lat": lat,
        "grid_path": grid_path,
        "ring": ring,
        "ring_path": ring_path,
        "skills": list(skills),
        "excluded": list(excluded),
        "now": now,
        "limit": limit,
    }
    return session.execute(sql_text(_CANDIDATES), binds).mappings().all()


# One statement: the function `take_load` locks and counts up the load of the first ranked worker who has room and is on
# duty; then the assignment, the offer and the run are written. A worker who was filled meanwhile is left alone, without
# keeping the lock of that load, and the next in rank is taken: two reports at once never overload anybody.
_COMMIT = """
  with pick as materialized (
    select take_load(cast(:ranked as uuid[]), :force, :is_hers, :now, cast(:held as uuid[])) worker_id),
  made as (
    insert into assignment (id, incident_id, role, worker_id, unit_id, account_id, state, reason, created_at, accepted_at)
    select :assignment_id, :incident_id, :role, p.worker_id, :unit_id,
           case when :is_hers then p.worker_id end,
           case when p.worker_id is null then 'queued' when :is_hers then 'accepted' else 'offered' end,
           case when p.worker_id is null then :queue_reason
                else coalesce((cast(:reasons as jsonb) ->> cast(p.worker_id as text)), 'responsible') end,
           :now, case when :is_hers then cast(:now as timestamptz) end
    from pick p where p.worker_id is not null or cast(:unit_id as uuid) is not null
    returning id, worker_id, state, reason),
  asked as (
    insert into offer (id, assignment_id, incident_id, worker_id, round, ring, state, offered_at, expires_at)
    select :offer_id, made.id, :incident_id, made.worker_id, :round,
           coalesce(cast(:rings as jsonb) ->> cast(made.worker_id as text), 'grid'), 'offered', :now, :expires_at
    from made where made.state = 'offered'
    returning id)
  insert into dispatch_run (id, incident_id, role, at, round, profile_version_id, weights_version, demand,
                            candidates, outcome, reason, assignment_id, worker_id, unit_id, input_hash)
  select :run_id, :incident_id, :role, :now, :round, :profile_version_id, :weights_version,
         cast(:demand as jsonb), cast(:candidates as jsonb),
         coalesce((select state from made), 'waiting'), coalesce((select reason from made), :waiting_reason),
         (select id from made), (select worker_id from made), cast(:unit_id as uuid), :input_hash
  returning outcome, reason, assignment_id, worker_id
"""


def paths_of_neighbours(session: Session, *, path: str, now: datetime) -> list[str]:
    """The top paths of jurisdictions that have agreed to help the one of the area at `path`."""
    sql = f"""
      select cast(v.path as text) from area_version here
      join area_version v on v.jurisdiction_id <> here.jurisdiction_id and v.parent_id is null and upper_inf(v.valid)
      where here.path = cast(:path as ltree) and upper_inf(here.valid)
        and {text_of(are_neighbours, "here.jurisdiction_id", "v.jurisdiction_id")}
      order by v.code, v.area_id
    """
    return list(session.scalars(sql_text(sql), {"path": path, "now": now}))


def commit(session: Session, values: dict[str, Any]) -> RowMapping:
    """Choose and record. Returns outcome (offered, accepted, queued, waiting), reason and the ids."""
    held = locks.locked_loads(session)
    row = session.execute(sql_text(_COMMIT), values | {"held": list(held)}).mappings().one()
    if row["worker_id"] is not None:
        locks.record_locked_loads(session, [row["worker_id"]])
    return row


def insert_imported(session: Session, rows: str, binds: dict[str, Any]) -> None:
    """A run for each demand of a batch, that says that nobody was asked."""
    sql = """
      insert into dispatch_run (id, incident_id, role, at, round, profile_version_id, weights_version, demand,
                                candidates, outcome, reason)
      select r.id, r.incident_id, 'handle', :now, 1, :profile_version_id, :weights_version, r.demand, '[]', 'waiting',
             'imported'
      from jsonb_to_recordset(cast(:rows as jsonb)) as r(id uuid, incident_id uuid, demand jsonb)
    """
    session.execute(sql_text(sql), binds | {"rows": rows})


def rounds(session: Session, *, incident_id: UUID, role: str) -> int:
    sql = """
      select count(*) from dispatch_run
      where incident_id = :incident_id and role = :role and outcome in ('offered', 'broadcast')
        and reason not in ('by_supervisor', 'override')
    """
    return int(session.execute(sql_text(sql), {"incident_id": incident_id, "role": role}).scalar_one())


_CITY = "(select i.jurisdiction_id from incident i where i.id = :incident_id)"


def _is_of_city(worker: str) -> str:
    return f"({_CITY} is null or {text_of(works_for, worker, _CITY)})"


def is_of_city(session: Session, *, worker_id: UUID, incident_id: UUID, now: datetime) -> bool:
    """Whether the worker works in the jurisdiction of the case, or in one that has agreed to help it."""
    sql = f"select {_is_of_city(':worker_id')}"
    return bool(
        session.scalar(sql_text(sql), {"worker_id": worker_id, "incident_id": incident_id, "now": now})
    )


def worker_facts(
    session: Session, *, worker_id: UUID, incident_id: UUID, lon: float, lat: float, now: datetime
) -> RowMapping | None:
    """Return one worker as a candidate for a case, whatever their area. `is_of_city`: works in the case's city or a helper."""
    sql = f"""
      select w.id worker_id, w.name, 'grid' ring, 'worker' relation, w.capacity, {_HELD_SKILLS} skills,
             coalesce(l.open_work, 0) open_work,
             exists (select 1 from duty d where d.worker_id = w.id and d.during @> cast(:now as timestamptz)
                     and d.deleted_at is null) is_on_duty,
             exists (select 1 from sos s where s.worker_id = w.id and s.closed_at is null and s.deleted_at is null) is_in_need,
             ST_Distance(cast(p.geom as geography),
                         cast(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) as geography)) distance_m,
             extract(epoch from cast(:now as timestamptz) - p.at) position_age_s,
             {_is_of_city("w.id")} is_of_city
      from worker w join account a on a.id = w.id and a.disabled_at is null
      left join worker_load l on l.worker_id = w.id
      left join worker_position p on p.worker_id = w.id
      where w.id = :worker_id and w.deleted_at is null
    """
    return (
        session.execute(
            sql_text(sql),
            {"worker_id": worker_id, "incident_id": incident_id, "lon": lon, "lat": lat, "now": now},
        )
        .mappings()
        .one_or_none()
    )
