"""SQL that changes components. A component's place in the tree follows from its location, within its jurisdiction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.areas.scope import LEAF

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


def hold_jurisdictions(session: Session, jurisdiction_ids: Sequence[UUID]) -> None:
    """Wait for redraws under way, and keep others waiting, so that nothing goes to an area that retires."""
    session.execute(
        text("select id from jurisdiction where id = any(:ids) order by id for share"),
        {"ids": list(jurisdiction_ids)},
    )


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
