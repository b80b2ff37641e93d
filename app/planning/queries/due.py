"""Which days are to be planned: those that begin, and those of which something changed."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

# Of a worker: her work, her times, her land, decisions about her days, her cases. Of a grid: homes and what is due there.
OF_WORKERS = ["assignment", "shift", "duty", "substitution", "responsibility", "plan_pin", "incident"]
OF_GRIDS = ["visit", "household", "care_tag", "premises", "responsibility"]


def beginning(session: Session, *, now: datetime, limit: int) -> Sequence[RowMapping]:
    """`worker_id` and `day` of shifts of today, where they are, that nobody has planned; street by street."""
    sql = """
      with near as (
        select s.worker_id, lower(s.during) since from shift s
        where s.deleted_at is null
          and s.during && tstzrange(cast(:now as timestamptz), cast(:now as timestamptz) + interval '14 hours')),
      placed as (
        select n.worker_id, n.since, f.path, f.zone from near n
        join lateral (
          select v.path, (select p.data ->> 'timezone' from profile_version p
                          where p.jurisdiction_id = v.jurisdiction_id and p.in_force_from <= cast(:now as timestamptz)
                          order by p.number desc limit 1) zone
          from responsibility r join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
          where r.worker_id = n.worker_id and r.deleted_at is null
            and coalesce(upper(r.valid) > cast(:now as timestamptz), true)
          order by lower(r.valid), r.id limit 1) f on f.zone is not null)
      select d.worker_id, d.day from (
        select distinct on (path, worker_id) path, worker_id, cast(since at time zone zone as date) as day
        from placed
        where cast(since at time zone zone as date) = cast(cast(:now as timestamptz) at time zone zone as date)
          and (extract(hour from cast(:now as timestamptz) at time zone zone) >= 5
               or since < cast(:now as timestamptz) + interval '2 hours')
        order by path, worker_id, since) d
      where not exists (select 1 from day_plan p
                        where p.worker_id = d.worker_id and p.day = d.day and p.deleted_at is null)
      order by d.path, d.worker_id limit :limit
    """
    return session.execute(text(sql), {"now": now, "limit": limit}).mappings().all()


def changed(session: Session, *, now: datetime, limit: int) -> Sequence[RowMapping]:
    """`worker_id` and `day` of plans that are not over, of which something changed that their snapshot has not seen."""
    sql = """
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
    """
    binds = {"now": now, "limit": limit, "of_workers": OF_WORKERS, "of_grids": OF_GRIDS}
    return session.execute(text(sql), binds).mappings().all()


def forget(session: Session, *, before: date) -> int:
    """Delete the plans of days before a day, and what was decided of them; how many plans."""
    session.execute(text("delete from plan_pin where day < :before"), {"before": before})
    gone = session.execute(text("delete from day_plan where day < :before returning 1"), {"before": before})
    return len(gone.all())
