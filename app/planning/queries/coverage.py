"""SQL of the cells and homes of a grid that nobody came to in a period, from tracks of ended duties and from visits.

The result is not stored, so it is not retained longer than the tracks and visits. It contains no person.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.planning.rules.cells import CellRange
from app.workforce.scope import reach

# Tracks are simplified by this tolerance: a track along the edge of a cell counts for it. Degrees of latitude.
TOLERANCE_DEGREES = 0.0001

_CELLS = """
  grid as materialized (select geom from area_version where area_id = :area_id and upper_inf(valid)),
  cells as materialized (
    select cast(:z as int) || '/' || x || '/' || y id, c.geom
    from generate_series(cast(:x0 as int), cast(:x1 as int)) x, generate_series(cast(:y0 as int), cast(:y1 as int)) y
    cross join lateral (select ST_Transform(ST_TileEnvelope(cast(:z as int), x, y), 4326) geom) c
    join grid g on g.geom && c.geom and ST_Intersects(g.geom, c.geom))
"""
_WALKED = f"""
  {_CELLS},
  lines as materialized (
    select ST_Collect(ST_Force2D(t.geom)) geom from duty_track t join grid g on t.geom && g.geom
    where t.until > :since and t.until <= :until and t.geom is not null
      and (cast(:worker_id as uuid) is null or t.worker_id = :worker_id)),
  calls as materialized (
    select distinct v.household_id, p.location from visit v
    join household h on h.id = v.household_id join premises p on p.id = h.premises_id
    where h.grid_id = :area_id and v.deleted_at is null and v.visited_at >= :since and v.visited_at < :until
      and (cast(:worker_id as uuid) is null or v.visited_by = :worker_id)),
  walked as materialized (
    select c.id from cells c, lines l
    where l.geom && ST_Expand(c.geom, {TOLERANCE_DEGREES}) and ST_Intersects(l.geom, ST_Expand(c.geom, {TOLERANCE_DEGREES}))
    union
    select c.id from cells c join calls k on k.location && c.geom and ST_Intersects(k.location, c.geom))
"""
# Homes that may be visited.
_HOMES = """
  select h.id from household h where h.grid_id = :area_id and h.deleted_at is null
    and h.declined_at is null and h.moved_away_at is null
"""


def grid(session: Session, actor: Actor, area_id: UUID, *, now: datetime) -> RowMapping | None:
    """Return a grid: jurisdiction, bounding box, and whether the actor directs it or works there."""
    directs, binds = reach(actor, Permission.INCIDENT_DIRECT, "v.path", now=now)
    sql = f"""
      select v.level, v.jurisdiction_id, cast(v.path as text) path, ST_XMin(v.geom) west, ST_YMin(v.geom) south,
             ST_XMax(v.geom) east, ST_YMax(v.geom) north, {directs} is_directed,
             exists (select 1 from responsibility r join area_version o on o.area_id = r.area_id and upper_inf(o.valid)
                     where r.worker_id = :me and r.deleted_at is null and r.valid @> cast(:now as timestamptz)
                       and v.path <@ o.path) is_walked
      from area_version v where v.area_id = :area_id and upper_inf(v.valid)
    """
    binds |= {"area_id": area_id, "me": actor.id, "now": now}
    return session.execute(sql_text(sql), binds).mappings().one_or_none()


def coverage(
    session: Session,
    *,
    area_id: UUID,
    cell_range: CellRange,
    since: datetime,
    until: datetime,
    worker_id: UUID | None,
) -> RowMapping:
    """Return counts and ids of cells and homes, all and missed. `worker_id`: count this worker's tracks and visits only."""
    sql = f"""
      with {_WALKED},
      homes as materialized ({_HOMES})
      select (select count(*) from cells) cells,
        (select coalesce(json_agg(json_build_object('id', c.id, 'geometry', ST_AsGeoJSON(c.geom, 7)::json) order by c.id), '[]')
         from cells c where c.id not in (select id from walked)) missed_cells,
        (select count(*) from cells c where c.id not in (select id from walked)) cells_missed,
        (select count(*) from homes) homes,
        (select coalesce(json_agg(h.id order by h.id), '[]')
         from homes h where h.id not in (select household_id from calls)) missed_homes,
        (select count(*) from homes h where h.id not in (select household_id from calls)) homes_missed
    """
    return (
        session.execute(
            sql_text(sql),
            _binds(area_id, cell_range) | {"since": since, "until": until, "worker_id": worker_id},
        )
        .mappings()
        .one()
    )


def walked_days(
    session: Session, *, area_id: UUID, since: datetime, until: datetime, zone: str
) -> Sequence[str]:
    """Return the days on which the track of a duty that ended in the period crossed a grid. Contains no person."""
    sql = """
      select distinct cast((t.until at time zone :zone)::date as text) from duty_track t
      join area_version g on g.area_id = :area_id and upper_inf(g.valid)
      where t.until > :since and t.until <= :until and t.geom && g.geom and ST_Intersects(t.geom, g.geom) order by 1
    """
    binds = {"area_id": area_id, "since": since, "until": until, "zone": zone}
    return list(session.scalars(sql_text(sql), binds))


def patches(
    session: Session,
    *,
    area_id: UUID,
    cell_range: CellRange,
    since: datetime,
    until: datetime,
    limit: int,
) -> Sequence[RowMapping]:
    """Return patches of missed cells, sixteen cells to a patch, most missed first: `name`, `lon`, `lat`."""
    sql = f"""
      with {_WALKED},
      missed as (
        select split_part(c.id, '/', 2)::int / 4 x, split_part(c.id, '/', 3)::int / 4 y, ST_Intersection(c.geom, g.geom) geom
        from cells c cross join grid g where c.id not in (select id from walked)),
      patch as (select x, y, count(*) n, ST_PointOnSurface(ST_Union(geom)) point from missed group by x, y)
      select x || '/' || y name, ST_X(point) lon, ST_Y(point) lat from patch
      order by n desc, x, y limit :limit
    """
    binds = _binds(area_id, cell_range) | {"since": since, "until": until, "worker_id": None}
    return session.execute(sql_text(sql), binds | {"limit": limit}).mappings().all()


def cell_names(session: Session, *, area_id: UUID, cell_range: CellRange) -> Sequence[str]:
    """Return the names of all cells of a grid."""
    sql = f"with {_CELLS} select id from cells"
    return list(session.scalars(sql_text(sql), _binds(area_id, cell_range)))


def home_ids(session: Session, area_id: UUID) -> Sequence[str]:
    """Return the ids of the homes of a grid that may be visited."""
    sql = f"select cast(h.id as text) from ({_HOMES}) h"
    return list(session.scalars(sql_text(sql), {"area_id": area_id}))


def insert_lot(session: Session, values: dict[str, Any]) -> None:
    sql = """
      insert into check_lot (id, area_id, kind, reason, seed, members, members_hash, drawn, number, drawn_by, occurred_at)
      select :id, :area_id, :kind, :reason, :seed, cast(:members as text[]), :members_hash, cast(:drawn as text[]),
             1 + count(*), :by, :now
      from check_lot where area_id = :area_id and kind = :kind and occurred_at >= :today
    """
    session.execute(sql_text(sql), values)


_LOT = """json_build_object('id', l.id, 'area_id', l.area_id, 'kind', l.kind, 'reason', l.reason, 'drawn', l.drawn,
  'seed', l.seed, 'members_hash', l.members_hash, 'members_total', cardinality(l.members), 'number', l.number,
  'drawn_by', json_build_object('id', l.drawn_by, 'name', (select a.name from account a where a.id = l.drawn_by)),
  'drawn_at', l.occurred_at)"""


def lot(session: Session, actor: Actor, lot_id: UUID, *, now: datetime) -> bytes | None:
    """Return a lot with the list it was drawn from, or None outside the areas that the actor directs."""
    directs, binds = reach(actor, Permission.INCIDENT_DIRECT, "v.path", now=now)
    sql = f"""
      select cast(cast({_LOT} as jsonb) || jsonb_build_object('members', l.members) as json)
      from check_lot l join area_version v on v.area_id = l.area_id and upper_inf(v.valid)
      where l.id = :id and {directs}
    """
    lot_json: bytes | None = session.scalar(sql_text(sql), binds | {"id": lot_id})
    return lot_json


def lots(
    session: Session, actor: Actor, *, area_id: UUID | None, after: UUID | None, now: datetime, limit: int
) -> RowMapping:
    """Return a page of the lots in the areas that the actor directs, the latest first."""
    directs, binds = reach(actor, Permission.INCIDENT_DIRECT, "v.path", now=now)
    sql = f"""
      with page as materialized (
        select l.*, row_number() over (order by l.id desc) place
        from check_lot l join area_version v on v.area_id = l.area_id and upper_inf(v.valid)
        where {directs} and (cast(:area_id as uuid) is null or l.area_id = :area_id)
          and (cast(:after as uuid) is null or l.id < :after)
        order by l.id desc limit :limit + 1)
      select (select coalesce(json_agg({_LOT} order by l.place), '[]') from page l where l.place <= :limit) items,
             (select array[id::text] from page
              where place = :limit and (select count(*) from page) > :limit) next_key
    """
    binds |= {"area_id": area_id, "after": after, "limit": limit}
    return session.execute(sql_text(sql), binds).mappings().one()


def _binds(area_id: UUID, cell_range: CellRange) -> dict[str, Any]:
    (x0, x1), (y0, y1) = cell_range.columns, cell_range.rows
    return {"area_id": area_id, "z": cell_range.zoom, "x0": x0, "x1": x1, "y0": y0, "y1": y1}
