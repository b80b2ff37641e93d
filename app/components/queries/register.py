"""SQL that reads the register of components: pages and single components, as JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, RowMapping, Uuid, any_, bindparam, exists, select, text
from sqlalchemy.orm import Session

from app.areas.models import Unit
from app.components.models import Component
from app.components.queries.visibility import visibility_condition
from app.core.actor import Actor, Permission
from app.workforce.scope import paths_sql, scope_binds

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

_IS_ID_USED = select(exists().where(Component.id == bindparam("component_id")))
_UNITS = select(Unit.id).where(
    Unit.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
    Unit.jurisdiction_id == bindparam("jurisdiction_id"),
    Unit.deleted_at.is_(None),
)


def component_page(
    session: Session,
    actor: Actor,
    *,
    json_sql: str,
    filters: dict[str, Any],
    after: UUID | None,
    now: datetime,
    limit: int,
) -> RowMapping:
    """Return one keyset page by id of the components that the actor sees: `items` and `next_key`.

    `json_sql`: `ITEM` or `FEATURE`.
    """
    clause, binds = visibility_condition(actor, now)
    conditions = [clause]
    states = filters.get("state")
    if states is None:
        conditions.append("c.deleted_at is null")
    else:
        conditions.append("c.state = any(:f_state)")
        binds["f_state"] = states
    for key, condition in (
        ("grid_id", "c.grid_id = :f_grid_id"),
        ("category", "c.category = any(:f_category)"),
        ("code", "c.code = :f_code"),
        (
            "unit_id",
            "(c.owning_unit_id = :f_unit_id or c.managing_unit_id = :f_unit_id or c.maintaining_unit_id = :f_unit_id)",
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
      select (select coalesce(json_agg({json_sql} order by c.id), '[]') from page c where c.place <= :limit) items,
             (select array[id::text] from page
              where place = :limit and (select count(*) from page) > :limit) next_key
    """
    return session.execute(text(sql), binds | {"limit": limit}).mappings().one()


def component(
    session: Session, actor: Actor, *, component_id: UUID, now: datetime, json_sql: str = ITEM
) -> RowMapping | None:
    """Return one component that the actor sees, retired ones too: `item` and what a change needs."""
    clause, binds = visibility_condition(actor, now)
    sql = f"""
      select c.version, c.jurisdiction_id, c.category, c.deleted_at, {json_sql} item
      from component c where c.id = :id and {clause}
    """
    return session.execute(text(sql), binds | {"id": component_id}).mappings().one_or_none()


def is_editable(session: Session, actor: Actor, *, component_id: UUID, now: datetime) -> bool:
    """Return True if the component is in an area where the actor may edit components."""
    if actor.everywhere_with(Permission.COMPONENT_EDIT):
        return True
    sql = f"select exists (select 1 from component c where c.id = :id and c.scope_path <@ any({paths_sql()}))"
    binds = scope_binds(actor, now, Permission.COMPONENT_EDIT)
    return bool(session.scalar(text(sql), binds | {"id": component_id}))


def is_id_used(session: Session, component_id: UUID) -> bool:
    """Return True if a component has the id, also a retired one."""
    return bool(session.scalar(_IS_ID_USED, {"component_id": component_id}))


def units_in_jurisdiction(session: Session, jurisdiction_id: UUID, unit_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of `unit_ids` that are units of the jurisdiction."""
    return set(session.scalars(_UNITS, {"ids": list(unit_ids), "jurisdiction_id": jurisdiction_id}))
