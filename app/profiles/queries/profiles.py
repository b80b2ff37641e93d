"""SQL that stores profile versions, and reads the version that is in force."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Text, bindparam, cast, insert, literal, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.profiles.models import ProfileVersion
from app.profiles.queries.json_objects import json_object

_OF_JURISDICTION = ProfileVersion.jurisdiction_id == bindparam("jurisdiction_id")
_DOCUMENT = json_object(
    id=ProfileVersion.id,
    number=ProfileVersion.number,
    in_force_from=ProfileVersion.in_force_from,
    data=ProfileVersion.data,
).label("document")
_FIRST = literal(1, literal_execute=True)

_ID_IN_FORCE = (
    select(ProfileVersion.id)
    .where(_OF_JURISDICTION, ProfileVersion.in_force_from <= bindparam("at"))
    .order_by(ProfileVersion.number.desc())
    .limit(_FIRST)
)

_BY_ID = select(
    ProfileVersion.id, ProfileVersion.jurisdiction_id, ProfileVersion.number, ProfileVersion.data
).where(ProfileVersion.id == bindparam("id"))

_DOCUMENT_IN_FORCE = (
    select(ProfileVersion.number, _DOCUMENT)
    .where(_OF_JURISDICTION, ProfileVersion.in_force_from <= bindparam("at"))
    .order_by(ProfileVersion.number.desc())
    .limit(_FIRST)
)

_DOCUMENT_BY_NUMBER = select(_DOCUMENT).where(_OF_JURISDICTION, ProfileVersion.number == bindparam("number"))

_NEWEST = (
    select(ProfileVersion.id, ProfileVersion.number, ProfileVersion.in_force_from)
    .where(_OF_JURISDICTION)
    .order_by(ProfileVersion.number.desc())
    .limit(_FIRST)
)

_INSERT = insert(ProfileVersion).values(data=cast(bindparam("document", type_=Text), JSONB))

_TAXONOMY = text("""
    select p.id, json_build_object('jurisdiction', j.code,
             'taxonomy_version', p.data #>> '{taxonomy,version}', 'profile_number', p.number,
             'items', (select json_agg(c.item - 'note' order by c.place)
                       from jsonb_array_elements(p.data #> '{taxonomy,categories}')
                            with ordinality c(item, place))) document
    from profile_version p join jurisdiction j on j.id = p.jurisdiction_id
    where p.jurisdiction_id = :jurisdiction_id and p.in_force_from <= :at
    order by p.number desc limit 1
""")


def profile_id_at(session: Session, *, jurisdiction_id: UUID, at: datetime) -> UUID | None:
    """Return the id of the profile version in force at an instant, or None."""
    return session.scalar(_ID_IN_FORCE, {"jurisdiction_id": jurisdiction_id, "at": at})


def profile_by_id(session: Session, profile_id: UUID) -> RowMapping | None:
    """Return `id`, `jurisdiction_id`, `number` and parsed `data` of a profile version, or None."""
    return session.execute(_BY_ID, {"id": profile_id}).mappings().one_or_none()


def profile_document(session: Session, *, jurisdiction_id: UUID, at: datetime) -> RowMapping | None:
    """Return the profile version in force at an instant as `number` and `document` (JSON bytes).

    Return None if no version is in force.
    """
    binds = {"jurisdiction_id": jurisdiction_id, "at": at}
    return session.execute(_DOCUMENT_IN_FORCE, binds).mappings().one_or_none()


def published_document(session: Session, *, jurisdiction_id: UUID, number: int) -> bytes:
    """Return the profile version with this number as JSON, in the form of the API."""
    binds = {"jurisdiction_id": jurisdiction_id, "number": number}
    document: bytes = session.execute(_DOCUMENT_BY_NUMBER, binds).scalar_one()
    return document


def newest_version(session: Session, jurisdiction_id: UUID) -> RowMapping:
    """Return `id`, `number` and `in_force_from` of the newest version.

    This version may not be in force yet.
    """
    return session.execute(_NEWEST, {"jurisdiction_id": jurisdiction_id}).mappings().one()


def insert_profile(session: Session, row: dict[str, Any], *, document: str) -> None:
    """Store a profile version.

    Args:
        row: Values of the columns of `ProfileVersion` except `data`.
        document: Value of `data` as JSON text.
    """
    session.execute(_INSERT, row | {"document": document})


def taxonomy(session: Session, *, jurisdiction_id: UUID, at: datetime) -> RowMapping | None:
    """Return `id` and categories (`document`, JSON bytes) of the profile version in force.

    Return None if no version is in force. The categories have the order of the profile, and are without their notes.
    """
    return session.execute(_TAXONOMY, {"jurisdiction_id": jurisdiction_id, "at": at}).mappings().one_or_none()
