"""SQL that changes components. A component's place in the tree follows from its location, within its jurisdiction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, RowMapping, Uuid, any_, bindparam, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.areas.scope import LEAF_AREA_JOIN
from app.components.models import Component
from app.components.rules import State
from app.core.db import SRID
from app.profiles.models import Jurisdiction

GIVEN_ROWS_CTE = """
  given as (
    select g.*, ST_SetSRID(ST_MakePoint(g.lon, g.lat), 4326) location
    from jsonb_to_recordset(cast(:rows as jsonb)) as g(
      id uuid, jurisdiction_id uuid, code text, category text, name jsonb, state text, owning_unit_id uuid,
      managing_unit_id uuid, maintaining_unit_id uuid, lon float8, lat float8, installed_on date, checked_on date,
      source text, note text))
"""


def rows_json(rows: Sequence[dict[str, Any]]) -> str:
    return orjson.dumps(list(rows), default=str).decode()


COLUMNS = (
    "id, jurisdiction_id, code, category, name, state, owning_unit_id, managing_unit_id, maintaining_unit_id"
)
FACTS = """name, state, owning_unit_id, managing_unit_id, maintaining_unit_id, location, installed_on, checked_on,
  source, note"""


_LOCK_JURISDICTIONS = (
    select(Jurisdiction.id)
    .where(Jurisdiction.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(Jurisdiction.id)
    .with_for_update(read=True)
)
_EXPECTED = bindparam("expected", type_=BigInteger())
# Sets the columns that are among the keys of its parameters; without any it only compares the version.
_CHANGE = (
    update(Component)
    .where(
        Component.id == bindparam("component_id"),
        Component.deleted_at.is_(None),
        or_(_EXPECTED.is_(None), Component.version == _EXPECTED),
    )
    .values(code=Component.code)
    .returning(Component.id)
)
_MOVE = _CHANGE.values(location=func.ST_SetSRID(func.ST_MakePoint(bindparam("lon"), bindparam("lat")), SRID))
_RETIRE = _CHANGE.values(state=State.RETIRED.value)


def qualified_facts(table: str) -> str:
    return ", ".join(f"{table}.{name.strip()}" for name in FACTS.split(","))


def hold_jurisdictions(session: Session, jurisdiction_ids: Sequence[UUID]) -> None:
    """Lock jurisdictions for share, so that no redraw retires an area that components are assigned to."""
    session.execute(_LOCK_JURISDICTIONS, {"ids": list(jurisdiction_ids)})


def insert(session: Session, row: dict[str, Any], *, created_at: datetime) -> bool:
    """Insert a component. Return False when its number or its id is taken."""
    sql = f"""
      with {GIVEN_ROWS_CTE}
      insert into component ({COLUMNS}, location, installed_on, checked_on, source, note, grid_id, scope_path, created_at)
      select {", ".join(f"given.{name.strip()}" for name in COLUMNS.split(","))}, given.location, given.installed_on,
        given.checked_on, given.source, given.note, leaf.grid_id, leaf.path, :at
      from given {LEAF_AREA_JOIN.format(of="given")}
      on conflict do nothing returning id
    """
    return session.scalar(text(sql), {"rows": rows_json([row]), "at": created_at}) is not None


def upsert(session: Session, rows: Sequence[dict[str, Any]], *, imported_at: datetime) -> RowMapping:
    """Insert or change components by number. Return how many were `made`, `changed` and `retired`.

    Unchanged components are not written. A row in state `retired` retires the component with its number, if there is one.
    """
    updates = ", ".join(f"{name.strip()} = excluded.{name.strip()}" for name in FACTS.split(","))
    sql = f"""
      with {GIVEN_ROWS_CTE},
      ended as (
        update component c set state = 'retired', deleted_at = :at from given
        where given.state = 'retired' and c.jurisdiction_id = given.jurisdiction_id and c.code = given.code
          and c.deleted_at is null returning 1),
      kept as (
        insert into component ({COLUMNS}, location, installed_on, checked_on, source, note, grid_id, scope_path, created_at)
        select {", ".join(f"given.{name.strip()}" for name in COLUMNS.split(","))}, given.location, given.installed_on,
          given.checked_on, given.source, given.note, leaf.grid_id, leaf.path, :at
        from given {LEAF_AREA_JOIN.format(of="given")} where given.state <> 'retired'
        on conflict (jurisdiction_id, code) where deleted_at is null do update
          set {updates}, grid_id = excluded.grid_id, scope_path = excluded.scope_path
          where ({qualified_facts("component")}) is distinct from ({qualified_facts("excluded")})
        returning component.version = 1 is_made)
      select (select count(*) from kept where is_made) made, (select count(*) from kept where not is_made) changed,
             (select count(*) from ended) retired
    """
    return session.execute(text(sql), {"rows": rows_json(rows), "at": imported_at}).mappings().one()


def change(
    session: Session,
    component_id: UUID,
    *,
    expected: int | None,
    values: dict[str, Any],
    point: tuple[float, float] | None = None,
) -> bool:
    """Set columns of a component that is not retired. Return False when the stored version is not `expected`.

    Args:
        expected: The version that the caller has read; None: any.
        values: New values by column.
        point: The new location: longitude, latitude (WGS 84, degrees).
    """
    binds = values | {"component_id": component_id, "expected": expected}
    if point is None:
        return session.scalar(_CHANGE, binds) is not None
    lon, lat = point
    return session.scalar(_MOVE, binds | {"lon": lon, "lat": lat}) is not None


def retire(session: Session, component_id: UUID, *, expected: int | None, retired_at: datetime) -> bool:
    """Retire a component. Return False when the stored version is not `expected`."""
    binds = {"component_id": component_id, "expected": expected, "deleted_at": retired_at}
    return session.scalar(_RETIRE, binds) is not None


def update_areas(session: Session, component_id: UUID) -> None:
    """Assign a component to the grid and the area path that contain its location."""
    sql = f"""
      update component set grid_id = leaf.grid_id, scope_path = leaf.path
      from component c {LEAF_AREA_JOIN.format(of="c")}
      where c.id = :id and component.id = c.id
        and (component.grid_id, component.scope_path) is distinct from (leaf.grid_id, leaf.path)
    """
    session.execute(text(sql), {"id": component_id})


def rehome(session: Session, *, area_ids: Sequence[UUID], at: datetime) -> RowMapping:
    """Re-assign components to areas redrawn at `at`. Return how many are `inside`, and how many `moved`."""
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
        {LEAF_AREA_JOIN.format(of="c")} where c.deleted_at is null),
      moved as (
        update component c set grid_id = placed.grid_id, scope_path = placed.path from placed
        where placed.id = c.id
          and (c.grid_id is distinct from placed.grid_id or c.scope_path is distinct from placed.path)
        returning 1)
      select (select count(*) from placed) inside, (select count(*) from moved) moved
    """
    return session.execute(text(sql), {"area_ids": list(area_ids), "at": at}).mappings().one()
