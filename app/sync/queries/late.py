"""Whether a place was somebody's to look after at some time, and until when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.areas.scope import deepest
from app.sync.queries.pushing import PLACED

# `stood`: in which grid it was then, or at first if that is not known, and when it left that one; `lies`: under which
# path it is now.
_ROW = """
  of as (select p.id, p.scope_path, cast(:entity as text) entity from {placed} where x.id = :id),
  lies as (select scope_path from of),
  stood as (
    select cast(h.row ->> 'grid_id' as uuid) grid_id,
      (select min(l.occurred_at) from fact_history l
       where l.entity = h.entity and l.row_id = h.row_id and l.version > h.version
         and l.row ->> 'grid_id' is distinct from h.row ->> 'grid_id') left_at
    from fact_history h join of on of.id = h.row_id and of.entity = h.entity
    order by h.occurred_at <= cast(:at as timestamptz) desc,
             case when h.occurred_at <= cast(:at as timestamptz) then -h.version else h.version end limit 1)"""
_POINT = f"""
  point as (select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p),
  lies as (
    {deepest("v.path scope_path", "p", beside="point")}),
  stood as (
    select v.area_id grid_id, upper(v.valid) left_at from area_version v, point
    where v.level = 'grid' and not isempty(v.valid) and v.geom && p and ST_Covers(v.geom, p)
    order by coalesce(v.valid @> cast(:at as timestamptz), false) desc, lower(v.valid), v.code limit 1)"""
_HELD = """
  select least(upper(r.valid), stood.left_at) ended,
         coalesce(r.valid @> cast(:at as timestamptz), false) is_then,
         array(select v.area_id from area_version v, lies where v.path = lies.scope_path and upper_inf(v.valid)) area_ids
  from stood join responsibility r on r.area_id = stood.grid_id
  where r.worker_id = :worker_id and r.deleted_at is null and not isempty(r.valid)
  order by is_then desc, upper(r.valid) desc nulls first limit 1"""


def held_row(
    session: Session, worker_id: UUID, *, table: str, row_id: UUID, at: datetime | None
) -> RowMapping | None:
    """Whether the grid in which a row of the register stood at an instant was the worker's, ever.

    `is_then`: at that instant; `ended`: when that, or the row's standing there, ended; `area_ids`: where it is now.
    """
    entity = "premises" if table == "premises" else "household"
    sql = f"with {_ROW.format(placed=PLACED[table])} {_HELD}"
    return _one(session, sql, {"worker_id": worker_id, "id": row_id, "at": at, "entity": entity})


def held_point(
    session: Session, worker_id: UUID, *, lon: float, lat: float, at: datetime | None
) -> RowMapping | None:
    """The same of the grid at a point."""
    return _one(session, f"with {_POINT} {_HELD}", {"worker_id": worker_id, "lon": lon, "lat": lat, "at": at})


def _one(session: Session, sql: str, binds: dict[str, Any]) -> RowMapping | None:
    return session.execute(text(sql), binds).mappings().one_or_none()
