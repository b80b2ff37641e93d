"""SQL that reads components as JSON: pages and single components."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Float,
    RowMapping,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from app.areas.models import Unit
from app.components.models import Component
from app.components.queries.visibility import component_visibility
from app.core.actor import Actor, Permission
from app.core.db import SRID, Fragment
from app.workforce.scope import area_reach

ITEM = Fragment("""json_build_object(
  'id', component.id, 'code', component.code, 'category', component.category, 'name', component.name,
  'state', component.state, 'version', component.version, 'location', ST_AsGeoJSON(component.location, 7)::json,
  'grid', (select json_build_object('id', v.area_id, 'code', v.code, 'name', v.name)
           from area_version v where v.area_id = component.grid_id and upper_inf(v.valid)),
  'owning_unit', (select json_build_object('id', u.id, 'name', u.name) from unit u where u.id = component.owning_unit_id),
  'managing_unit', (select json_build_object('id', u.id, 'name', u.name)
                    from unit u where u.id = component.managing_unit_id),
  'maintaining_unit', (select json_build_object('id', u.id, 'name', u.name)
                       from unit u where u.id = component.maintaining_unit_id),
  'installed_on', component.installed_on, 'checked_on', component.checked_on, 'source', component.source,
  'note', component.note)""")
FEATURE = Fragment(
    """json_build_object('type', 'Feature', 'id', component.id,
      'geometry', ST_AsGeoJSON(component.location, 7)::json, 'properties', {item})""",
    item=ITEM,
)
_BOX = func.ST_MakeEnvelope(
    *(bindparam(side, None, Float()) for side in ("west", "south", "east", "north")), SRID
)
_UNIT_ID = bindparam("unit_id", None, Uuid())
# The conditions that a page may have, by the name of the filter.
_FILTERS: dict[str, ColumnElement[bool]] = {
    "state": Component.state == any_(bindparam("state", None, ARRAY(Text()))),
    "grid_id": Component.grid_id == bindparam("grid_id", None, Uuid()),
    "category": Component.category == any_(bindparam("category", None, ARRAY(Text()))),
    "code": Component.code == bindparam("code", None, Text()),
    "unit_id": or_(
        Component.owning_unit_id == _UNIT_ID,
        Component.managing_unit_id == _UNIT_ID,
        Component.maintaining_unit_id == _UNIT_ID,
    ),
    "bbox": and_(Component.location.bool_op("&&")(_BOX), func.ST_Intersects(Component.location, _BOX)),
    "after": Component.id > bindparam("after", None, Uuid()),
}
_IS_ID_USED = select(exists().where(Component.id == bindparam("component_id")))
_UNITS = select(Unit.id).where(
    Unit.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
    Unit.jurisdiction_id == bindparam("jurisdiction_id"),
    Unit.deleted_at.is_(None),
)


@lru_cache(maxsize=500)
def _page(visible: ColumnElement[bool], filters: tuple[str, ...], as_features: bool) -> Fragment:
    conditions = [_FILTERS[name] for name in filters]
    if "state" not in filters:
        conditions.append(Component.deleted_at.is_(None))
    # The CTE goes by the name of the table outside, so that the JSON can name the columns of either.
    return Fragment(
        """
          with page as materialized (
            select component.*, row_number() over (order by component.id) place from component
            where {visible} and {conditions} order by component.id limit :limit + 1)
          select (select coalesce(json_agg({json} order by component.id), '[]')
                  from page component where component.place <= :limit) items,
                 (select array[id::text] from page
                  where place = :limit and (select count(*) from page) > :limit) next_key
        """,
        visible=visible,
        conditions=and_(*conditions),
        json=FEATURE if as_features else ITEM,
    )


def component_page(
    session: Session,
    actor: Actor,
    *,
    as_features: bool,
    filters: dict[str, Any],
    after: UUID | None,
    now: datetime,
    limit: int,
) -> RowMapping:
    """Return one page of the components that the actor sees, in order of their ids.

    Columns: `items` (JSON) and `next_key` (the key of the next page, or null).

    Args:
        as_features: Return the items as GeoJSON features.
        filters: Values by name of filter: `state`, `grid_id`, `category`, `code`, `unit_id` or `bbox`. Retired components are
            returned only with a filter `state`.
        after: Id of the last component of the page before.
    """
    visibility = component_visibility(actor, now)
    values = {name: value for name, value in (filters | {"after": after}).items() if value is not None}
    statement = _page(visibility.condition, tuple(sorted(values)), as_features)
    if "bbox" in values:
        values |= dict(zip(("west", "south", "east", "north"), values.pop("bbox"), strict=True))
    return session.execute(statement, visibility.binds | values | {"limit": limit}).mappings().one()


@lru_cache(maxsize=100)
def _component(visible: ColumnElement[bool], as_feature: bool) -> Select[Any]:
    item = FEATURE if as_feature else ITEM
    return select(
        Component.version,
        Component.jurisdiction_id,
        Component.category,
        Component.deleted_at,
        item.label("item"),
    ).where(Component.id == bindparam("component_id"), visible)


def component(
    session: Session, actor: Actor, *, component_id: UUID, now: datetime, as_feature: bool = False
) -> RowMapping | None:
    """Return a component that the actor sees, also a retired one, or None.

    Columns: `version`, `jurisdiction_id`, `category`, `deleted_at`, and `item` (JSON).
    """
    visibility = component_visibility(actor, now)
    binds = visibility.binds | {"component_id": component_id}
    return session.execute(_component(visibility.condition, as_feature), binds).mappings().one_or_none()


@lru_cache(maxsize=100)
def _is_editable(in_reach: ColumnElement[bool]) -> Select[Any]:
    return select(exists().where(Component.id == bindparam("component_id"), in_reach))


def is_editable(session: Session, actor: Actor, *, component_id: UUID, now: datetime) -> bool:
    """Return True if the component is in an area where the actor may edit components."""
    reach = area_reach(actor, Permission.COMPONENT_EDIT, now)
    if reach.is_everywhere:
        return True
    statement = _is_editable(reach.condition(Component.scope_path))
    return bool(session.scalar(statement, reach.binds | {"component_id": component_id}))


def is_id_used(session: Session, component_id: UUID) -> bool:
    """Return True if a component with this id exists, also a retired one."""
    return bool(session.scalar(_IS_ID_USED, {"component_id": component_id}))


def units_in_jurisdiction(session: Session, jurisdiction_id: UUID, unit_ids: Sequence[UUID]) -> set[UUID]:
    """Return the given ids that are ids of units of the jurisdiction."""
    return set(session.scalars(_UNITS, {"ids": list(unit_ids), "jurisdiction_id": jurisdiction_id}))
