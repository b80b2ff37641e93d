"""Statements on codes of doors and components."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.db import Fragment, unscoped

_REASON = "the thing whose printed code the caller has; only its place and category are used"
_THING = unscoped(
    Fragment("""
      select t.code, t.component_id, t.premises_id, c.category, ST_X(p.point) lon, ST_Y(p.point) lat
      from thing_code t
      left join component c on c.id = t.component_id and c.deleted_at is null
      left join premises d on d.id = t.premises_id and d.deleted_at is null
      cross join lateral (select coalesce(c.location, d.location) point) p
      where t.code = :code and t.jurisdiction_id = :jurisdiction_id and t.revoked_at is null and p.point is not null
    """),
    component=_REASON,
    premises=_REASON,
)
_CITY = text("""
  select j.code from thing_code t join jurisdiction j on j.id = t.jurisdiction_id
  where t.code = :code and t.revoked_at is null
""")
_AREA = text("""
  select v.path::text path, v.jurisdiction_id from area_version v join jurisdiction j on j.id = v.jurisdiction_id
  where v.code = :code and j.code = coalesce(cast(:city as text), j.code) and upper_inf(v.valid)
  order by j.code limit 2
""")
_COMPONENTS = text("""
  select c.id, c.code number, c.category, t.code
  from component c left join thing_code t on t.component_id = c.id and t.revoked_at is null
  where c.jurisdiction_id = :jurisdiction_id and c.scope_path <@ cast(:path as ltree) and c.deleted_at is null
    and (cast(:category as text) is null or c.category = :category)
  order by c.code limit :most
""")
_DOORS = text("""
  select p.id, p.address, p.unit, p.room, t.code
  from premises p left join thing_code t on t.premises_id = p.id and t.revoked_at is null
  where p.jurisdiction_id = :jurisdiction_id and p.scope_path <@ cast(:path as ltree) and p.deleted_at is null
    and p.location is not null
  order by p.address, p.unit, p.room, p.id limit :most
""")
_INSERT = text("""
  insert into thing_code (code, jurisdiction_id, component_id, premises_id, created_at)
  values (:code, :jurisdiction_id, :component_id, :premises_id, :now)
""")
_REVOKE = text(
    "update thing_code set revoked_at = :now where code = :code and revoked_at is null returning code"
)


def thing(session: Session, jurisdiction_id: UUID, code: str) -> RowMapping | None:
    """Return the thing of a live code with its point and, of a component, its category; None: there is none."""
    binds = {"code": code, "jurisdiction_id": jurisdiction_id}
    return session.execute(_THING, binds).mappings().one_or_none()


def city_of_code(session: Session, code: str) -> str | None:
    """Return the code of the city of a live code, or None."""
    result: str | None = session.scalar(_CITY, {"code": code})
    return result


def areas_named(session: Session, code: str, city: str | None) -> Sequence[RowMapping]:
    """Return the areas in force with a code, at most two: `path`, `jurisdiction_id`."""
    return session.execute(_AREA, {"code": code, "city": city}).mappings().all()


def components_in(session: Session, binds: dict[str, Any]) -> Sequence[RowMapping]:
    """Return the components of an area with their codes, None if they have none."""
    return session.execute(_COMPONENTS, binds).mappings().all()


def doors_in(session: Session, binds: dict[str, Any]) -> Sequence[RowMapping]:
    """Return the premises of an area with their codes, None if they have none."""
    return session.execute(_DOORS, binds).mappings().all()


def insert_codes(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Store new codes."""
    if rows:
        session.execute(_INSERT, list(rows))


def revoke_code(session: Session, code: str, *, now: datetime) -> bool:
    """Revoke a code. Return False if there is no such live code."""
    return session.scalar(_REVOKE, {"code": code, "now": now}) is not None
