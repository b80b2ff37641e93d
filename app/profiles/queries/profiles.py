"""SQL of profile versions as they are in force."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session


def profile_id_at(session: Session, *, jurisdiction_id: UUID, at: datetime) -> UUID | None:
    sql = """
      select id from profile_version
      where jurisdiction_id = :jurisdiction_id and in_force_from <= :at
      order by number desc limit 1
    """
    profile_id: UUID | None = session.scalar(text(sql), {"jurisdiction_id": jurisdiction_id, "at": at})
    return profile_id


def profile_by_id(session: Session, profile_id: UUID) -> RowMapping | None:
    sql = "select id, jurisdiction_id, number, data from profile_version where id = :id"
    return session.execute(text(sql), {"id": profile_id}).mappings().one_or_none()


def profile_document(session: Session, *, jurisdiction_id: UUID, at: datetime) -> RowMapping | None:
    """Return the profile in force as JSON bytes."""
    sql = """
      select number, json_build_object('id', id, 'number', number, 'in_force_from', in_force_from,
                                       'data', data) document
      from profile_version
      where jurisdiction_id = :jurisdiction_id and in_force_from <= :at
      order by number desc limit 1
    """
    return session.execute(text(sql), {"jurisdiction_id": jurisdiction_id, "at": at}).mappings().one_or_none()


def published_document(session: Session, *, jurisdiction_id: UUID, number: int) -> bytes:
    """Return a version as JSON."""
    sql = """
      select json_build_object('id', id, 'number', number, 'in_force_from', in_force_from, 'data', data)
      from profile_version where jurisdiction_id = :jurisdiction_id and number = :number
    """
    binds = {"jurisdiction_id": jurisdiction_id, "number": number}
    document: bytes = session.execute(text(sql), binds).scalar_one()
    return document


def newest_version(session: Session, jurisdiction_id: UUID) -> RowMapping:
    """Return `id`, `number` and `in_force_from` of the newest version, scheduled or not."""
    sql = """
      select id, number, in_force_from from profile_version
      where jurisdiction_id = :jurisdiction_id order by number desc limit 1
    """
    return session.execute(text(sql), {"jurisdiction_id": jurisdiction_id}).mappings().one()


def insert_profile(session: Session, values: dict[str, Any]) -> None:
    sql = """
      insert into profile_version (id, jurisdiction_id, number, data, in_force_from, created_by)
      values (:id, :jurisdiction_id, :number, cast(:data as jsonb), :at, :created_by)
    """
    session.execute(text(sql), values)


def taxonomy(session: Session, *, jurisdiction_id: UUID, at: datetime) -> RowMapping | None:
    """Return the categories in force as JSON bytes, in the order of the profile, without its notes."""
    sql = """
      select p.id, json_build_object('jurisdiction', j.code,
               'taxonomy_version', p.data #>> '{taxonomy,version}', 'profile_number', p.number,
               'items', (select json_agg(c.item - 'note' order by c.place)
                         from jsonb_array_elements(p.data #> '{taxonomy,categories}')
                              with ordinality c(item, place))) document
      from profile_version p join jurisdiction j on j.id = p.jurisdiction_id
      where p.jurisdiction_id = :jurisdiction_id and p.in_force_from <= :at
      order by p.number desc limit 1
    """
    return session.execute(text(sql), {"jurisdiction_id": jurisdiction_id, "at": at}).mappings().one_or_none()
