"""Premises one by one and in pages. Addresses are masked for those who may not read them there."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.areas.scope import LEAF_AREA_JOIN, deepest_area_sql
from app.core.actor import Actor, Permission
from app.core.db import SRID
from app.households.models import Premises
from app.households.queries.households import (
    GRID,
    IN_GRID,
    having_words,
    in_box,
    shown_address,
    shown_label,
    shown_name,
)
from app.households.rules.addresses import PARTS
from app.profiles.models import Jurisdiction
from app.workforce.scope import reach

_LOCK_JURISDICTION = (
    select(Jurisdiction.id)
    .join(Premises, Premises.jurisdiction_id == Jurisdiction.id)
    .where(Premises.id == bindparam("premises_id"))
    .with_for_update(read=True, of=Jurisdiction)
)
_COLUMNS = (
    "kind",
    "name",
    *PARTS,
    "address",
    "external_ref",
    "possible_double_of",
    "same_address_reason",
    "grid_id",
    "scope_path",
)
_LOCATION = func.ST_SetSRID(func.ST_MakePoint(bindparam("lon"), bindparam("lat")), SRID)
# Both store the columns that are among the keys of their parameters.
_INSERT = (
    insert(Premises)
    .values(location=_LOCATION)
    .on_conflict_do_nothing(index_elements=[Premises.id])
    .returning(Premises.id)
)
_UPDATE = update(Premises).where(Premises.id == bindparam("premises_id")).values(location=_LOCATION)

_PARTS = ", ".join(f"'{part}', p.{part}" for part in PARTS)
_FIELDS = f"""'id', p.id, 'kind', p.kind, 'name', {{name}}, 'address', {{address}},
  'parts', case when {{may_read}} then json_build_object({_PARTS}) end,
  'location', ST_AsGeoJSON(p.location, 7)::json, 'grid', {GRID}, 'external_ref', p.external_ref,
  'possible_double_of', (select o.id from premises o where o.id = p.possible_double_of and {{other}}),
  'merged_into', (select o.id from premises o where o.id = p.merged_into and {{other}}),
  'same_address_reason', case when {{may_read}} then p.same_address_reason end,
  'is_generated', p.is_generated, 'version', p.version"""


def _fields(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    address, binds = shown_address(actor, now=now)
    may_read, _ = reach(actor, Permission.ADDRESS_READ, "p.scope_path", now=now)
    other, extra_binds = reach(actor, Permission.HOUSEHOLD_READ, "o.scope_path", now=now)
    name, yet_more = shown_name(actor, now=now)
    fields = _FIELDS.format(address=address, may_read=may_read, other=other, name=name)
    return fields, binds | extra_binds | yet_more


def premises_page(
    session: Session, actor: Actor, *, filters: dict[str, Any], as_features: bool, now: datetime, limit: int
) -> RowMapping:
    """A page by id, as objects or as GeoJSON features: `items` as JSON bytes, and the next key."""
    visible, binds = reach(actor, Permission.HOUSEHOLD_READ, "p.scope_path", now=now)
    conditions = ["p.deleted_at is null", visible]
    if filters.get("grid_id"):
        conditions.append("p.grid_id = :grid_id")
    if filters.get("kind"):
        conditions.append("p.kind = any(:kind)")
    if filters.get("external_ref"):
        conditions.append("p.external_ref = :external_ref")
    if filters.get("is_possible_double"):
        conditions.append("p.possible_double_of is not null")
    if filters.get("after"):
        conditions.append("p.id > :after")
    binds |= {k: filters[k] for k in ("grid_id", "kind", "external_ref", "after") if filters.get(k)}
    if filters.get("bbox"):
        condition, extra_binds = in_box(filters["bbox"])
        conditions.append(condition)
        binds |= extra_binds
    if filters.get("q"):
        condition, extra_binds = having_words(filters["q"])
        there, where = reach(actor, Permission.ADDRESS_READ, "p.scope_path", now=now)
        conditions += [condition, there]
        binds |= extra_binds | where
    fields, extra_binds = _fields(actor, now)
    item = f"json_build_object({fields})"
    if as_features:
        item = f"""json_build_object('type', 'Feature', 'id', p.id, 'geometry', ST_AsGeoJSON(p.location, 7)::json,
                                     'properties', {item})"""
    sql = f"""
      with page as materialized (
        select p.*, row_number() over (order by p.id) place from premises p where {" and ".join(conditions)}
        order by p.id limit :limit + 1)
      select (select coalesce(json_agg({item} order by p.id), '[]')
              from page p {IN_GRID.format("p")} where p.place <= :limit) items,
             (select array[id::text] from page
              where place = :limit and (select count(*) from page) > :limit) next_key
    """
    return session.execute(text(sql), binds | extra_binds | {"limit": limit}).mappings().one()


def premises(session: Session, actor: Actor, premises_id: UUID, *, now: datetime) -> RowMapping | None:
    """Premises in reach, also merged ones, with the households there: `version`, `is_merged`, and `item` as JSON bytes."""
    visible, binds = reach(actor, Permission.HOUSEHOLD_READ, "p.scope_path", now=now)
    fields, extra_binds = _fields(actor, now)
    label, yet_more = shown_label(actor, now=now)
    sql = f"""
      select p.version, p.merged_into is not null is_merged, json_build_object({fields}, 'households', (
          select coalesce(json_agg(json_build_object('id', h.id, 'label', {label}, 'kind', h.kind) order by h.id), '[]')
          from (select * from household where premises_id = p.id and deleted_at is null order by id limit 500) h)) item
      from premises p {IN_GRID.format("p")}
      where p.id = :id and (p.deleted_at is null or p.merged_into is not null) and {visible}
    """
    binds |= extra_binds | yet_more | {"id": premises_id}
    return session.execute(text(sql), binds).mappings().one_or_none()


def place(
    session: Session, actor: Actor, *, jurisdiction_id: UUID, lon: float, lat: float, now: datetime
) -> RowMapping:
    """Where a point lies: `grid_id`, `scope_path`, and whether the actor may edit the register there."""
    there, binds = reach(actor, Permission.HOUSEHOLD_EDIT, "leaf.path", now=now)
    sql = f"""
      select leaf.grid_id, cast(leaf.path as text) scope_path, coalesce({there}, false) is_inside
      from (select cast(:jurisdiction_id as uuid) jurisdiction_id,
                   ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) location) given {LEAF_AREA_JOIN.format(of="given")}
    """
    binds |= {"jurisdiction_id": jurisdiction_id, "lon": lon, "lat": lat}
    return session.execute(text(sql), binds).mappings().one()


def jurisdiction_at(session: Session, *, lon: float, lat: float) -> UUID | None:
    """Whose land a point lies on."""
    sql = deepest_area_sql(
        "v.jurisdiction_id", "p", from_items="(select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p) point"
    )
    jurisdiction_id: UUID | None = session.scalar(text(sql), {"lon": lon, "lat": lat})
    return jurisdiction_id


def same_address(
    session: Session,
    actor: Actor,
    premises_id: UUID,
    *,
    jurisdiction_id: UUID,
    address: str,
    unit: str,
    room: str,
    now: datetime,
) -> RowMapping | None:
    """Return other premises of this address in the jurisdiction: `id`, and whether the actor `is_seeing` them; or None.

    Holds the address until the end of the transaction, so that of two who add it at once the second finds the first.
    """
    key = "address_key(cast(:address as text), cast(:unit as text), cast(:room as text))"
    binds = {"jurisdiction_id": jurisdiction_id, "address": address, "unit": unit, "room": room}
    lock = f"select pg_advisory_xact_lock(hashtextextended(concat('address ', cast(:of as text), {key}), 0))"
    # By itself: what the other one committed is seen by the statement after it.
    session.execute(text(lock), binds | {"of": str(jurisdiction_id)})
    seen, extra_binds = reach(actor, Permission.HOUSEHOLD_READ, "p.scope_path", now=now)
    sql = f"""
      select p.id, coalesce({seen}, false) is_seeing from premises p
      where p.jurisdiction_id = :jurisdiction_id and address_key(p.address, p.unit, p.room) = {key}
        and p.deleted_at is null and p.id <> :id
      order by is_seeing desc, p.id limit 1
    """
    return session.execute(text(sql), binds | extra_binds | {"id": premises_id}).mappings().one_or_none()


def hold(session: Session, actor: Actor, premises_id: UUID, *, now: datetime) -> RowMapping | None:
    """Premises where the actor may edit, locked, with all columns as they are. None: hidden.

    Its jurisdiction is held first, so that no redraw passes between reading its place and copying it.
    """
    session.execute(_LOCK_JURISDICTION, {"premises_id": premises_id})
    there, binds = reach(actor, Permission.HOUSEHOLD_EDIT, "p.scope_path", now=now)
    sql = f"""
      select p.id, p.jurisdiction_id, p.kind, p.name, p.address, {", ".join(f"p.{part}" for part in PARTS)},
             p.external_ref, p.possible_double_of, p.same_address_reason, p.is_generated, p.version, p.grid_id,
             cast(p.scope_path as text) scope_path, ST_X(p.location) lon, ST_Y(p.location) lat
      from premises p where p.id = :id and p.deleted_at is null and {there} for no key update of p
    """
    return session.execute(text(sql), binds | {"id": premises_id}).mappings().one_or_none()


def insert_premises(session: Session, values: dict[str, Any]) -> bool:
    """Store new premises. Return False if the id is taken.

    Args:
        values: The columns, with `lon` and `lat` (WGS 84, degrees) for the location and `at` for the instant.
    """
    columns = {column: values[column] for column in _COLUMNS}
    columns |= {name: values[name] for name in ("id", "jurisdiction_id", "is_generated", "lon", "lat")}
    return session.scalar(_INSERT, columns | {"created_at": values["at"]}) is not None


def update_premises(session: Session, values: dict[str, Any]) -> None:
    """Store premises anew. `values`: as for `insert_premises`; what never changes is left alone."""
    columns = {column: values[column] for column in (*_COLUMNS, "lon", "lat")}
    session.execute(_UPDATE, columns | {"premises_id": values["id"]})
