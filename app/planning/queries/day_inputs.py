"""SQL of the inputs of a day plan: working times, areas, cases and pins of a worker."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.dispatch.rules.states import HELD_SQL


def snapshot(session: Session) -> str:
    """Return the snapshot of committed transactions. A change outside it may change the plan."""
    return str(session.scalar(text("select cast(durable_snapshot() as text)")))


def jurisdiction_of(session: Session, worker_id: UUID, *, now: datetime) -> UUID | None:
    """Return the jurisdiction of the worker's first grid, whose rules apply, or None."""
    sql = """
      select v.jurisdiction_id from responsibility r join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
      where r.worker_id = :worker_id and r.deleted_at is null and coalesce(upper(r.valid) > :at, true)
      order by lower(r.valid), r.id limit 1
    """
    jurisdiction_id: UUID | None = session.scalar(text(sql), {"worker_id": worker_id, "at": now})
    return jurisdiction_id


def working_times(
    session: Session, worker_ids: Sequence[UUID], *, since: datetime, until: datetime
) -> Sequence[RowMapping]:
    """Return shifts, duties and absences in a period: `worker_id`, `kind`, `since`, `until`."""
    sql = """
      select worker_id, kind, lower(during) since, upper(during) until from (
        select worker_id, 'shift' kind, during from shift
        where worker_id = any(cast(:ids as uuid[])) and deleted_at is null
        union all
        select worker_id, 'duty', during from duty
        where worker_id = any(cast(:ids as uuid[])) and deleted_at is null
        union all
        select worker_id, 'absence', during from substitution
        where worker_id = any(cast(:ids as uuid[])) and deleted_at is null) t
      where during && tstzrange(cast(:since as timestamptz), cast(:until as timestamptz))
      order by worker_id, kind, since
    """
    binds = {"ids": list(worker_ids), "since": since, "until": until}
    return session.execute(text(sql), binds).mappings().all()


def walked_areas(
    session: Session, worker_id: UUID, *, since: datetime, until: datetime
) -> Sequence[RowMapping]:
    """Return the areas a worker is responsible for in a period, with all `workers` of each (ids, in order)."""
    sql = """
      select v.area_id, cast(v.path as text) path, array(
          select distinct o.worker_id from responsibility o
          where o.area_id = v.area_id and o.deleted_at is null and o.role in ('worker', 'substitute')
            and o.valid && p.during order by 1) workers
      from (select tstzrange(cast(:since as timestamptz), cast(:until as timestamptz)) during) p
      join responsibility r on r.worker_id = :worker_id and r.deleted_at is null
        and r.role in ('worker', 'substitute') and r.valid && p.during
      join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
      group by v.area_id, v.path, p.during order by v.area_id
    """
    binds = {"worker_id": worker_id, "since": since, "until": until}
    return session.execute(text(sql), binds).mappings().all()


def centre_of_grids(session: Session, paths: Sequence[str]) -> RowMapping:
    """Return the centroid of the grids under `paths` (`lon`, `lat`; null without grids), and their ids."""
    sql = """
      select ST_X(m.point) lon, ST_Y(m.point) lat, m.grids from (
        select ST_Centroid(ST_Collect(v.geom)) point,
               coalesce(array_agg(v.area_id order by v.area_id), cast('{}' as uuid[])) grids
        from area_version v
        where upper_inf(v.valid) and v.level = 'grid' and v.path <@ any(cast(:paths as ltree[]))) m
    """
    return session.execute(text(sql), {"paths": list(paths)}).mappings().one()


def grid_boxes(session: Session, area_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return the bounding boxes of grids: `area_id`, `path`, `west`, `south`, `east`, `north`."""
    sql = """
      select v.area_id, cast(v.path as text) path, ST_XMin(v.geom) west, ST_YMin(v.geom) south, ST_XMax(v.geom) east,
             ST_YMax(v.geom) north
      from area_version v where v.area_id = any(cast(:ids as uuid[])) and upper_inf(v.valid) order by v.area_id
    """
    return session.execute(text(sql), {"ids": list(area_ids)}).mappings().all()


def accepted_cases(session: Session, worker_id: UUID) -> Sequence[RowMapping]:
    """Return the open cases that a worker has accepted, without cases about the worker."""
    sql = f"""
      select i.id, a.role, i.priority, i.due_at, ST_X(i.location) lon, ST_Y(i.location) lat
      from assignment a join incident i on i.id = a.incident_id
      where a.state in {HELD_SQL} and a.deleted_at is null and i.deleted_at is null
        and (a.account_id = :me or a.worker_id = :me and a.account_id is null)
        and i.about_id is distinct from :me
      order by i.id
    """
    return session.execute(text(sql), {"me": worker_id}).mappings().all()


def finished_cases(session: Session, worker_id: UUID, incident_ids: Sequence[UUID]) -> list[UUID]:
    """Return those of the cases in which the worker has finished an assignment and has no other one."""
    sql = f"""
      select distinct incident_id from assignment d
      where incident_id = any(cast(:ids as uuid[])) and state = 'done' and :me in (account_id, worker_id)
        and not exists (select 1 from assignment a where a.incident_id = d.incident_id
                        and :me in (a.account_id, a.worker_id) and a.state in {HELD_SQL})
    """
    return list(session.scalars(text(sql), {"ids": list(incident_ids), "me": worker_id}))


def pins(session: Session, worker_id: UUID, day: date) -> Sequence[RowMapping]:
    """Return the pins of a day: `stop_id` with `at` or `place`."""
    sql = """
      select stop_id, at, place from plan_pin
      where worker_id = :worker_id and day = :day and deleted_at is null order by place, at, stop_id
    """
    return session.execute(text(sql), {"worker_id": worker_id, "day": day}).mappings().all()


def current_plan(session: Session, worker_id: UUID, day: date) -> RowMapping | None:
    """Return the stored plan of a day: `id`, `stops`, `left_out`, `digest`."""
    sql = """
      select id, stops, left_out, digest from day_plan
      where worker_id = :worker_id and day = :day and deleted_at is null
    """
    return session.execute(text(sql), {"worker_id": worker_id, "day": day}).mappings().one_or_none()
