"""SQL of households: pages, single households, locks and changes.

In all answers the names and telephone numbers of residents are masked.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    RowMapping,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment, unscoped
from app.households.models import CareTag, Household, Resident
from app.households.queries.premises_search import IS_IN_BOX, box_binds, has_words, words_binds
from app.households.queries.residence import with_residence
from app.households.queries.row_conditions import IDS, has_expected_version
from app.households.queries.row_json import CONSENT, GRID, IS_ACTIVE_CARE, RESIDENT, grid_join
from app.households.queries.shown_fields import shown_address, shown_label
from app.households.queries.visibility import RegisterRights, household_visibility, register_rights
from app.profiles.models import Jurisdiction

_LOCK_JURISDICTION = (
    select(Jurisdiction.id)
    .join(Household, Household.jurisdiction_id == Jurisdiction.id)
    .where(Household.id == bindparam("household_id"))
    .with_for_update(read=True, of=Jurisdiction)
)
_LOCK_JURISDICTIONS = (
    select(Jurisdiction.id)
    .where(Jurisdiction.id.in_(select(Household.jurisdiction_id).where(Household.id == IDS)))
    .order_by(Jurisdiction.id)
    .with_for_update(read=True, of=Jurisdiction)
)
_INSERT = text("""
  insert into household (id, jurisdiction_id, premises_id, label, kind, grid_id, scope_path, created_at)
  select :id, p.jurisdiction_id, p.id, :label, :kind, p.grid_id, p.scope_path, :at
  from premises p where p.id = :premises_id
  on conflict (id) do nothing returning id
""")
_CHANGEABLE = frozenset({"label", "kind", "next_visit_due", "declined_at", "moved_away_at"})
# Sets the columns that are among the keys of its parameters; without any it only compares the version.
_UPDATE = (
    update(Household)
    .where(Household.id == bindparam("household_id"), has_expected_version(Household))
    .values(jurisdiction_id=Household.jurisdiction_id)
    .returning(Household.id)
)
_UPDATE_EACH = text("""
  update household h set label = coalesce(c.label, h.label), kind = coalesce(c.kind, h.kind),
    next_visit_due = coalesce(c.next_visit_due, h.next_visit_due)
  from jsonb_to_recordset(cast(:changes as jsonb))
    c(id uuid, version bigint, label text, kind text, next_visit_due date)
  where h.id = c.id and h.version = c.version returning h.id
""")
_PLAN_VISITS = text("""
  update household h set next_visit_due = p.next_visit_due,
    declined_at = coalesce(p.declined_at, h.declined_at), moved_away_at = coalesce(p.moved_away_at, h.moved_away_at)
  from jsonb_to_recordset(cast(:plans as jsonb))
    p(id uuid, next_visit_due date, declined_at timestamptz, moved_away_at timestamptz)
  where h.id = p.id
""")
_FILTERS: dict[str, ColumnElement[bool]] = {
    "grid_id": Household.grid_id == bindparam("grid_id", None, Uuid()),
    "premises_id": Household.premises_id == bindparam("premises_id", None, Uuid()),
    "bbox": IS_IN_BOX,
    "resident": Household.id.in_(
        select(Resident.household_id).where(
            Resident.name == bindparam("resident", None, Text()), Resident.deleted_at.is_(None)
        )
    ),
    "care": Household.id.in_(
        select(CareTag.household_id).where(
            CareTag.kind == any_(bindparam("care", None, ARRAY(Text()))), IS_ACTIVE_CARE
        )
    ),
    "after": Household.id > bindparam("after", None, Uuid()),
}
# Filters that tell about residents reach no further than the right to read them.
_ABOUT_RESIDENTS = frozenset({"resident", "care", "residence"})


def _condition(rights: RegisterRights, filters: tuple[str, ...], residences: tuple[str, ...]) -> Any:
    conditions = [Household.deleted_at.is_(None), rights.sees_household]
    for name in filters:
        if name == "q":
            # A condition on the premises, which lie where the household does: their indexes can be used together.
            conditions += [has_words(rights.roots), rights.reads_address]
            continue
        conditions.append(with_residence(residences) if name == "residence" else _FILTERS[name])
        if name in _ABOUT_RESIDENTS:
            conditions.append(rights.reads_residents)
    return and_(*conditions)


@lru_cache(maxsize=500)
def _page(rights: RegisterRights, filters: tuple[str, ...], residences: tuple[str, ...]) -> Fragment:
    statement = Fragment(
        """
          with page as materialized (
            select household.id, {label} label, household.kind, household.grid_id, household.is_generated,
                   household.version, {address} address, premises.location, premises.id premises_id,
                   premises.kind premises_kind, row_number() over (order by household.id) place
            from household join premises on premises.id = household.premises_id
            where {condition}
            order by household.id limit :limit + 1)
          select (select coalesce(json_agg(json_build_object(
                    'id', page.id, 'label', page.label, 'kind', page.kind, 'address', page.address,
                    'premises', json_build_object('id', page.premises_id, 'kind', page.premises_kind),
                    'location', ST_AsGeoJSON(page.location, 7)::json, 'grid', {grid},
                    'is_generated', page.is_generated, 'version', page.version)
                    order by page.id), '[]')
                  from page {grid_join}
                  where page.place <= :limit) items,
                 (select array[id::text] from page
                  where place = :limit and (select count(*) from page) > :limit) next_key
        """,
        label=shown_label(rights.reads_residents),
        address=shown_address(rights.reads_address),
        condition=_condition(rights, filters, residences),
        grid=GRID,
        grid_join=grid_join(literal_column("page.grid_id")),
    )
    return unscoped(
        statement, resident="a filter by residents of households whose residents the actor may read"
    )


def households(
    session: Session, actor: Actor, *, filters: dict[str, Any], now: datetime, today: date, limit: int
) -> RowMapping:
    """Return one page of the households that the actor sees, in order of their ids.

    Columns: `items` (JSON) and `next_key` (the key of the next page, or null).

    Args:
        filters: Values by name of filter: `grid_id`, `premises_id`, `bbox`, `q` (words of the address or the name of the
            premises), `resident` (name), `care` (kinds), `residence` and `after` (id of the last household of the page
            before). Empty values are ignored.
        today: Care tags whose last day is before it are ignored by the filter `care`.
    """
    rights, binds = register_rights(actor, now)
    values = {name: value for name, value in filters.items() if value}
    names, residences = tuple(sorted(values)), tuple(sorted(values.pop("residence", ())))
    if "bbox" in values:
        values |= box_binds(values.pop("bbox"))
    if "q" in values:
        values |= words_binds(values.pop("q"))
    binds |= values | {"today": today, "limit": limit}
    return session.execute(_page(rights, names, residences), binds).mappings().one()


# The most members and consents of one household in an answer. Dormitories have more members.
_MEMBERS = Fragment(
    """(select coalesce(json_agg({resident} order by resident.id), '[]') from (
      select * from resident where household_id = household.id and deleted_at is null order by id limit 500) resident)""",
    resident=RESIDENT,
)
_CONSENTS = Fragment(
    """(select coalesce(json_agg({consent} order by consent.given_at desc, consent.id), '[]') from (
      select * from consent where household_id = household.id and deleted_at is null
      order by given_at desc limit 100) consent)""",
    consent=CONSENT,
)
_LAST_VISIT = Fragment(
    """(select json_build_object('id', visit.id, 'visited_at', visit.visited_at, 'outcome', visit.outcome)
      from visit where visit.household_id = household.id and visit.deleted_at is null
      order by visit.visited_at desc, visit.id desc limit 1)"""
)


@lru_cache(maxsize=100)
def _household(rights: RegisterRights) -> Fragment:
    statement = Fragment(
        """
          select household.version, json_build_object(
            'id', household.id, 'label', {label}, 'kind', household.kind, 'address', {address},
            'premises', json_build_object('id', premises.id, 'kind', premises.kind),
            'location', ST_AsGeoJSON(premises.location, 7)::json,
            'grid', {grid}, 'is_generated', household.is_generated, 'version', household.version,
            'visits', case when {reads_residents} then json_build_object('next_due', household.next_visit_due,
              'declined_at', household.declined_at, 'moved_away_at', household.moved_away_at, 'last', {last_visit}) end,
            'members', case when {reads_residents} then {members} end,
            'consents', case when {reads_residents} then {consents} end) item
          from household join premises on premises.id = household.premises_id {grid_join}
          where household.id = :household_id and household.deleted_at is null and {sees_household}
        """,
        label=shown_label(rights.reads_residents),
        address=shown_address(rights.reads_address),
        grid=GRID,
        grid_join=grid_join(Household.grid_id),
        reads_residents=rights.reads_residents,
        last_visit=_LAST_VISIT,
        members=_MEMBERS,
        consents=_CONSENTS,
        sees_household=rights.sees_household,
    )
    return unscoped(statement, resident="members of a household whose residents the actor may read")


def household(
    session: Session, actor: Actor, household_id: UUID, *, now: datetime, today: date
) -> RowMapping | None:
    """Return `version` and `item` (JSON) of a household that the actor sees, or None.

    In the JSON, visits, members and consents are null if the actor may not read residents there.
    """
    rights, binds = register_rights(actor, now)
    binds |= {"household_id": household_id, "today": today}
    return session.execute(_household(rights), binds).mappings().one_or_none()


@lru_cache(maxsize=100)
def _lock(in_reach: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Household.id,
            Household.jurisdiction_id,
            Household.premises_id,
            Household.grid_id,
            cast(Household.scope_path, Text).label("scope_path"),
            Household.label,
            Household.kind,
            Household.next_visit_due,
            Household.declined_at,
            Household.moved_away_at,
            Household.version,
        )
        .where(Household.id == bindparam("household_id"), Household.deleted_at.is_(None), in_reach)
        .with_for_update(key_share=True, of=Household)
    )


def lock(
    session: Session, actor: Actor, household_id: UUID, permission: Permission, *, now: datetime
) -> RowMapping | None:
    """Lock and return a household where the actor holds `permission`, or None.

    The caller may then write rows of the household. The jurisdiction is locked before the household. Otherwise a redraw of
    areas could move the household after its area was read and before this area is copied to a new row.
    """
    session.execute(_LOCK_JURISDICTION, {"household_id": household_id})
    visibility = household_visibility(actor, now, permission)
    binds = visibility.binds | {"household_id": household_id}
    return session.execute(_lock(visibility.condition), binds).mappings().one_or_none()


@lru_cache(maxsize=100)
def _lock_each(in_reach: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(Household.id, Household.jurisdiction_id, Household.grid_id, Household.moved_away_at)
        .where(Household.id == IDS, Household.deleted_at.is_(None), in_reach)
        .order_by(Household.id)
        .with_for_update(key_share=True, of=Household)
    )


def lock_each(
    session: Session, actor: Actor, ids: Collection[UUID], permission: Permission, *, now: datetime
) -> dict[UUID, RowMapping]:
    """Lock the given households where the actor holds `permission`, and return them by id.

    Other households are left out. The households are locked in order of their ids, after their jurisdictions. Otherwise a
    redraw of areas could move a household after its area was read.
    """
    session.execute(_LOCK_JURISDICTIONS, {"ids": list(ids)})
    visibility = household_visibility(actor, now, permission)
    result = session.execute(_lock_each(visibility.condition), visibility.binds | {"ids": list(ids)})
    return {row["id"]: row for row in result.mappings()}


def insert_household(session: Session, values: dict[str, Any]) -> bool:
    """Store a household with the area of its premises. Return False if the id is used."""
    return session.scalar(_INSERT, values) is not None


def update_household(
    session: Session, household_id: UUID, *, expected: int | None, changes: dict[str, Any]
) -> bool:
    """Store changes of a household, and ignore columns that are not in `_CHANGEABLE`.

    Return False if the stored version is not `expected`.
    """
    columns = {column: value for column, value in changes.items() if column in _CHANGEABLE}
    binds = columns | {"household_id": household_id, "expected": expected}
    return session.scalar(_UPDATE, binds) is not None


def update_each(session: Session, changes: Sequence[tuple[UUID, int, dict[str, Any]]]) -> set[UUID]:
    """Store changes of several households, if their stored version is the expected one.

    Return the ids of the households whose changes were stored.

    Args:
        changes: A tuple for each household: its id, its expected version, and a mapping with new values of the label, the kind
            or the day of the next visit.
    """
    rows = [{"id": row_id, "version": version} | changed for row_id, version, changed in changes]
    return set(session.scalars(_UPDATE_EACH, {"changes": orjson.dumps(rows, default=str).decode()}))


def plan_visits(session: Session, plans: Sequence[dict[str, Any]]) -> None:
    """Store the plan of further visits to households: the next day, or that there are none.

    Args:
        plans: One mapping for each household: `id`, `next_visit_due`, and `declined_at` or `moved_away_at` if the household
            declined further visits or moved away.
    """
    session.execute(_PLAN_VISITS, {"plans": orjson.dumps(plans).decode()})
