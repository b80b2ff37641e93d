"""SQL of the versions of a jurisdiction's profile."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

# The newest that has come into force is the one in force; a version that a newer one precedes never comes into force.
_STATE = """case
  when exists (select 1 from profile_version n where n.jurisdiction_id = p.jurisdiction_id and n.number > p.number
               and n.in_force_from <= p.in_force_from) then 'superseded'
  when p.in_force_from > :now then 'scheduled'
  when exists (select 1 from profile_version n where n.jurisdiction_id = p.jurisdiction_id and n.number > p.number
               and n.in_force_from <= :now) then 'past'
  else 'in_force' end"""
_IN_FORCE_UNTIL = """(select min(n.in_force_from) from profile_version n
  where n.jurisdiction_id = p.jurisdiction_id and n.number > p.number)"""
_VERSION = f"""'id', p.id, 'number', p.number, 'state', {_STATE}, 'in_force_from', p.in_force_from,
  'in_force_until', {_IN_FORCE_UNTIL}"""


def version_page(
    session: Session, *, jurisdiction_id: UUID, before: int | None, limit: int, now: datetime
) -> RowMapping:
    """Return versions, newest first: `items` as JSON, `n` and the last number."""
    sql = f"""
      with page as (
        select * from profile_version
        where jurisdiction_id = :jurisdiction_id and number < coalesce(cast(:before as bigint), 2147483648)
        order by number desc limit :limit + 1),
      shown as (select * from page order by number desc limit :limit)
      select (select coalesce(json_agg(json_build_object({_VERSION}) order by p.number desc), '[]') from shown p) items,
             (select count(*) from page) n, (select min(number) from shown) last_number
    """
    binds = {"jurisdiction_id": jurisdiction_id, "before": before, "limit": limit, "now": now}
    return session.execute(text(sql), binds).mappings().one()


def version(session: Session, *, jurisdiction_id: UUID, number: int, now: datetime) -> bytes | None:
    """Return one version with its document, as JSON."""
    sql = f"""
      select json_build_object({_VERSION}, 'data', p.data) from profile_version p
      where p.jurisdiction_id = :jurisdiction_id and p.number = :number
    """
    document: bytes | None = session.execute(
        text(sql), {"jurisdiction_id": jurisdiction_id, "number": number, "now": now}
    ).scalar_one_or_none()
    return document


def data_of(session: Session, *, jurisdiction_id: UUID, number: int) -> bytes | None:
    """Return the document of a version."""
    sql = """
      select json_build_object('data', data) from profile_version
      where jurisdiction_id = :jurisdiction_id and number = :number
    """
    document: bytes | None = session.execute(
        text(sql), {"jurisdiction_id": jurisdiction_id, "number": number}
    ).scalar_one_or_none()
    return document


def announce(session: Session, *, now: datetime) -> int:
    """Store the version in force where it changed, which writes the change log. Return how many changed."""
    sql = """
      update jurisdiction j set rules_number = p.number
      from (select distinct on (jurisdiction_id) jurisdiction_id, number from profile_version
            where in_force_from <= :now order by jurisdiction_id, number desc) p
      where p.jurisdiction_id = j.id and j.deleted_at is null and j.rules_number is distinct from p.number
      returning 1
    """
    return len(session.execute(text(sql), {"now": now}).all())
