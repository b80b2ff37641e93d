"""SQL of dispatch. The worker who is chosen is decided here, under her row's lock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text

# Workers who look after a grid in the area with :ring_path, nearest first by their newest fix, with what
# the ranking needs. `ring` says how far out each stands as seen from :grid_path.
_CANDIDATES = """
  with point as materialized (select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p),
  near as (
    select distinct on (r.worker_id) r.worker_id, r.role,
           case when g.path = cast(:grid_path as ltree) then 'grid' else :ring end ring
    from responsibility r
    join area_version g on g.area_id = r.area_id and upper_inf(g.valid)
    where g.path <@ cast(:ring_path as ltree) and r.valid @> cast(:now as timestamptz) and r.deleted_at is null
    order by r.worker_id, (g.path = cast(:grid_path as ltree)) desc nulls last,
             case r.role when 'worker' then 0 when 'substitute' then 1 else 2 end)
  select n.worker_id, w.name, n.ring, n.role relation, w.capacity, w.skills, coalesce(l.open_work, 0) open_work,
         exists (select 1 from duty d where d.worker_id = w.id and d.during @> cast(:now as timestamptz)
                 and d.deleted_at is null) is_on_duty,
         ST_Distance(cast(wp.geom as geography), cast((select p from point) as geography)) distance_m,
         extract(epoch from cast(:now as timestamptz) - wp.at) position_age_s
  from near n
  join worker w on w.id = n.worker_id and w.deleted_at is null
  join account a on a.id = w.id and a.disabled_at is null
  left join worker_load l on l.worker_id = w.id
  left join worker_position wp on wp.worker_id = w.id
  order by (n.ring = 'grid') desc,
           (coalesce(l.open_work, 0) < w.capacity and w.skills @> cast(:skills as text[])
            and w.id <> all(cast(:excluded as uuid[]))
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


# One statement: lock and take the first ranked worker who still has room and is on duty, then write the
# assignment, the offer and the run with the verdicts as they came out. LockRows stands under LIMIT, so a
# worker filled meanwhile is rechecked and the next in rank is taken: two reports at once never overload anyone.
_COMMIT = """
  with pick as (
    select l.worker_id from worker_load l join worker w on w.id = l.worker_id
    where l.worker_id = any(cast(:ranked as uuid[])) and (l.open_work < w.capacity or :force)
      and (:force or exists (select 1 from duty d where d.worker_id = l.worker_id and d.during @> cast(:now as timestamptz)
                              and d.deleted_at is null))
    order by array_position(cast(:ranked as uuid[]), l.worker_id) limit 1 for no key update of l),
  loaded as (
    update worker_load l set open_work = open_work + 1 from pick where l.worker_id = pick.worker_id
    returning l.worker_id),
  made as (
    insert into assignment (id, incident_id, role, worker_id, unit_id, account_id, state, reason, created_at, accepted_at)
    select :assignment_id, :incident_id, :role, p.worker_id, :unit_id,
           case when :is_hers then p.worker_id end,
           case when p.worker_id is null then 'queued' when :is_hers then 'accepted' else 'offered' end,
           case when p.worker_id is null then :queue_reason
                else coalesce((cast(:reasons as jsonb) ->> cast(p.worker_id as text)), 'responsible') end,
           :now, case when :is_hers then cast(:now as timestamptz) end
    from (select 1) one left join pick p on true
    where p.worker_id is not null or cast(:unit_id as uuid) is not null
    returning id, worker_id, state, reason),
  asked as (
    insert into offer (id, assignment_id, incident_id, worker_id, round, ring, state, offered_at, expires_at)
    select :offer_id, made.id, :incident_id, made.worker_id, :round,
           coalesce(cast(:rings as jsonb) ->> cast(made.worker_id as text), 'grid'), 'offered', :now, :expires_at
    from made where made.state = 'offered'
    returning id)
  insert into dispatch_run (id, incident_id, role, at, round, profile_version_id, weights_version, demand,
                            candidates, outcome, reason, assignment_id, worker_id, unit_id)
  select :run_id, :incident_id, :role, :now, :round, :profile_version_id, :weights_version,
         cast(:demand as jsonb), cast(:candidates as jsonb),
         coalesce((select state from made), 'waiting'), coalesce((select reason from made), :waiting_reason),
         (select id from made), (select worker_id from made), cast(:unit_id as uuid)
  returning outcome, reason, assignment_id, worker_id
"""


def commit(session: Session, values: dict[str, Any]) -> RowMapping:
    """Choose and record. Returns outcome (offered, accepted, queued, waiting), reason and the ids."""
    return session.execute(sql_text(_COMMIT), values).mappings().one()


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


def asked_before(session: Session, *, incident_id: UUID, role: str) -> dict[UUID, str]:
    """Workers who declined this demand, let it expire, or had it and gave it on: not to be asked again."""
    sql = """
      select distinct on (a.worker_id) a.worker_id,
             case o.state when 'declined' then 'declined' when 'expired' then 'offer_expired'
                          else 'gave_it_on' end reason
      from assignment a left join offer o on o.assignment_id = a.id
      where a.incident_id = :incident_id and a.role = :role and a.state = 'failed' and a.worker_id is not null
      order by a.worker_id, a.created_at desc
    """
    rows = session.execute(sql_text(sql), {"incident_id": incident_id, "role": role})
    return {row.worker_id: row.reason for row in rows}


def rounds(session: Session, *, incident_id: UUID, role: str) -> int:
    sql = """
      select count(*) from dispatch_run
      where incident_id = :incident_id and role = :role and outcome = 'offered' and reason <> 'by_supervisor'
    """
    return int(session.execute(sql_text(sql), {"incident_id": incident_id, "role": role}).scalar_one())


def active(session: Session, *, incident_id: UUID, role: str | None = None) -> RowMapping | None:
    """The live assignment, locked."""
    sql = """
      select id, incident_id, role, worker_id, unit_id, account_id, state from assignment
      where incident_id = :incident_id and state in ('offered', 'queued', 'accepted')
        and (cast(:role as text) is null or role = :role)
      order by created_at desc limit 1 for update
    """
    return session.execute(sql_text(sql), {"incident_id": incident_id, "role": role}).mappings().one_or_none()


def assignment(session: Session, assignment_id: UUID) -> RowMapping | None:
    sql = "select id, incident_id, role, worker_id, unit_id, account_id, state from assignment where id = :id"
    return session.execute(sql_text(sql), {"id": assignment_id}).mappings().one_or_none()


def lock_assignment(session: Session, assignment_id: UUID) -> RowMapping | None:
    sql = """
      select id, incident_id, role, worker_id, unit_id, account_id, state from assignment where id = :id for update
    """
    return session.execute(sql_text(sql), {"id": assignment_id}).mappings().one_or_none()


def accept_offer(session: Session, *, assignment_id: UUID, worker_id: UUID, now: datetime) -> bool:
    """Compare and set on the caller's own live offer: only one can win."""
    sql = """
      with won as (
        update offer set state = 'accepted', answered_at = :now
        where assignment_id = :assignment_id and worker_id = :worker_id and state = 'offered' and expires_at > :now
        returning assignment_id)
      update assignment set state = 'accepted', account_id = :worker_id, accepted_at = :now
      where id in (select assignment_id from won) and state = 'offered'
      returning id
    """
    binds = {"assignment_id": assignment_id, "worker_id": worker_id, "now": now}
    return session.scalar(sql_text(sql), binds) is not None


def accept_queued(
    session: Session, *, assignment_id: UUID, account_id: UUID, unit_ids: Sequence[UUID], now: datetime
) -> bool:
    """Compare and set on a unit's queue: the first member who takes it has it."""
    sql = """
      update assignment set state = 'accepted', account_id = :account_id, accepted_at = :now
      where id = :assignment_id and state = 'queued' and unit_id = any(cast(:unit_ids as uuid[]))
      returning id
    """
    binds = {
        "assignment_id": assignment_id,
        "account_id": account_id,
        "unit_ids": list(unit_ids),
        "now": now,
    }
    return session.scalar(sql_text(sql), binds) is not None


def answer_offer(
    session: Session, *, assignment_id: UUID, worker_id: UUID, state: str, reason: str | None, now: datetime
) -> bool:
    """Decline one's own live offer; false when there is none."""
    sql = """
      update offer set state = :state, answered_at = :now, reason = :reason
      where assignment_id = :assignment_id and worker_id = :worker_id and state = 'offered'
        and (:state = 'expired' or expires_at > :now)
      returning id
    """
    binds = {
        "assignment_id": assignment_id,
        "worker_id": worker_id,
        "state": state,
        "reason": reason,
        "now": now,
    }
    return session.scalar(sql_text(sql), binds) is not None


def end_assignment(session: Session, *, assignment_id: UUID, state: str, now: datetime) -> None:
    """End an attempt in one step: its live offer goes with it, and its worker has room again."""
    sql = """
      with ended as (
        update assignment set state = :state, ended_at = :now
        where id = :assignment_id and state in ('offered', 'queued', 'accepted')
        returning id, worker_id),
      withdrawn as (
        update offer set state = 'withdrawn', answered_at = :now
        where assignment_id in (select id from ended) and state = 'offered')
      update worker_load set open_work = open_work - 1
      where worker_id in (select worker_id from ended where worker_id is not null)
    """
    session.execute(sql_text(sql), {"assignment_id": assignment_id, "state": state, "now": now})


def expired_offer(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    sql = """
      select o.id, o.assignment_id, o.incident_id, o.worker_id, a.role
      from offer o join assignment a on a.id = o.assignment_id
      where o.incident_id = :incident_id and o.state = 'offered' and o.expires_at <= :now
      limit 1 for update of o
    """
    return session.execute(sql_text(sql), {"incident_id": incident_id, "now": now}).mappings().one_or_none()


# A live attempt whose worker went off duty before answering, or whose holder's account is closed.
_ABSENT = """
  from assignment a
  left join account h on h.id = coalesce(a.account_id, a.worker_id)
  where a.state in ('offered', 'accepted')
    and (h.disabled_at is not null
         or a.state = 'offered' and not exists (
              select 1 from duty d where d.worker_id = a.worker_id and d.during @> cast(:now as timestamptz)
              and d.deleted_at is null))
"""


def demands_of_absent(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    sql = f"select a.incident_id {_ABSENT} order by a.created_at limit :limit"
    return session.execute(sql_text(sql), {"now": now, "limit": limit}).scalars().all()


def demands_offered_to(session: Session, worker_id: UUID) -> Sequence[UUID]:
    sql = """
      select incident_id from offer where worker_id = :worker_id and state = 'offered' order by incident_id
    """
    return session.execute(sql_text(sql), {"worker_id": worker_id}).scalars().all()


def absent_holder(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    sql = f"""
      select a.id, a.role, a.state, a.worker_id, a.account_id {_ABSENT} and a.incident_id = :incident_id
      limit 1 for update of a
    """
    return session.execute(sql_text(sql), {"incident_id": incident_id, "now": now}).mappings().one_or_none()


def cases_with_expired_offers(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    sql = "select incident_id from offer where state = 'offered' and expires_at <= :now order by expires_at limit :limit"
    return session.execute(sql_text(sql), {"now": now, "limit": limit}).scalars().all()


def last_unit(session: Session, incident_id: UUID) -> UUID | None:
    """The unit whose member handled the demand last."""
    sql = """
      select unit_id from assignment where incident_id = :id and role = 'handle' and state = 'done'
      order by ended_at desc limit 1
    """
    found: UUID | None = session.scalar(sql_text(sql), {"id": incident_id})
    return found


def worker_name(session: Session, worker_id: UUID) -> str | None:
    sql = """
      select w.name from worker w join account a on a.id = w.id
      where w.id = :id and w.deleted_at is null and a.disabled_at is null
    """
    found: str | None = session.scalar(sql_text(sql), {"id": worker_id})
    return found


def runs(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    sql = """
      select r.id, r.role, r.at, r.round, r.weights_version, r.profile_version_id, r.demand, r.candidates,
             r.outcome, r.reason, r.assignment_id, r.worker_id, r.unit_id, w.name worker_name
      from dispatch_run r left join worker w on w.id = r.worker_id
      where r.incident_id = :incident_id order by r.at, r.round, r.id limit 200
    """
    return session.execute(sql_text(sql), {"incident_id": incident_id}).mappings().all()


def offers(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    sql = """
      select o.id, o.assignment_id, o.worker_id, w.name worker_name, o.round, o.ring, o.state, o.offered_at,
             o.expires_at, o.answered_at, o.reason
      from offer o join worker w on w.id = o.worker_id
      where o.incident_id = :incident_id order by o.offered_at, o.id limit 200
    """
    return session.execute(sql_text(sql), {"incident_id": incident_id}).mappings().all()


def worker_facts(
    session: Session, *, worker_id: UUID, lon: float, lat: float, now: datetime
) -> RowMapping | None:
    """One worker as a candidate, wherever she belongs."""
    sql = """
      select w.id worker_id, w.name, 'grid' ring, 'worker' relation, w.capacity, w.skills,
             coalesce(l.open_work, 0) open_work,
             exists (select 1 from duty d where d.worker_id = w.id and d.during @> cast(:now as timestamptz)
                     and d.deleted_at is null) is_on_duty,
             ST_Distance(cast(p.geom as geography),
                         cast(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) as geography)) distance_m,
             extract(epoch from cast(:now as timestamptz) - p.at) position_age_s
      from worker w join account a on a.id = w.id and a.disabled_at is null
      left join worker_load l on l.worker_id = w.id
      left join worker_position p on p.worker_id = w.id
      where w.id = :worker_id and w.deleted_at is null
    """
    return (
        session.execute(sql_text(sql), {"worker_id": worker_id, "lon": lon, "lat": lat, "now": now})
        .mappings()
        .one_or_none()
    )
