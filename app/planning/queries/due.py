"""Statements that find the days to plan: days without a plan, and plans with changed inputs."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Date, RowMapping, bindparam, delete
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.planning.models import DayPlan, PlanPin

# Entities whose change may change a plan: those of a worker (work, times, areas, pins, cases) and those of a grid.
WORKER_ENTITIES = ["assignment", "shift", "duty", "substitution", "responsibility", "plan_pin", "incident"]
GRID_ENTITIES = ["visit", "household", "care_tag", "premises", "responsibility"]

# The time zone of a shift is that of the worker's first grid.
_UNPLANNED_DAYS = sql_text("""
  with near_shift as (
    select s.worker_id, lower(s.during) since from shift s
    where s.deleted_at is null
      and s.during && tstzrange(cast(:now as timestamptz), cast(:now as timestamptz) + interval '14 hours')),
  located_shift as (
    select s.worker_id, s.since, f.path, f.zone from near_shift s
    join lateral (
      select v.path, (select p.data ->> 'timezone' from profile_version p
                      where p.jurisdiction_id = v.jurisdiction_id and p.in_force_from <= cast(:now as timestamptz)
                      order by p.number desc limit 1) zone
      from responsibility r join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
      where r.worker_id = s.worker_id and r.deleted_at is null
        and coalesce(upper(r.valid) > cast(:now as timestamptz), true)
      order by lower(r.valid), r.id limit 1) f on f.zone is not null)
  select d.worker_id, d.day from (
    select distinct on (path, worker_id) path, worker_id, cast(since at time zone zone as date) as day
    from located_shift
    where cast(since at time zone zone as date) = cast(cast(:now as timestamptz) at time zone zone as date)
      and (extract(hour from cast(:now as timestamptz) at time zone zone) >= 5
           or since < cast(:now as timestamptz) + interval '2 hours')
    order by path, worker_id, since) d
  where not exists (select 1 from day_plan p
                    where p.worker_id = d.worker_id and p.day = d.day and p.deleted_at is null)
  order by d.path, d.worker_id limit :limit
""")


def unplanned_days(session: Session, *, now: datetime, limit: int) -> Sequence[RowMapping]:
    """Return the workers whose shift begins today and who have no plan, street by street.

    Before 5:00 local time, only shifts that begin within two hours count.
    Columns: `worker_id`, and `day` (the local date).
    """
    return session.execute(_UNPLANNED_DAYS, {"now": now, "limit": limit}).mappings().all()


_CHANGED_DAYS = sql_text("""
  select p.worker_id, p.day from day_plan p
  where p.deleted_at is null and p.day >= cast(cast(:now as timestamptz) at time zone 'UTC' as date) - 1
    and coalesce(p.until > cast(:now as timestamptz), true)
    and exists (
      select 1 from change_log c
      where c.bucket = any(p.watched) and c.xid >= pg_snapshot_xmin(cast(p.seen as pg_snapshot))
        and not pg_visible_in_snapshot(c.xid, cast(p.seen as pg_snapshot))
        and c.entity = any(case when c.bucket like 'worker:%' then cast(:of_workers as text[])
                           else cast(:of_grids as text[]) end))
  order by p.day, p.worker_id limit :limit
""")


def changed_days(session: Session, *, now: datetime, limit: int) -> Sequence[RowMapping]:
    """Return the plans whose inputs have changed since the plan was made.

    Columns: `worker_id`, `day`.
    """
    binds = {"now": now, "limit": limit, "of_workers": WORKER_ENTITIES, "of_grids": GRID_ENTITIES}
    return session.execute(_CHANGED_DAYS, binds).mappings().all()


_BEFORE = bindparam("before", type_=Date())
_DELETE_PINS = delete(PlanPin).where(PlanPin.day < _BEFORE)
_DELETE_PLANS = delete(DayPlan).where(DayPlan.day < _BEFORE).returning(DayPlan.id)


def delete_before(session: Session, *, before: date) -> int:
    """Delete plans, fixed times and manual orders of days before `before`.

    Returns the number of deleted plans.
    """
    session.execute(_DELETE_PINS, {"before": before})
    return len(session.execute(_DELETE_PLANS, {"before": before}).all())
