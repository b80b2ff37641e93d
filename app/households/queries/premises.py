"""SQL of premises: pages, single premises, the area at a point, locks and changes."""

from collections.abc import Mapping
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
    cast,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from app.areas.models import AreaVersion
from app.areas.scope import GRID_ID, deepest_area
from app.core.actor import Actor, Permission
from app.core.db import SRID, Fragment
from app.core.db.raw_read import read_one
from app.households.models import Premises
from app.households.queries.premises_search import IS_IN_BOX, box_binds, has_words, words_binds
from app.households.queries.row_json import GRID, grid_join
from app.households.queries.shown_fields import shown_address, shown_label, shown_name
from app.households.queries.visibility import RegisterRights, premises_visibility, register_rights
from app.households.rules.addresses import PARTS
from app.profiles.models import Jurisdiction
from app.workforce.scope import area_reach, column_sql

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
_FILTERS: dict[str, ColumnElement[bool]] = {
    "grid_id": Premises.grid_id == bindparam("grid_id", None, Uuid()),
    "kind": Premises.kind == any_(bindparam("kind", None, ARRAY(Text()))),
    "external_ref": Premises.external_ref == bindparam("external_ref", None, Text()),
    "is_possible_double": Premises.possible_double_of.is_not(None),
    "after": Premises.id > bindparam("after", None, Uuid()),
    "bbox": IS_IN_BOX,
}
_OTHER = aliased(Premises, name="other_premises")


@lru_cache(maxsize=100)
def _members(rights: RegisterRights, sees_other: ColumnElement[bool]) -> Fragment:
    """Return the arguments of `json_build_object` that make the JSON of a row of `premises`.

    Ids of other premises (possible double, merge target) are null unless the actor sees these premises.
    """
    return Fragment(
        """'id', premises.id, 'kind', premises.kind, 'name', {name}, 'address', {address},
          'parts', case when {reads_address} then json_build_object(
            'province', premises.province, 'city', premises.city, 'county', premises.county, 'town', premises.town,
            'community', premises.community, 'grid', premises.grid, 'compound', premises.compound,
            'building', premises.building, 'unit', premises.unit, 'room', premises.room) end,
          'location', ST_AsGeoJSON(premises.location, 7)::json, 'grid', {grid}, 'external_ref', premises.external_ref,
          'possible_double_of', (select other_premises.id from premises other_premises
                                 where other_premises.id = premises.possible_double_of and {sees_other}),
          'merged_into', (select other_premises.id from premises other_premises
                          where other_premises.id = premises.merged_into and {sees_other}),
          'same_address_reason', case when {reads_address} then premises.same_address_reason end,
          'is_generated', premises.is_generated, 'version', premises.version""",
        name=shown_name(rights.reads_names),
        address=shown_address(rights.reads_address),
        reads_address=rights.reads_address,
        grid=GRID,
        sees_other=sees_other,
    )


@lru_cache(maxsize=500)
def _page(
    rights: RegisterRights, sees_other: ColumnElement[bool], filters: tuple[str, ...], as_features: bool
) -> Fragment:
    conditions = [Premises.deleted_at.is_(None), rights.sees_premises]
    conditions += [_FILTERS[name] for name in filters if name != "q"]
    if "q" in filters:
        conditions += [has_words(rights.roots), rights.reads_address]
    json = Fragment("json_build_object({members})", members=_members(rights, sees_other))
    if as_features:
        json = Fragment(
            """json_build_object('type', 'Feature', 'id', premises.id,
              'geometry', ST_AsGeoJSON(premises.location, 7)::json, 'properties', {json})""",
            json=json,
        )
    # The CTE goes by the name of the table outside, so that the JSON can name the columns of either.
    return Fragment(
        """
          with page as materialized (
            select premises.*, row_number() over (order by premises.id) place from premises where {condition}
            order by premises.id limit :limit + 1)
          select (select coalesce(json_agg({json} order by premises.id), '[]')
                  from page premises {grid_join} where premises.place <= :limit) items,
                 (select array[id::text] from page
                  where place = :limit and (select count(*) from page) > :limit) next_key
        """,
        condition=and_(*conditions),
        json=json,
        grid_join=grid_join(Premises.grid_id),
    )


def premises_page(
    session: Session, actor: Actor, *, filters: dict[str, Any], as_features: bool, now: datetime, limit: int
) -> Mapping[Any, Any]:
    """Return one page of the premises that the actor sees, in order of their ids.

    Columns: `items` (JSON) and `next_key` (the key of the next page, or null).

    Args:
        filters: Values by name of filter: `grid_id`, `kind`, `external_ref`, `is_possible_double`, `bbox`, `q` (words of the
            address or name) and `after` (id of the last premises of the page before). Empty values are ignored.
        as_features: Return the items as GeoJSON features.
    """
    rights, binds = register_rights(actor, now)
    sees_other = premises_visibility(actor, now, of=_OTHER).condition
    values = {name: value for name, value in filters.items() if value}
    statement = _page(rights, sees_other, tuple(sorted(values)), as_features)
    if "bbox" in values:
        values |= box_binds(values.pop("bbox"))
    has_words_within = "q" in values and rights.roots is not None
    if "q" in values:
        values |= words_binds(values.pop("q"))
    binds |= values | {"limit": limit}
    if has_words_within:
        # To plan this statement costs more than to execute it, and the plan does not depend on the values.
        row = read_one(statement, binds)
        assert row is not None  # it has no FROM
        return row
    return session.execute(statement, binds).mappings().one()


@lru_cache(maxsize=100)
def _premises(rights: RegisterRights, sees_other: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """
          select premises.version, premises.merged_into is not null is_merged,
                 json_build_object({members}, 'households', (
                   select coalesce(json_agg(json_build_object('id', household.id, 'label', {label}, 'kind', household.kind)
                                            order by household.id), '[]')
                   from (select * from household where premises_id = premises.id and deleted_at is null
                         order by id limit 500) household)) item
          from premises {grid_join}
          where premises.id = :premises_id and (premises.deleted_at is null or premises.merged_into is not null)
            and {sees_premises}
        """,
        members=_members(rights, sees_other),
        label=shown_label(rights.reads_residents),
        grid_join=grid_join(Premises.grid_id),
        sees_premises=rights.sees_premises,
    )


def premises(session: Session, actor: Actor, premises_id: UUID, *, now: datetime) -> RowMapping | None:
    """Return a row for premises that the actor sees, also merged ones, or None.

    Columns: `version`, `is_merged`, and `item`: JSON of the premises with at most 500 of their households.
    """
    rights, binds = register_rights(actor, now)
    sees_other = premises_visibility(actor, now, of=_OTHER).condition
    binds |= {"premises_id": premises_id}
    return session.execute(_premises(rights, sees_other), binds).mappings().one_or_none()


_AREA_OF_GIVEN = deepest_area(
    GRID_ID.label("grid_id"),
    AreaVersion.path,
    point=literal_column("given.location"),
    jurisdiction_id=literal_column("given.jurisdiction_id"),
)


@lru_cache(maxsize=100)
def _place(in_reach: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """
          select leaf.grid_id, cast(leaf.path as text) scope_path, coalesce({in_reach}, false) is_inside
          from (select cast(:jurisdiction_id as uuid) jurisdiction_id,
                       ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) location) given
          left join lateral {area_of_given} leaf on true
        """,
        in_reach=in_reach,
        area_of_given=_AREA_OF_GIVEN,
    )


def place(
    session: Session, actor: Actor, *, jurisdiction_id: UUID, lon: float, lat: float, now: datetime
) -> RowMapping:
    """Return grid and area path at a point, and whether the actor may edit the register there.

    Columns: `grid_id`, `scope_path`, `is_inside` (True if the actor holds `household:edit` there).

    Args:
        lon: Longitude in degrees (WGS 84).
        lat: Latitude in degrees (WGS 84).
    """
    reach = area_reach(actor, Permission.HOUSEHOLD_EDIT, now)
    statement = _place(reach.condition(column_sql("leaf.path")))
    binds = reach.binds | {"jurisdiction_id": jurisdiction_id, "lon": lon, "lat": lat}
    return session.execute(statement, binds).mappings().one()


_JURISDICTION_AT = deepest_area(
    AreaVersion.jurisdiction_id,
    point=func.ST_SetSRID(
        func.ST_MakePoint(bindparam("lon", None, Float()), bindparam("lat", None, Float())), SRID
    ),
)


def jurisdiction_at(session: Session, *, lon: float, lat: float) -> UUID | None:
    """Return the jurisdiction id of the area at a point (WGS 84, degrees), or None."""
    jurisdiction_id: UUID | None = session.scalar(_JURISDICTION_AT, {"lon": lon, "lat": lat})
    return jurisdiction_id


_ADDRESS_KEY = Fragment("address_key(cast(:address as text), cast(:unit as text), cast(:room as text))")
_LOCK_ADDRESS = Fragment(
    """
      select pg_advisory_xact_lock(
        hashtextextended(concat('address ', cast(:jurisdiction as text), {address_key}), 0))
    """,
    address_key=_ADDRESS_KEY,
)


@lru_cache(maxsize=100)
def _same_address(visible: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """
          select premises.id, coalesce({visible}, false) is_seeing from premises
          where premises.jurisdiction_id = :jurisdiction_id
            and address_key(premises.address, premises.unit, premises.room) = {address_key}
            and premises.deleted_at is null and premises.id <> :premises_id
          order by is_seeing desc, premises.id limit 1
        """,
        visible=visible,
        address_key=_ADDRESS_KEY,
    )


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
    """Return other premises with the same address in the jurisdiction, or None.

    Columns: `id`, and `is_seeing` (True if the actor sees the other premises). The function locks the address until the
    transaction ends. If two requests store the same address at once, the second one waits and then finds the premises of the
    first.

    Args:
        premises_id: Id of the premises to store. These premises themselves are never returned.
    """
    binds = {"address": address, "unit": unit, "room": room}
    # A statement by itself: only the next statement sees what the transaction that was waited for has committed.
    session.execute(_LOCK_ADDRESS, binds | {"jurisdiction": str(jurisdiction_id)})
    visibility = premises_visibility(actor, now)
    binds |= visibility.binds | {"jurisdiction_id": jurisdiction_id, "premises_id": premises_id}
    return session.execute(_same_address(visibility.condition), binds).mappings().one_or_none()


@lru_cache(maxsize=100)
def _lock(in_reach: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            Premises.id,
            Premises.jurisdiction_id,
            Premises.kind,
            Premises.name,
            Premises.address,
            *(getattr(Premises, part) for part in PARTS),
            Premises.external_ref,
            Premises.possible_double_of,
            Premises.same_address_reason,
            Premises.is_generated,
            Premises.version,
            Premises.grid_id,
            cast(Premises.scope_path, Text).label("scope_path"),
            func.ST_X(Premises.location).label("lon"),
            func.ST_Y(Premises.location).label("lat"),
        )
        .where(Premises.id == bindparam("premises_id"), Premises.deleted_at.is_(None), in_reach)
        .with_for_update(key_share=True, of=Premises)
    )


def lock(session: Session, actor: Actor, premises_id: UUID, *, now: datetime) -> RowMapping | None:
    """Lock and return the columns of premises where the actor may edit, or None.

    The jurisdiction is locked before the premises. Otherwise a redraw of areas could move the premises after their area was
    read and before this area is copied to another row.
    """
    session.execute(_LOCK_JURISDICTION, {"premises_id": premises_id})
    visibility = premises_visibility(actor, now, Permission.HOUSEHOLD_EDIT)
    binds = visibility.binds | {"premises_id": premises_id}
    return session.execute(_lock(visibility.condition), binds).mappings().one_or_none()


def insert_premises(session: Session, values: dict[str, Any]) -> bool:
    """Store new premises. Return False if the id is used.

    Args:
        values: Values by column. The location is given as `lon` and `lat` (WGS 84, degrees), the present time as `at`.
    """
    columns = {column: values[column] for column in _COLUMNS}
    columns |= {name: values[name] for name in ("id", "jurisdiction_id", "is_generated", "lon", "lat")}
    return session.scalar(_INSERT, columns | {"created_at": values["at"]}) is not None


def update_premises(session: Session, values: dict[str, Any]) -> None:
    """Store all changeable columns of existing premises.

    Args:
        values: Values by column. The location is given as `lon` and `lat` (WGS 84, degrees), the present time as `at`.
            Columns that never change are ignored.
    """
    columns = {column: values[column] for column in (*_COLUMNS, "lon", "lat")}
    session.execute(_UPDATE, columns | {"premises_id": values["id"]})
