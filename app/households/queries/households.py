"""Reads of households: JSON made by PostgreSQL, in reach of the actor. Who lives there is always masked."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, bindparam, select, text, update
from sqlalchemy.orm import Session

from app.accounts.rules.masking import (
    masked_address,
    masked_label,
    masked_name,
    masked_phone,
    without_long_numbers,
)
from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.households.models import Household
from app.households.queries.residence import with_residence
from app.households.queries.row_conditions import IDS, has_expected_version
from app.households.rules.register import PUBLICLY_NAMED
from app.profiles.models import Jurisdiction
from app.workforce.scope import reach

# The present grid `v` of a row.
GRID = """case when v.area_id is not null then
  json_build_object('id', v.area_id, 'code', v.code, 'name', v.name) end"""
IN_GRID = "left join area_version v on v.area_id = {0}.grid_id and upper_inf(v.valid)"

CARE = """json_build_object('id', c.id, 'kind', c.kind, 'purpose', c.purpose, 'ends_on', c.ends_on,
  'cycle_days', c.cycle_days, 'next_due', c.next_due, 'version', c.version)"""
# A tag counts until its last day is over.
CARE_NOW = "c.deleted_at is null and c.ends_on >= cast(:today as date)"

RESIDENT = f"""json_build_object('id', r.id, 'household_id', r.household_id, 'name', {masked_name("r.name")},
  'phone', {masked_phone("r.phone")}, 'is_registered_here', r.is_registered_here, 'lives_here', r.lives_here,
  'care', (select coalesce(json_agg({CARE} order by c.kind, c.id), '[]') from care_tag c
           where c.resident_id = r.id and {CARE_NOW}),
  'version', r.version)"""

CONSENT = """json_build_object('id', o.id, 'resident_id', o.resident_id, 'purpose', o.purpose,
  'given_by_way', o.given_by_way, 'given_at', o.given_at, 'withdrawn_at', o.withdrawn_at)"""

# Members a single answer shows: dormitories have more than a page.
MEMBERS_SHOWN = 500
_MEMBERS = f"""(select coalesce(json_agg({RESIDENT} order by r.id), '[]') from (
  select * from resident where household_id = h.id and deleted_at is null order by id limit {MEMBERS_SHOWN}) r)"""
_CONSENTS = f"""(select coalesce(json_agg({CONSENT} order by o.given_at desc, o.id), '[]') from (
  select * from consent where household_id = h.id and deleted_at is null order by given_at desc limit 100) o)"""
_LAST_VISIT = """(select json_build_object('id', i.id, 'visited_at', i.visited_at, 'outcome', i.outcome)
  from visit i where i.household_id = h.id and i.deleted_at is null order by i.visited_at desc, i.id desc limit 1)"""

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
_TOTAL = text("select reltuples from pg_class where oid = cast('premises' as regclass)")
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


def shown_address(actor: Actor, *, now: datetime) -> tuple[str, dict[str, Any]]:
    """SQL for the address of premises `p`: plain to those who may read addresses there."""
    may_read, binds = reach(actor, Permission.ADDRESS_READ, "p.scope_path", now=now)
    return f"case when {may_read} then p.address else {masked_address('p.address')} end", binds


def shown_label(actor: Actor, *, now: datetime) -> tuple[str, dict[str, Any]]:
    """SQL for the label of household `h`: often a name, so plain only to those who may read of people there."""
    knows, binds = reach(actor, Permission.RESIDENT_READ, "h.scope_path", now=now)
    return f"case when {knows} then h.label else {masked_label('h.label')} end", binds


def shown_name(actor: Actor, *, now: datetime) -> tuple[str, dict[str, Any]]:
    """SQL for the name of premises `p`: of a home masked for those who may not read of people there."""
    knows, binds = reach(actor, Permission.RESIDENT_READ, "p.scope_path", now=now)
    kinds = ", ".join(f"'{kind}'" for kind in PUBLICLY_NAMED)
    return (
        f"case when {knows} then p.name when p.kind in ({kinds}) then {without_long_numbers('p.name')} "
        f"else {masked_label('p.name')} end",
        binds,
    )


def having_words(words: str) -> tuple[str, dict[str, Any]]:
    """A condition on premises `p`: address or name holds these words; needs two letters at least."""
    plain = words.lower()
    escaped = plain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return (
        "letter_pairs(p.address, p.name) @> cast(:pairs as text[])"
        " and lower(p.address || ' ' || coalesce(p.name, '')) like :words",
        {"pairs": sorted({plain[i : i + 2] for i in range(len(plain) - 1)}), "words": f"%{escaped}%"},
    )


def share_with(session: Session, words: str) -> tuple[float, float]:
    """How many premises the planner thinks hold these words, and how many there are: nothing is read for it."""
    _, binds = having_words(words)
    sql = """explain (format json) select from premises p
             where letter_pairs(p.address, p.name) @> cast(:pairs as text[])"""
    plan: bytes = session.execute(text(sql), binds).scalar_one()
    total = session.scalar(_TOTAL)
    return float(orjson.loads(plan)[0]["Plan"]["Plan Rows"]), float(total or 0)


def in_box(bbox: tuple[float, float, float, float]) -> tuple[str, dict[str, Any]]:
    """A condition on premises `p`: it lies in the box."""
    box = "ST_MakeEnvelope(:west, :south, :east, :north, 4326)"
    binds = dict(zip(("west", "south", "east", "north"), bbox, strict=True))
    return f"p.location && {box} and ST_Intersects(p.location, {box})", binds


def conditions_of(
    actor: Actor, filters: dict[str, Any], *, now: datetime, today: date
) -> tuple[list[str], dict[str, Any]]:
    """Each filter on household `h` in premises `p` as a condition, and where it reaches no further than its permission."""
    visible, binds = reach(actor, Permission.HOUSEHOLD_READ, "h.scope_path", now=now)
    conditions = ["h.deleted_at is null", visible]

    def add(condition: str, address_binds: dict[str, Any], permission: Permission | None = None) -> None:
        conditions.append(condition)
        binds.update(address_binds)
        if permission is not None:
            there, where = reach(actor, permission, "h.scope_path", now=now)
            conditions.append(there)
            binds.update(where)

    if filters.get("grid_id"):
        add("h.grid_id = :grid_id", {"grid_id": filters["grid_id"]})
    if filters.get("premises_id"):
        add("h.premises_id = :premises_id", {"premises_id": filters["premises_id"]})
    if filters.get("bbox"):
        add(*in_box(filters["bbox"]))
    if filters.get("q"):
        add(*having_words(filters["q"]))
        # On the premises, which lie where the household does: then their indexes can be used together.
        there, where = reach(actor, Permission.ADDRESS_READ, "p.scope_path", now=now)
        add(there, where)
    if filters.get("resident"):
        condition = """h.id in (select r.household_id from resident r
                                where r.name = :resident and r.deleted_at is null)"""
        add(condition, {"resident": filters["resident"]}, Permission.RESIDENT_READ)
    if filters.get("care"):
        condition = (
            f"h.id in (select c.household_id from care_tag c where c.kind = any(:care) and {CARE_NOW})"
        )
        add(condition, {"care": filters["care"], "today": today}, Permission.RESIDENT_READ)
    if filters.get("residence"):
        add(with_residence(filters["residence"]), {}, Permission.RESIDENT_READ)
    if filters.get("after"):
        add("h.id > :after", {"after": filters["after"]})
    return conditions, binds


def households(
    session: Session, actor: Actor, *, filters: dict[str, Any], now: datetime, today: date, limit: int
) -> RowMapping:
    """A page of the households the actor looks after, by id: `items` as JSON bytes, and the next key."""
    conditions, binds = conditions_of(actor, filters, now=now, today=today)
    address, address_binds = shown_address(actor, now=now)
    label, yet_more = shown_label(actor, now=now)
    sql = f"""
      with page as materialized (
        select h.id, {label} label, h.kind, h.grid_id, h.is_generated, h.version, {address} address, p.location,
               p.id premises_id, p.kind premises_kind, row_number() over (order by h.id) place
        from household h join premises p on p.id = h.premises_id where {" and ".join(conditions)}
        order by h.id limit :limit + 1)
      select (select coalesce(json_agg(json_build_object(
                'id', page.id, 'label', page.label, 'kind', page.kind, 'address', page.address,
                'premises', json_build_object('id', page.premises_id, 'kind', page.premises_kind),
                'location', ST_AsGeoJSON(page.location, 7)::json, 'grid', {GRID},
                'is_generated', page.is_generated, 'version', page.version)
                order by page.id), '[]')
              from page {IN_GRID.format("page")}
              where page.place <= :limit) items,
             (select array[id::text] from page
              where place = :limit and (select count(*) from page) > :limit) next_key
    """
    return session.execute(text(sql), binds | address_binds | yet_more | {"limit": limit}).mappings().one()


def household(
    session: Session, actor: Actor, household_id: UUID, *, now: datetime, today: date
) -> RowMapping | None:
    """A household in reach: `version` and `item` as JSON bytes; its people only to those who may read of people."""
    visible, binds = reach(actor, Permission.HOUSEHOLD_READ, "h.scope_path", now=now)
    address, address_binds = shown_address(actor, now=now)
    label, _ = shown_label(actor, now=now)
    knows, yet_more = reach(actor, Permission.RESIDENT_READ, "h.scope_path", now=now)
    sql = f"""
      select h.version, json_build_object(
        'id', h.id, 'label', {label}, 'kind', h.kind, 'address', {address},
        'premises', json_build_object('id', p.id, 'kind', p.kind), 'location', ST_AsGeoJSON(p.location, 7)::json,
        'grid', {GRID}, 'is_generated', h.is_generated, 'version', h.version,
        'visits', case when {knows} then json_build_object('next_due', h.next_visit_due,
          'declined_at', h.declined_at, 'moved_away_at', h.moved_away_at, 'last', {_LAST_VISIT}) end,
        'members', case when {knows} then {_MEMBERS} end,
        'consents', case when {knows} then {_CONSENTS} end) item
      from household h join premises p on p.id = h.premises_id {IN_GRID.format("h")}
      where h.id = :id and h.deleted_at is null and {visible}
    """
    binds |= address_binds | yet_more | {"id": household_id, "today": today}
    return session.execute(text(sql), binds).mappings().one_or_none()


def hold(
    session: Session, actor: Actor, household_id: UUID, permission: Permission, *, now: datetime
) -> RowMapping | None:
    """A household where the actor holds `permission`, locked: what hangs on it may be written. None: hidden.

    Its jurisdiction is held first, so that no redraw passes between reading its place and copying it.
    """
    session.execute(_LOCK_JURISDICTION, {"household_id": household_id})
    there, binds = reach(actor, permission, "h.scope_path", now=now)
    sql = f"""
      select h.id, h.jurisdiction_id, h.premises_id, h.grid_id, cast(h.scope_path as text) scope_path, h.label,
             h.kind, h.next_visit_due, h.declined_at, h.moved_away_at, h.version
      from household h where h.id = :id and h.deleted_at is null and {there} for no key update of h
    """
    return session.execute(text(sql), binds | {"id": household_id}).mappings().one_or_none()


def insert_household(session: Session, values: dict[str, Any]) -> bool:
    """Store a household in the area of its premises. Return False if the id is taken."""
    return session.scalar(_INSERT, values) is not None


def update_household(
    session: Session, household_id: UUID, *, expected: int | None, changes: dict[str, Any]
) -> bool:
    """Store the changes of `_CHANGEABLE` columns. Return False if the household has another version than `expected`."""
    columns = {column: value for column, value in changes.items() if column in _CHANGEABLE}
    binds = columns | {"household_id": household_id, "expected": expected}
    return session.scalar(_UPDATE, binds) is not None


def hold_each(
    session: Session, actor: Actor, ids: Collection[UUID], permission: Permission, *, now: datetime
) -> dict[UUID, RowMapping]:
    """Those of some households where the actor holds `permission`, locked; as `hold`, in the order of their ids."""
    session.execute(_LOCK_JURISDICTIONS, {"ids": list(ids)})
    there, binds = reach(actor, permission, "h.scope_path", now=now)
    sql = f"""select h.id, h.jurisdiction_id, h.grid_id, h.moved_away_at from household h
              where h.id = any(:ids) and h.deleted_at is null and {there} order by h.id for no key update of h"""
    result = session.execute(sql_text(sql), binds | {"ids": list(ids)}).mappings()
    return {row["id"]: row for row in result}


def update_each(session: Session, changes: Sequence[tuple[UUID, int, dict[str, Any]]]) -> set[UUID]:
    """Store label, kind or next visit of households that still have their version. Return the ids of those stored.

    Args:
        changes: For each household its id, the expected version, and the new values.
    """
    rows = [{"id": row_id, "version": version} | changed for row_id, version, changed in changes]
    return set(session.scalars(_UPDATE_EACH, {"changes": orjson.dumps(rows, default=str).decode()}))


def plan_visits(session: Session, plans: Sequence[dict[str, Any]]) -> None:
    """Store when households are next visited (None: never), and the instants from which no visit is wanted.

    Args:
        plans: For each household `id`, `next_visit_due`, and `declined_at` or `moved_away_at` if that is known now.
    """
    session.execute(_PLAN_VISITS, {"plans": orjson.dumps(plans).decode()})
