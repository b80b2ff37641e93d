"""SQL of components. A component's place in the tree follows from its location, within its jurisdiction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.areas.scope import LEAF
from app.core.actor import Actor, Permission
from app.workforce.scope import Ways, paths_sql, scope_binds

_UNIT = "(select json_build_object('id', u.id, 'name', u.name) from unit u where u.id = c.{}_unit_id)"
FIELDS = f"""
  'id', c.id, 'code', c.code, 'category', c.category, 'name', c.name, 'state', c.state, 'version', c.version,
  'location', ST_AsGeoJSON(c.location, 7)::json,
  'grid', (select json_build_object('id', v.area_id, 'code', v.code, 'name', v.name)
           from area_version v where v.area_id = c.grid_id and upper_inf(v.valid)),
  'owning_unit', {_UNIT.format("owning")}, 'managing_unit', {_UNIT.format("managing")},
  'maintaining_unit', {_UNIT.format("maintaining")},
  'installed_on', c.installed_on, 'checked_on', c.checked_on, 'source', c.source, 'note', c.note
"""
ITEM = f"json_build_object({FIELDS})"
FEATURE = f"""json_build_object('type', 'Feature', 'id', c.id, 'geometry', ST_AsGeoJSON(c.location, 7)::json,
  'properties', json_build_object({FIELDS}))"""


_OF_MY_UNITS = tuple(
    f"c.{column} = any(cast(:my_units as uuid[]))"
    for column in ("owning_unit_id", "managing_unit_id", "maintaining_unit_id")
)


def visible(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """The one clause of who sees which components: in my areas, or of a unit that I work for."""
    if actor.everywhere_with(Permission.COMPONENT_READ):
        return "true", {}
    clause = f"(c.scope_path <@ any({paths_sql()}) or {' or '.join(_OF_MY_UNITS)})"
    return clause, scope_binds(actor, now, Permission.COMPONENT_READ) | {"my_units": actor.unit_ids}


def ways_to_see(actor: Actor) -> Ways | None:
    """What `visible` says, with its binds, as ways; None: everything."""
    if actor.everywhere_with(Permission.COMPONENT_READ):
        return None
    return Ways(paths_sql(), _OF_MY_UNITS if actor.unit_ids else ())


def page(
    session: Session,
    actor: Actor,
    *,
    form: str,
    filters: dict[str, Any],
    after: UUID | None,
    now: datetime,
    limit: int,
) -> RowMapping:
    """A page of the components that the actor sees, by id: `items` as JSON bytes, and the next key."""
    clause, binds = visible(actor, now)
    conditions = [clause]
    states = filters.get("state")
    if states is None:
        conditions.append("c.deleted_at is null")
    else:
        conditions.append("c.state = any(:f_state)")
        binds["f_state"] = states
    for key, condition in (
        ("grid", "c.grid_id = :f_grid"),
        ("category", "c.category = any(:f_category)"),
        ("code", "c.code = :f_code"),
        (
            "unit",
            "(c.owning_unit_id = :f_unit or c.managing_unit_id = :f_unit or c.maintaining_unit_id = :f_unit)",
        ),
    ):
        if filters.get(key) is not None:
            conditions.append(condition)
            binds[f"f_{key}"] = filters[key]
    if filters.get("bbox"):
        box = "ST_MakeEnvelope(:west, :south, :east, :north, 4326)"
        conditions.append(f"c.location && {box} and ST_Intersects(c.location, {box})")
        binds |= dict(zip(("west", "south", "east", "north"), filters["bbox"], strict=True))
    if after:
        conditions.append("c.id > :after")
        binds["after"] = after
    sql = f"""
      with page as materialized (
        select c.*, row_number() over (order by c.id) place from component c
        where {" and ".join(conditions)} order by c.id limit :limit + 1)
      select (select coalesce(json_agg({form} order by c.id), '[]') from page c where c.place <= :limit) items,
             (select array[id::text] from page
              where place = :limit and (select count(*) from page) > :limit) next_key
    """
    return session.execute(text(sql), binds | {"limit": limit}).mappings().one()


def component(
    session: Session, actor: Actor, *, component_id: UUID, now: datetime, form: str = ITEM
) -> RowMapping | None:
    """One that the actor sees, retired ones too: `item`, and what a change must know."""
    clause, binds = visible(actor, now)
    sql = f"""
      select c.version, c.jurisdiction_id, c.category, c.deleted_at, {form} item
      from component c where c.id = :id and {clause}
    """
    return session.execute(text(sql), binds | {"id": component_id}).mappings().one_or_none()


def is_within(session: Session, actor: Actor, *, component_id: UUID, now: datetime) -> bool:
    """Whether a component stands where the actor may edit."""
    if actor.everywhere_with(Permission.COMPONENT_EDIT):
        return True
    sql = f"select exists (select 1 from component c where c.id = :id and c.scope_path <@ any({paths_sql()}))"
    binds = scope_binds(actor, now, Permission.COMPONENT_EDIT)
    return bool(session.scalar(text(sql), binds | {"id": component_id}))


def hold_jurisdictions(session: Session, jurisdiction_ids: Sequence[UUID]) -> None:
    """Wait for redraws under way, and keep others waiting, so that nothing goes to an area that retires."""
    session.execute(
        text("select id from jurisdiction where id = any(:ids) order by id for share"),
        {"ids": list(jurisdiction_ids)},
    )


GIVEN = """
  given as (
    select g.*, ST_SetSRID(ST_MakePoint(g.lon, g.lat), 4326) location
    from jsonb_to_recordset(cast(:rows as jsonb)) as g(
      id uuid, jurisdiction_id uuid, code text, category text, name jsonb, state text, owning_unit_id uuid,
      managing_unit_id uuid, maintaining_unit_id uuid, lon float8, lat float8, installed_on date, checked_on date,
      source text, note text))
"""


def as_rows(rows: Sequence[dict[str, Any]]) -> str:
    return orjson.dumps(list(rows), default=str).decode()


COLUMNS = (
    "id, jurisdiction_id, code, category, name, state, owning_unit_id, managing_unit_id, maintaining_unit_id"
)
FACTS = """name, state, owning_unit_id, managing_unit_id, maintaining_unit_id, location, installed_on, checked_on,
  source, note"""


def facts_of(table: str) -> str:
    return ", ".join(f"{table}.{name.strip()}" for name in FACTS.split(","))


def insert(session: Session, row: dict[str, Any], *, at: datetime) -> bool:
    """False when the number (or the id) is taken."""
    sql = f"""
      with {GIVEN}
      insert into component ({COLUMNS}, location, installed_on, checked_on, source, note, grid_id, scope_path, created_at)
      select {", ".join(f"given.{name.strip()}" for name in COLUMNS.split(","))}, given.location, given.installed_on,
        given.checked_on, given.source, given.note, leaf.grid_id, leaf.path, :at
      from given {LEAF.format(of="given")}
      on conflict do nothing returning id
    """
    return session.scalar(text(sql), {"rows": as_rows([row]), "at": at}) is not None


def is_id_used(session: Session, component_id: UUID) -> bool:
    sql = "select exists (select 1 from component where id = :id)"
    return bool(session.scalar(text(sql), {"id": component_id}))


def upsert(session: Session, rows: Sequence[dict[str, Any]], *, at: datetime) -> RowMapping:
    """Bring the register to what the rows say, by number: how many were `made`, `changed` and `retired`.

    What is the same already is not touched. A row that says retired ends the living one, if there is any.
    """
    updates = ", ".join(f"{name.strip()} = excluded.{name.strip()}" for name in FACTS.split(","))
    sql = f"""
      with {GIVEN},
      ended as (
        update component c set state = 'retired', deleted_at = :at from given
        where given.state = 'retired' and c.jurisdiction_id = given.jurisdiction_id and c.code = given.code
          and c.deleted_at is null returning 1),
      kept as (
        insert into component ({COLUMNS}, location, installed_on, checked_on, source, note, grid_id, scope_path, created_at)
        select {", ".join(f"given.{name.strip()}" for name in COLUMNS.split(","))}, given.location, given.installed_on,
          given.checked_on, given.source, given.note, leaf.grid_id, leaf.path, :at
        from given {LEAF.format(of="given")} where given.state <> 'retired'
        on conflict (jurisdiction_id, code) where deleted_at is null do update
          set {updates}, grid_id = excluded.grid_id, scope_path = excluded.scope_path
          where ({facts_of("component")}) is distinct from ({facts_of("excluded")})
        returning component.version = 1 is_made)
      select (select count(*) from kept where is_made) made, (select count(*) from kept where not is_made) changed,
             (select count(*) from ended) retired
    """
    return session.execute(text(sql), {"rows": as_rows(rows), "at": at}).mappings().one()


def units_of(session: Session, jurisdiction_id: UUID, unit_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the ids that are units of the jurisdiction."""
    sql = "select id from unit where id = any(:ids) and jurisdiction_id = :jurisdiction_id and deleted_at is null"
    binds = {"ids": list(unit_ids), "jurisdiction_id": jurisdiction_id}
    return set(session.scalars(text(sql), binds))


def change(
    session: Session, component_id: UUID, *, expected: int | None, values: dict[str, Any], at: datetime
) -> bool:
    """Set the facts given (`point` is (lon, lat)) and find its place anew. False when it is not the expected one."""
    sets = ["code = code"]
    binds: dict[str, Any] = {"id": component_id, "expected": expected}
    for name, value in values.items():
        match name:
            case "name":
                sets.append("name = cast(:name as jsonb)")
                binds["name"] = orjson.dumps(value).decode()
            case "point":
                sets.append("location = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)")
                binds["lon"], binds["lat"] = value
            case "retired":
                sets += ["state = 'retired'", "deleted_at = :at"]
                binds["at"] = at
            case _:
                sets.append(f"{name} = :{name}")
                binds[name] = value
    sql = f"""
      update component set {", ".join(sets)}
      where id = :id and deleted_at is null and (cast(:expected as bigint) is null or version = :expected)
      returning id
    """
    return session.scalar(text(sql), binds) is not None


def find_place(session: Session, component_id: UUID) -> None:
    """After it was moved: its grid and its place in the tree."""
    sql = f"""
      update component set grid_id = leaf.grid_id, scope_path = leaf.path
      from component c {LEAF.format(of="c")}
      where c.id = :id and component.id = c.id
        and (component.grid_id, component.scope_path) is distinct from (leaf.grid_id, leaf.path)
    """
    session.execute(text(sql), {"id": component_id})


# A tie goes to the lowest number; distances that differ by less than a millimetre are one.
_DISTANCE = "ST_Distance(cast(c.location as geography), cast(point.p as geography))"
_OWNER = """coalesce(
  (select u.id from unit u where u.id = c.owning_unit_id and u.deleted_at is null),
  (select u.id from unit u where u.id = c.managing_unit_id and u.deleted_at is null))"""
_POINT = "point as (select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p)"


def nearest(
    session: Session,
    *,
    jurisdiction_id: UUID,
    category: str,
    lon: float,
    lat: float,
    reach: tuple[float, float],
    within_m: float,
) -> RowMapping | None:
    """The nearest component of a category in use within so many metres: `id`, `code` and `owner_unit_id`."""
    sql = f"""
      with {_POINT}
      select c.id, c.code, {_OWNER} owner_unit_id
      from component c, point
      where c.location && ST_Expand(point.p, :across, :up) and c.jurisdiction_id = :jurisdiction_id
        and c.category = :category and c.state = 'in_use' and {_DISTANCE} <= :within_m
      order by round(cast({_DISTANCE} as numeric), 3), c.code limit 1
    """
    binds = {
        "lon": lon,
        "lat": lat,
        "across": reach[0],
        "up": reach[1],
        "jurisdiction_id": jurisdiction_id,
        "category": category,
        "within_m": within_m,
    }
    return session.execute(text(sql), binds).mappings().one_or_none()


def named(
    session: Session,
    actor: Actor,
    *,
    component_id: UUID,
    jurisdiction_id: UUID,
    lon: float,
    lat: float,
    within_m: float,
    now: datetime,
) -> RowMapping | None:
    """A living component that the actor sees in the register, or stands before: `category` and `owner_unit_id`."""
    clause, binds = visible(actor, now)
    sql = f"""
      with {_POINT}
      select c.id, c.category, {_OWNER} owner_unit_id
      from component c, point
      where c.id = :id and c.jurisdiction_id = :jurisdiction_id and c.deleted_at is null
        and ({clause} or {_DISTANCE} <= :within_m)
    """
    binds |= {
        "id": component_id,
        "jurisdiction_id": jurisdiction_id,
        "lon": lon,
        "lat": lat,
        "within_m": within_m,
    }
    return session.execute(text(sql), binds).mappings().one_or_none()


def rehome(session: Session, *, area_ids: Sequence[UUID], at: datetime) -> RowMapping:
    """Find the places of the components on the land of areas that were redrawn at `at`: how many `inside`, `moved`."""
    sql = f"""
      with land as materialized (
        select path, geom from area_version
        where area_id = any(:area_ids) and (upper_inf(valid) or upper(valid) = :at)),
      touched as (
        select c.id from land
        join component c on c.location && land.geom and ST_Intersects(land.geom, c.location)
        union
        select c.id from component c where c.scope_path <@ any(array(select path from land))),
      placed as materialized (
        select c.id, leaf.grid_id, leaf.path from touched join component c using (id)
        {LEAF.format(of="c")} where c.deleted_at is null),
      moved as (
        update component c set grid_id = placed.grid_id, scope_path = placed.path from placed
        where placed.id = c.id
          and (c.grid_id is distinct from placed.grid_id or c.scope_path is distinct from placed.path)
        returning 1)
      select (select count(*) from placed) inside, (select count(*) from moved) moved
    """
    return session.execute(text(sql), {"area_ids": list(area_ids), "at": at}).mappings().one()
