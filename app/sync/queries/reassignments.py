"""SQL of past responsibility: was the worker responsible for a row or point at some time, and until when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.areas.scope import deepest_area_sql
from app.sync.queries.push import PLACEMENT_JOINS

# `stood`: in which grid it was then, or at first if that is not known, and when it left that one; `lies`: under which
# path it is now.
_ROW_CTES = """
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
_POINT_CTES = f"""
  point as (select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p),
  lies as (
    {deepest_area_sql("v.path scope_path", "p", from_items="point")}),
  stood as (
    select v.area_id grid_id, upper(v.valid) left_at from area_version v, point
    where v.level = 'grid' and not isempty(v.valid) and v.geom && p and ST_Covers(v.geom, p)
    order by coalesce(v.valid @> cast(:at as timestamptz), false) desc, lower(v.valid), v.code limit 1)"""
_RESPONSIBILITY = """
  select least(upper(r.valid), stood.left_at) ended,
         coalesce(r.valid @> cast(:at as timestamptz), false) is_then,
         array(select v.area_id from area_version v, lies where v.path = lies.scope_path and upper_inf(v.valid)) area_ids
  from stood join responsibility r on r.area_id = stood.grid_id
  where r.worker_id = :worker_id and r.deleted_at is null and not isempty(r.valid)
  order by is_then desc, upper(r.valid) desc nulls first limit 1"""


def responsibility_for_row(
    session: Session, worker_id: UUID, *, table: str, row_id: UUID, happened_at: datetime | None
) -> RowMapping | None:
    """Return the worker's responsibility for the grid in which a register row was at `happened_at`, or None.

    `is_then`: the worker was responsible at that time. `ended`: when the responsibility ended or the row left the grid.
    `area_ids`: the areas that contain the row now.
    """
    entity = "premises" if table == "premises" else "household"
    sql = f"with {_ROW_CTES.format(placed=PLACEMENT_JOINS[table])} {_RESPONSIBILITY}"
    return _row_or_none(
        session, sql, {"worker_id": worker_id, "id": row_id, "at": happened_at, "entity": entity}
    )


def responsibility_for_point(
    session: Session, worker_id: UUID, *, lon: float, lat: float, happened_at: datetime | None
) -> RowMapping | None:
    """Return the same as `responsibility_for_row` for the grid that contains a point (WGS 84)."""
    return _row_or_none(
        session,
        f"with {_POINT_CTES} {_RESPONSIBILITY}",
        {"worker_id": worker_id, "lon": lon, "lat": lat, "at": happened_at},
    )


def _row_or_none(session: Session, sql: str, binds: dict[str, Any]) -> RowMapping | None:
    return session.execute(text(sql), binds).mappings().one_or_none()
