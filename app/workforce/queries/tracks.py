"""SQL of the lines that are made of a duty's fixes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

TOLERANCE_M = 10


def to_trace(session: Session, *, ended_after: datetime, ended_before: datetime, limit: int) -> list[UUID]:
    """Duties that are over and have no line yet, or one of which fixes came late."""
    sql = """
      (select d.id from duty d
       where d.deleted_at is null and upper(d.during) > :after and upper(d.during) <= :before
         and d.during && tstzrange(cast(:after as timestamptz), cast(:before as timestamptz), '[]')
         and not exists (select 1 from duty_track t where t.id = d.id)
       limit :limit)
      union all
      (select t.id from duty_track t where t.is_stale limit :limit)
    """
    return list(session.scalars(text(sql), {"after": ended_after, "before": ended_before, "limit": limit}))


def trace(session: Session, duty_id: UUID, *, now: datetime) -> bool:
    """Make a duty's line of its usable fixes; M is when. Tell whether there is such a duty.

    Simplified in Web Mercator, whose metres are stretched by the cosine of the latitude.
    """
    sql = f"""
      with over as (
        select id, worker_id, lower(during) since, upper(during) until from duty
        where id = :id and deleted_at is null and not upper_inf(during) for share),
      whole as (
        select count(*) fixes, ST_MakeLine(ST_SetSRID(ST_MakePointM(ST_X(p.geom), ST_Y(p.geom),
                                                                    extract(epoch from p.at)), 4326) order by p.at) line
        from over d join position p on p.worker_id = d.worker_id and p.at >= d.since and p.at < d.until
        where not p.is_mock and not p.is_coarse and not p.is_implausible)
      insert into duty_track (id, worker_id, since, until, fixes, length_m, geom, made_at)
      select d.id, d.worker_id, d.since, d.until, w.fixes, coalesce(ST_Length(cast(w.line as geography)), 0),
             case when w.fixes > 1 then ST_Transform(ST_Simplify(ST_Transform(w.line, 3857),
               {TOLERANCE_M} / greatest(cos(radians(ST_Y(ST_StartPoint(w.line)))), 0.05), true), 4326) end, :now
      from over d, whole w
      on conflict (id) do update set fixes = excluded.fixes, length_m = excluded.length_m, geom = excluded.geom,
                                     made_at = excluded.made_at, is_stale = false
      returning id
    """
    return session.scalar(text(sql), {"id": duty_id, "now": now}) is not None


def mark_stale(session: Session, worker_id: UUID, *, since: datetime, until: datetime) -> None:
    sql = "update duty_track set is_stale = true where worker_id = :w and since <= :until and until > :since"
    session.execute(text(sql), {"w": worker_id, "since": since, "until": until})


def drop(session: Session, *, ended_before: datetime) -> None:
    session.execute(text("delete from duty_track where until < :before"), {"before": ended_before})


def lines(
    session: Session,
    worker_id: UUID,
    *,
    since: datetime | None,
    until: datetime | None,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """A page of the lines of duties that touch [since, until), the last first."""
    sql = """
      with page as (
        select t.since, t.id, json_build_object('duty_id', t.id, 'since', t.since, 'until', t.until,
                 'fixes', t.fixes, 'length_m', round(t.length_m::numeric, 1),
                 'line', ST_AsGeoJSON(ST_Force2D(t.geom), 7)::json) item
        from duty_track t
        where t.worker_id = :worker_id and (cast(:until as timestamptz) is null or t.since < :until)
          and (cast(:since as timestamptz) is null or t.until > :since)
          and (cast(:after_since as timestamptz) is null
               or (t.since, t.id) < (cast(:after_since as timestamptz), cast(:after_id as uuid)))
        order by t.since desc, t.id desc limit :limit + 1),
      shown as (select * from page order by since desc, id desc limit :limit)
      select (select coalesce(json_agg(item order by since desc, id desc), '[]') from shown) items,
             (select count(*) from page) n,
             (select array[since::text, id::text] from shown order by since, id limit 1) last_key
    """
    after_since, after_id = after or (None, None)
    binds: dict[str, Any] = {"worker_id": worker_id, "since": since, "until": until, "limit": limit}
    return (
        session.execute(text(sql), binds | {"after_since": after_since, "after_id": after_id})
        .mappings()
        .one()
    )
