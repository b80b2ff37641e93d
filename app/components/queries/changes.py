"""SQL that adds, changes and retires components.

The grid and area path of a component are derived from its location within its jurisdiction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    RowMapping,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from app.areas.models import AreaVersion
from app.areas.scope import GRID_ID, deepest_area
from app.components.models import Component
from app.components.rules import State
from app.core.db import SRID, Fragment
from app.profiles.models import Jurisdiction

# The rows of a CTE `given`, from JSON in :rows.
GIVEN_ROWS = Fragment("""
  select g.*, ST_SetSRID(ST_MakePoint(g.lon, g.lat), 4326) location
  from jsonb_to_recordset(cast(:rows as jsonb)) as g(
    id uuid, jurisdiction_id uuid, code text, category text, name jsonb, state text, owning_unit_id uuid,
    managing_unit_id uuid, maintaining_unit_id uuid, lon float8, lat float8, installed_on date, checked_on date,
    source text, note text)
""")
# The grid and the area path in which a row of `given` lies.
AREA_OF_GIVEN = deepest_area(
    GRID_ID.label("grid_id"),
    AreaVersion.path,
    point=literal_column("given.location"),
    jurisdiction_id=literal_column("given.jurisdiction_id"),
)
FACTS = Fragment(
    "name, state, owning_unit_id, managing_unit_id, maintaining_unit_id, location, installed_on, checked_on, source, note"
)
STORED_FACTS = Fragment("""
  component.name, component.state, component.owning_unit_id, component.managing_unit_id,
  component.maintaining_unit_id, component.location, component.installed_on, component.checked_on, component.source,
  component.note
""")
_EXCLUDED_FACTS = Fragment("""
  excluded.name, excluded.state, excluded.owning_unit_id, excluded.managing_unit_id,
  excluded.maintaining_unit_id, excluded.location, excluded.installed_on, excluded.checked_on, excluded.source,
  excluded.note
""")


def rows_json(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as JSON text, which statements with the SQL fragment `GIVEN_ROWS` read."""
    return orjson.dumps(list(rows), default=str).decode()


_LOCK_JURISDICTIONS = (
    select(Jurisdiction.id)
    .where(Jurisdiction.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(Jurisdiction.id)
    .with_for_update(read=True)
)
_INSERT = Fragment(
    """
      with given as ({given_rows})
      insert into component (id, jurisdiction_id, code, category, {facts}, grid_id, scope_path, created_at)
      select id, jurisdiction_id, code, category, {facts}, leaf.grid_id, leaf.path, :at
      from given left join lateral {area_of_given} leaf on true
      on conflict do nothing returning id
    """,
    given_rows=GIVEN_ROWS,
    area_of_given=AREA_OF_GIVEN,
    facts=FACTS,
)
_UPSERT = Fragment(
    """
      with given as ({given_rows}),
      retired_component as (
        update component c set state = 'retired', deleted_at = :at from given
        where given.state = 'retired' and c.jurisdiction_id = given.jurisdiction_id and c.code = given.code
          and c.deleted_at is null returning 1),
      stored_component as (
        insert into component (id, jurisdiction_id, code, category, {facts}, grid_id, scope_path, created_at)
        select id, jurisdiction_id, code, category, {facts}, leaf.grid_id, leaf.path, :at
        from given left join lateral {area_of_given} leaf on true where given.state <> 'retired'
        on conflict (jurisdiction_id, code) where deleted_at is null do update
          set ({facts}) = row({excluded_facts}), grid_id = excluded.grid_id, scope_path = excluded.scope_path
          where ({stored_facts}) is distinct from ({excluded_facts})
        returning component.version = 1 is_made)
      select (select count(*) from stored_component where is_made) made,
             (select count(*) from stored_component where not is_made) changed,
             (select count(*) from retired_component) retired
    """,
    given_rows=GIVEN_ROWS,
    area_of_given=AREA_OF_GIVEN,
    facts=FACTS,
    stored_facts=STORED_FACTS,
    excluded_facts=_EXCLUDED_FACTS,
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
_LOCATED = aliased(Component, name="located")
_AREA_OF_LOCATED = deepest_area(
    GRID_ID.label("grid_id"),
    AreaVersion.path,
    point=_LOCATED.location,
    jurisdiction_id=_LOCATED.jurisdiction_id,
)
_UPDATE_AREAS = Fragment(
    """
      update component set grid_id = leaf.grid_id, scope_path = leaf.path
      from component located left join lateral {area_of_located} leaf on true
      where located.id = :component_id and component.id = located.id
        and (component.grid_id, component.scope_path) is distinct from (leaf.grid_id, leaf.path)
    """,
    area_of_located=_AREA_OF_LOCATED,
)
_REHOME = Fragment(
    """
      with redrawn_area as materialized (
        select path, geom from area_version
        where area_id = any(:area_ids) and (upper_inf(valid) or upper(valid) = :at)),
      touched_component as (
        select c.id from redrawn_area a
        join component c on c.location && a.geom and ST_Intersects(a.geom, c.location)
        union
        select c.id from component c where c.scope_path <@ any(array(select path from redrawn_area))),
      placed_component as materialized (
        select located.id, leaf.grid_id, leaf.path from touched_component join component located using (id)
        left join lateral {area_of_located} leaf on true where located.deleted_at is null),
      moved_component as (
        update component c set grid_id = placed.grid_id, scope_path = placed.path from placed_component placed
        where placed.id = c.id
          and (c.grid_id is distinct from placed.grid_id or c.scope_path is distinct from placed.path)
        returning 1)
      select (select count(*) from placed_component) inside, (select count(*) from moved_component) moved
    """,
    area_of_located=_AREA_OF_LOCATED,
)


def lock_jurisdictions(session: Session, jurisdiction_ids: Sequence[UUID]) -> None:
    """Lock jurisdictions for share until the transaction ends.

    Meanwhile no redraw of areas can end an area whose id the caller is storing.
    """
    session.execute(_LOCK_JURISDICTIONS, {"ids": list(jurisdiction_ids)})


def insert(session: Session, row: dict[str, Any], *, created_at: datetime) -> bool:
    """Insert a component. Return False if its number or its id is used."""
    return session.scalar(_INSERT, {"rows": rows_json([row]), "at": created_at}) is not None


def upsert(session: Session, rows: Sequence[dict[str, Any]], *, imported_at: datetime) -> RowMapping:
    """Insert components, or change the stored components that have the same number.

    Return the counts `made`, `changed` and `retired`. A stored component that equals its row is not written. A row with the
    state `retired` retires the stored component with its number, if there is one.
    """
    return session.execute(_UPSERT, {"rows": rows_json(rows), "at": imported_at}).mappings().one()


def change(
    session: Session,
    component_id: UUID,
    *,
    expected: int | None,
    values: dict[str, Any],
    point: tuple[float, float] | None = None,
) -> bool:
    """Set columns of a component that is not retired.

    Return False if the stored version is not `expected`, or there is no such component.

    Args:
        expected: The version that the caller has read. None: any version.
        values: New values by column.
        point: The new location: longitude, latitude (WGS 84, degrees). None: the location stays.
    """
    binds = values | {"component_id": component_id, "expected": expected}
    if point is None:
        return session.scalar(_CHANGE, binds) is not None
    lon, lat = point
    return session.scalar(_MOVE, binds | {"lon": lon, "lat": lat}) is not None


def retire(session: Session, component_id: UUID, *, expected: int | None, retired_at: datetime) -> bool:
    """Retire a component. Return False if the stored version is not `expected`."""
    binds = {"component_id": component_id, "expected": expected, "deleted_at": retired_at}
    return session.scalar(_RETIRE, binds) is not None


def update_areas(session: Session, component_id: UUID) -> None:
    """Assign a component to the grid and the area path that contain its location."""
    session.execute(_UPDATE_AREAS, {"component_id": component_id})


def rehome(session: Session, *, area_ids: Sequence[UUID], at: datetime) -> RowMapping:
    """Assign the components on redrawn areas to the areas that contain them now.

    Return two counts: `inside`, the components on these areas, and `moved`, the components that are in another area now.

    Args:
        area_ids: Ids of the redrawn areas.
        at: Time of the redraw.
    """
    return session.execute(_REHOME, {"area_ids": list(area_ids), "at": at}).mappings().one()
