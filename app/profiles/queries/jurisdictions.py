"""SQL of jurisdictions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.profiles.scope import in_own_jurisdictions

_JURISDICTION = """
  json_build_object('id', j.id, 'code', j.code, 'name', j.name, 'root_unit_id', j.root_unit_id,
    'version', j.version,
    'profile', (select json_build_object('number', p.number, 'in_force_from', p.in_force_from)
                from profile_version p where p.jurisdiction_id = j.id and p.in_force_from <= :now
                order by p.number desc limit 1))
"""


def jurisdictions(session: Session, actor: Actor, *, now: datetime) -> bytes:
    is_own, binds = in_own_jurisdictions(actor, "j.id")
    sql = f"""
      select json_build_object('items', coalesce(json_agg({_JURISDICTION} order by j.code), '[]'))
      from jurisdiction j where j.deleted_at is null and {is_own}
    """
    document: bytes = session.execute(text(sql), binds | {"now": now}).scalar_one()
    return document


def jurisdiction(
    session: Session, *, now: datetime, code: str | None = None, id: UUID | None = None
) -> RowMapping | None:
    sql = f"""
      select j.id, j.code, j.version, {_JURISDICTION} item
      from jurisdiction j where j.deleted_at is null and (j.code = :code or j.id = :id)
    """
    return session.execute(text(sql), {"code": code, "id": id, "now": now}).mappings().one_or_none()


def default_jurisdiction_id(session: Session) -> UUID | None:
    """Return the jurisdiction for points in no area: the oldest with areas, else the oldest."""
    sql = """
      select j.id from jurisdiction j where j.deleted_at is null
      order by (exists (select 1 from area a where a.jurisdiction_id = j.id)) desc, j.id limit 1
    """
    jurisdiction_id: UUID | None = session.scalar(text(sql))
    return jurisdiction_id


def lock_first_jurisdiction(session: Session) -> None:
    """Serialise transactions that would create the first jurisdiction."""
    session.execute(text("select pg_advisory_xact_lock(hashtext('first jurisdiction'))"))


def lock_jurisdiction(session: Session, jurisdiction_id: UUID) -> None:
    """Serialise changes of a jurisdiction's tree or rules. Readers do not wait."""
    session.execute(
        text("select id from jurisdiction where id = :id for no key update"), {"id": jurisdiction_id}
    )


def insert_jurisdiction(session: Session, values: dict[str, Any]) -> bool:
    """False when the code or the id is taken."""
    sql = """
      insert into jurisdiction (id, code, name) values (:id, :code, cast(:name as jsonb))
      on conflict do nothing returning id
    """
    return session.scalar(text(sql), values) is not None


def set_root_unit(session: Session, jurisdiction_id: UUID, unit_id: UUID) -> None:
    session.execute(
        text("update jurisdiction set root_unit_id = :unit_id, rules_number = 1 where id = :id"),
        {"id": jurisdiction_id, "unit_id": unit_id},
    )


def top_areas(session: Session, jurisdiction_id: UUID) -> set[UUID]:
    """Return the top areas of a jurisdiction."""
    sql = """
      select area_id from area_version
      where jurisdiction_id = :jurisdiction_id and parent_id is null and upper_inf(valid)
    """
    return set(session.scalars(text(sql), {"jurisdiction_id": jurisdiction_id}))
