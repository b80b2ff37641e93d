"""SQL that finds a worker's former responsibility for the grid of a row or point."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, func, literal, literal_column, select
from sqlalchemy.orm import Session

from app.areas.models import AreaVersion
from app.areas.scope import deepest_area
from app.core.db import Fragment
from app.sync.queries.row_tables import PLACEMENTS

# `earlier_grid`: the grid in which the row or point was at :at, or the first one known, and when it left that grid.
# `present_place`: the area path of the row or point now.
_RESPONSIBILITY = """
  with {ctes}
  select least(upper(r.valid), earlier_grid.left_at) ended,
         coalesce(r.valid @> cast(:at as timestamptz), false) is_then,
         array(select v.area_id from area_version v, present_place
               where v.path = present_place.scope_path and upper_inf(v.valid)) area_ids
  from earlier_grid join responsibility r on r.area_id = earlier_grid.grid_id
  where r.worker_id = :worker_id and r.deleted_at is null and not isempty(r.valid)
  order by is_then desc, upper(r.valid) desc nulls first limit 1"""


@lru_cache
def _of_row(table: str) -> Fragment:
    """Return the SELECT of a worker's responsibility for an earlier grid of a row in `table`.

    `responsibility_for_row` executes it. The earlier grids of premises and households are read from `fact_history`.
    """
    placement = PLACEMENTS[table]
    located = placement.located
    located_row = (
        select(located.id, located.scope_path)
        .select_from(placement.source)
        .where(placement.id == bindparam("row_id"))
    )
    ctes = Fragment(
        """
        located_row as {located_row},
        present_place as (select scope_path from located_row),
        earlier_grid as (
          select cast(h.row ->> 'grid_id' as uuid) grid_id,
            (select min(l.occurred_at) from fact_history l
             where l.entity = h.entity and l.row_id = h.row_id and l.version > h.version
               and l.row ->> 'grid_id' is distinct from h.row ->> 'grid_id') left_at
          from fact_history h join located_row on located_row.id = h.row_id and h.entity = {entity}
          order by h.occurred_at <= cast(:at as timestamptz) desc,
                   case when h.occurred_at <= cast(:at as timestamptz) then -h.version else h.version end limit 1)
        """,
        located_row=located_row,
        entity=literal(located.__tablename__, literal_execute=True),
    )
    return Fragment(_RESPONSIBILITY, ctes=ctes)


_POINT = func.ST_SetSRID(func.ST_MakePoint(bindparam("lon"), bindparam("lat")), literal_column("4326"))
_OF_POINT = Fragment(
    _RESPONSIBILITY,
    ctes=Fragment(
        """
        present_place as {deepest_area},
        earlier_grid as (
          select v.area_id grid_id, upper(v.valid) left_at from area_version v, (select {point} p) point
          where v.level = 'grid' and not isempty(v.valid) and v.geom && p and ST_Covers(v.geom, p)
          order by coalesce(v.valid @> cast(:at as timestamptz), false) desc, lower(v.valid), v.code limit 1)
        """,
        deepest_area=deepest_area(AreaVersion.path.label("scope_path"), point=_POINT),
        point=_POINT,
    ),
)


def responsibility_for_row(
    session: Session, worker_id: UUID, *, table: str, row_id: UUID, happened_at: datetime | None
) -> RowMapping | None:
    """Return a worker's responsibility for the grid that contained a row at a past time.

    The row belongs to premises or a household, such as a resident or a visit. Returns None if the worker was never
    responsible for this grid. Columns: `is_then` (the worker was responsible at that time), `ended` (when the
    responsibility ended or the row left the grid), `area_ids` (areas that contain the row now).

    Args:
        happened_at: The time. None: the time is not known, and the first known grid of the row is used.
    """
    binds: dict[str, Any] = {"worker_id": worker_id, "row_id": row_id, "at": happened_at}
    return session.execute(_of_row(table), binds).mappings().one_or_none()


def responsibility_for_point(
    session: Session, worker_id: UUID, *, lon: float, lat: float, happened_at: datetime | None
) -> RowMapping | None:
    """Return a worker's responsibility for the grid that contained a point at a past time.

    Returns None if the worker was never responsible for this grid. Columns: `is_then` (the worker was responsible at that
    time), `ended` (when the responsibility or this version of the grid ended), `area_ids` (areas that contain the point
    now).

    Args:
        lon, lat: The point in WGS 84.
        happened_at: The time. None: the time is not known, and the first known grid at the point is used.
    """
    binds = {"worker_id": worker_id, "lon": lon, "lat": lat, "at": happened_at}
    return session.execute(_OF_POINT, binds).mappings().one_or_none()
