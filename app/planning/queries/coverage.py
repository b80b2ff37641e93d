"""Statements that find the cells and homes of a grid that nobody visited in a period.

A cell is a square of the map. A cell is visited if the track of an ended duty or a recorded visit touches it; a home is
visited by a recorded visit. The result is computed for each request and not stored, so it does not outlive the tracks
and visits. It contains no persons.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Float,
    RowMapping,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    select,
)
from sqlalchemy.orm import Session, aliased

from app.areas.models import AreaVersion
from app.core.actor import Actor, Permission
from app.core.db import Fragment, sql_text, unscoped
from app.planning.rules.cells import CellRange
from app.workforce.models import Responsibility
from app.workforce.scope import area_reach

# Tracks are simplified by this tolerance: a track along the edge of a cell counts for it. Degrees of latitude.
TOLERANCE_DEGREES = 0.0001

_OF_GRID = "homes of a grid that the caller directs or works in, without persons"

# Edges of web map tiles are meridians and parallels, so a cell is a box in degrees too. Its edges are computed once for each
# column and row (inverse of the spherical Mercator projection): ST_Transform of each cell takes several times as long, and
# loads the projection in each new connection. `offset 0`: the box is computed once, not for each condition.
_CELLS = Fragment("""
  grid as materialized (select geom from area_version where area_id = :area_id and upper_inf(valid)),
  world as (select cast(power(2, cast(:z as int)) as float8) tiles),
  tile_column as materialized (
    select x, x / tiles * 360 - 180 west, (x + 1) / tiles * 360 - 180 east
    from world, generate_series(cast(:x0 as int), cast(:x1 as int)) x),
  tile_row as materialized (
    select y, degrees(atan(sinh(pi() * (1 - 2 * y / tiles)))) north,
           degrees(atan(sinh(pi() * (1 - 2 * (y + 1) / tiles)))) south
    from world, generate_series(cast(:y0 as int), cast(:y1 as int)) y),
  box as (
    select x, y, ST_MakeEnvelope(west, south, east, north, 4326) geom from tile_column, tile_row offset 0),
  cell as materialized (
    select cast(:z as int) || '/' || b.x || '/' || b.y id, b.geom
    from box b join grid g on g.geom && b.geom and ST_Intersects(g.geom, b.geom))
""")
_WALKED = Fragment(
    """
    {cells},
    track as materialized (
      select ST_Collect(ST_Force2D(t.geom)) geom from duty_track t join grid g on t.geom && g.geom
      where t.until > :since and t.until <= :until and t.geom is not null
        and (cast(:worker_id as uuid) is null or t.worker_id = :worker_id)),
    visited_home as materialized (
      select distinct v.household_id, p.location from visit v
      join household h on h.id = v.household_id join premises p on p.id = h.premises_id
      where h.grid_id = :area_id and v.deleted_at is null and v.visited_at >= :since and v.visited_at < :until
        and (cast(:worker_id as uuid) is null or v.visited_by = :worker_id)),
    walked_cell as materialized (
      select c.id from cell c, track t
      where t.geom && ST_Expand(c.geom, {tolerance}) and ST_Intersects(t.geom, ST_Expand(c.geom, {tolerance}))
      union
      select c.id from cell c join visited_home v on v.location && c.geom and ST_Intersects(v.location, c.geom))
    """,
    cells=_CELLS,
    tolerance=literal_column(str(TOLERANCE_DEGREES)),
)
# Households that may be visited.
_HOMES = Fragment("""
  select h.id from household h where h.grid_id = :area_id and h.deleted_at is null
    and h.declined_at is null and h.moved_away_at is null
""")

_own_area = aliased(AreaVersion, name="own_area")
_NOW = bindparam("now", type_=DateTime(timezone=True))


@lru_cache
def _grid(is_directed: ColumnElement[bool]) -> Select[Any]:
    is_walked = (
        exists()
        .where(
            Responsibility.area_id == _own_area.area_id,
            func.upper_inf(_own_area.valid),
            Responsibility.worker_id == bindparam("me", type_=Uuid()),
            Responsibility.deleted_at.is_(None),
            Responsibility.valid.bool_op("@>")(_NOW),
            AreaVersion.path.bool_op("<@")(_own_area.path),
        )
        .correlate(AreaVersion)
    )
    return select(
        AreaVersion.level,
        AreaVersion.jurisdiction_id,
        cast(AreaVersion.path, Text).label("path"),
        func.ST_XMin(AreaVersion.geom, type_=Float).label("west"),
        func.ST_YMin(AreaVersion.geom, type_=Float).label("south"),
        func.ST_XMax(AreaVersion.geom, type_=Float).label("east"),
        func.ST_YMax(AreaVersion.geom, type_=Float).label("north"),
        is_directed.label("is_directed"),
        is_walked.label("is_walked"),
    ).where(AreaVersion.area_id == bindparam("area_id", type_=Uuid()), func.upper_inf(AreaVersion.valid))


def grid(session: Session, actor: Actor, area_id: UUID, *, now: datetime) -> RowMapping | None:
    """Return an area with its bounding box, and how the actor is related to it, or None.

    Column `is_directed`: the actor directs cases in the area. Column `is_walked`: the actor is responsible for the area, or for
    an area that contains it. The caller checks that the area is a grid.
    """
    is_directed, binds = _is_directed(actor, now)
    binds = binds | {"area_id": area_id, "me": actor.id, "now": now}
    return session.execute(_grid(is_directed), binds).mappings().one_or_none()


def _is_directed(actor: Actor, now: datetime) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """Return (SQL condition that the actor may direct cases in an area, its bind values)."""
    directed = area_reach(actor, Permission.INCIDENT_DIRECT, now)
    return directed.condition(AreaVersion.path), directed.binds


_COVERAGE = unscoped(
    Fragment(
        """
        with {walked},
        home as materialized ({homes})
        select (select count(*) from cell) cells,
          (select coalesce(json_agg(json_build_object('id', c.id, 'geometry', ST_AsGeoJSON(c.geom, 7)::json) order by c.id),
                           '[]')
           from cell c where c.id not in (select id from walked_cell)) missed_cells,
          (select count(*) from cell c where c.id not in (select id from walked_cell)) cells_missed,
          (select count(*) from home) homes,
          (select coalesce(json_agg(h.id order by h.id), '[]')
           from home h where h.id not in (select household_id from visited_home)) missed_homes,
          (select count(*) from home h where h.id not in (select household_id from visited_home)) homes_missed
        """,
        walked=_WALKED,
        homes=_HOMES,
    ),
    household=_OF_GRID,
    premises=_OF_GRID,
)


def coverage(
    session: Session,
    *,
    area_id: UUID,
    cell_range: CellRange,
    since: datetime,
    until: datetime,
    worker_id: UUID | None,
) -> RowMapping:
    """Return which cells (squares of the map) and homes of a grid nobody visited in a period.

    The row has the number of all cells and homes, the number of those without a visit, and lists of these: cells with id and
    geometry, homes with id.

    Args:
        worker_id: Only tracks and visits of this worker count. None: those of all workers.
    """
    binds = _binds(area_id, cell_range) | {"since": since, "until": until, "worker_id": worker_id}
    return session.execute(_COVERAGE, binds).mappings().one()


_WALKED_DAYS = sql_text("""
  select distinct cast((t.until at time zone :zone)::date as text) from duty_track t
  join area_version g on g.area_id = :area_id and upper_inf(g.valid)
  where t.until > :since and t.until <= :until and t.geom && g.geom and ST_Intersects(t.geom, g.geom) order by 1
""")


def walked_days(
    session: Session, *, area_id: UUID, since: datetime, until: datetime, zone: str
) -> Sequence[str]:
    """Return the days on which the track of any worker crossed the grid.

    Only tracks of duties that ended in the period count. The result contains no persons.
    """
    binds = {"area_id": area_id, "since": since, "until": until, "zone": zone}
    return list(session.scalars(_WALKED_DAYS, binds))


_PATCHES = unscoped(
    Fragment(
        """
        with {walked},
        missed_cell as (
          select split_part(c.id, '/', 2)::int / 4 x, split_part(c.id, '/', 3)::int / 4 y,
                 ST_Intersection(c.geom, g.geom) geom
          from cell c cross join grid g where c.id not in (select id from walked_cell)),
        patch as (
          select x, y, count(*) n, ST_PointOnSurface(ST_Union(geom)) point from missed_cell group by x, y)
        select x || '/' || y name, ST_X(point) lon, ST_Y(point) lat from patch
        order by n desc, x, y limit :limit
        """,
        walked=_WALKED,
    ),
    household=_OF_GRID,
    premises=_OF_GRID,
)


def patches(
    session: Session, *, area_id: UUID, cell_range: CellRange, since: datetime, until: datetime, limit: int
) -> Sequence[RowMapping]:
    """Return patches: groups of sixteen neighbouring cells that contain cells nobody visited.

    The patch with the most such cells is the first. Columns: `name`, `lon`, `lat`.
    """
    binds = _binds(area_id, cell_range) | {"since": since, "until": until, "worker_id": None}
    return session.execute(_PATCHES, binds | {"limit": limit}).mappings().all()


_CELL_NAMES = Fragment("with {cells} select id from cell", cells=_CELLS)


def cell_names(session: Session, *, area_id: UUID, cell_range: CellRange) -> Sequence[str]:
    """Return the names of all cells of a grid."""
    return list(session.scalars(_CELL_NAMES, _binds(area_id, cell_range)))


_HOME_IDS = unscoped(
    Fragment("select cast(home.id as text) from ({homes}) home", homes=_HOMES), household=_OF_GRID
)


def home_ids(session: Session, area_id: UUID) -> Sequence[str]:
    """Return the ids of the homes of a grid that workers may visit."""
    return list(session.scalars(_HOME_IDS, {"area_id": area_id}))


_INSERT_LOT = sql_text("""
  insert into check_lot (id, area_id, kind, reason, seed, members, members_hash, drawn, number, drawn_by, occurred_at)
  select :id, :area_id, :kind, :reason, :seed, cast(:members as text[]), :members_hash, cast(:drawn as text[]),
         1 + count(*), :by, :now
  from check_lot where area_id = :area_id and kind = :kind and occurred_at >= :today
""")


def insert_lot(session: Session, values: dict[str, Any]) -> None:
    """Insert a random draw (lot).

    Its number counts the lots of the same grid and kind since `today`.
    """
    session.execute(_INSERT_LOT, values)


# A lot `lot` as the API shows it, without its members.
_LOT = Fragment("""json_build_object('id', lot.id, 'area_id', lot.area_id, 'kind', lot.kind, 'reason', lot.reason,
  'drawn', lot.drawn, 'seed', lot.seed, 'members_hash', lot.members_hash, 'members_total', cardinality(lot.members),
  'number', lot.number,
  'drawn_by', json_build_object('id', lot.drawn_by, 'name', (select a.name from account a where a.id = lot.drawn_by)),
  'drawn_at', lot.occurred_at)""")


@lru_cache
def _lot(is_directed: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """
        select cast(cast({lot} as jsonb) || jsonb_build_object('members', lot.members) as json)
        from check_lot lot
        join area_version on area_version.area_id = lot.area_id and upper_inf(area_version.valid)
        where lot.id = :id and {is_directed}
        """,
        lot=_LOT,
        is_directed=is_directed,
    )


def lot(session: Session, actor: Actor, lot_id: UUID, *, now: datetime) -> bytes | None:
    """Return a random draw (lot) with the list from which was drawn, or None.

    Returns None also if the actor does not direct cases in the area of the lot.
    """
    is_directed, binds = _is_directed(actor, now)
    lot_json: bytes | None = session.scalar(_lot(is_directed), binds | {"id": lot_id})
    return lot_json


@lru_cache
def _lots(is_directed: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """
        with page as materialized (
          select lot.*, row_number() over (order by lot.id desc) place
          from check_lot lot
          join area_version on area_version.area_id = lot.area_id and upper_inf(area_version.valid)
          where {is_directed} and (cast(:area_id as uuid) is null or lot.area_id = :area_id)
            and (cast(:after as uuid) is null or lot.id < :after)
          order by lot.id desc limit :limit + 1)
        select (select coalesce(json_agg({lot} order by lot.place), '[]') from page lot where lot.place <= :limit) items,
               (select array[id::text] from page
                where place = :limit and (select count(*) from page) > :limit) next_key
        """,
        lot=_LOT,
        is_directed=is_directed,
    )


def lots(
    session: Session, actor: Actor, *, area_id: UUID | None, after: UUID | None, now: datetime, limit: int
) -> RowMapping:
    """Return a page of the lots (random draws) where the actor directs cases, newest first."""
    is_directed, binds = _is_directed(actor, now)
    binds = binds | {"area_id": area_id, "after": after, "limit": limit}
    return session.execute(_lots(is_directed), binds).mappings().one()


def _binds(area_id: UUID, cell_range: CellRange) -> dict[str, Any]:
    (x0, x1), (y0, y1) = cell_range.columns, cell_range.rows
    return {"area_id": area_id, "z": cell_range.zoom, "x0": x0, "x1": x1, "y0": y0, "y1": y1}
