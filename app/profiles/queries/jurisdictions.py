"""SQL of jurisdictions."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.profiles.models import Jurisdiction, ProfileVersion
from app.profiles.queries.json_objects import json_object
from app.profiles.scope import own_jurisdictions

_PROFILE_IN_FORCE = (
    select(json_object(number=ProfileVersion.number, in_force_from=ProfileVersion.in_force_from))
    .where(
        ProfileVersion.jurisdiction_id == Jurisdiction.id, ProfileVersion.in_force_from <= bindparam("now")
    )
    .order_by(ProfileVersion.number.desc())
    .limit(literal(1, literal_execute=True))
    .scalar_subquery()
)

_ITEM = json_object(
    id=Jurisdiction.id,
    code=Jurisdiction.code,
    name=Jurisdiction.name,
    root_unit_id=Jurisdiction.root_unit_id,
    version=Jurisdiction.version,
    profile=_PROFILE_IN_FORCE,
)

_BY_CODE_OR_ID = select(Jurisdiction.id, Jurisdiction.code, Jurisdiction.version, _ITEM.label("item")).where(
    Jurisdiction.deleted_at.is_(None),
    or_(Jurisdiction.code == bindparam("code"), Jurisdiction.id == bindparam("id")),
)

_DEFAULT_ID = text("""
    select j.id from jurisdiction j where j.deleted_at is null
    order by (exists (select 1 from area a where a.jurisdiction_id = j.id)) desc, j.id limit 1
""")

_LOCK_FIRST = text("select pg_advisory_xact_lock(hashtext('first jurisdiction'))")

_FOR_UPDATE = (
    select(Jurisdiction.id).where(Jurisdiction.id == bindparam("id")).with_for_update(key_share=True)
)

_INSERT = postgresql.insert(Jurisdiction).on_conflict_do_nothing().returning(Jurisdiction.id)

# `rules_number` 1: the first version of the profile counts as announced.
_SET_ROOT_UNIT = (
    update(Jurisdiction)
    .where(Jurisdiction.id == bindparam("jurisdiction_id"))
    .values(root_unit_id=bindparam("unit_id"), rules_number=1)
)

_TOP_AREAS = text("""
    select area_id from area_version
    where jurisdiction_id = :jurisdiction_id and parent_id is null and upper_inf(valid)
""")


def jurisdictions(session: Session, actor: Actor, *, now: datetime) -> bytes:
    """Return the jurisdictions in the actor's scope, sorted by code, as JSON with `items`."""
    is_own, binds = own_jurisdictions(actor, Jurisdiction.id)
    document: bytes = session.execute(_list(is_own), binds | {"now": now}).scalar_one()
    return document


@lru_cache
def _list(is_own: ColumnElement[bool]) -> Select[Any]:
    items = func.json_agg(_ITEM).aggregate_order_by(Jurisdiction.code)
    return select(json_object(items=func.coalesce(items, literal_column("'[]'")))).where(
        Jurisdiction.deleted_at.is_(None), is_own
    )


def jurisdiction(
    session: Session, *, now: datetime, code: str | None = None, id: UUID | None = None
) -> RowMapping | None:
    """Return the jurisdiction with this code or id, or None. Its column `item` is JSON."""
    binds = {"code": code, "id": id, "now": now}
    return session.execute(_BY_CODE_OR_ID, binds).mappings().one_or_none()


def default_jurisdiction_id(session: Session) -> UUID | None:
    """Return the id of the default jurisdiction, or None if there is no jurisdiction.

    This is the oldest jurisdiction that has areas. If no jurisdiction has areas, it is the oldest jurisdiction. Points that no
    area covers belong to this jurisdiction.
    """
    jurisdiction_id: UUID | None = session.scalar(_DEFAULT_ID)
    return jurisdiction_id


def lock_first_jurisdiction(session: Session) -> None:
    """Take an advisory lock, so that two transactions cannot both create the first jurisdiction."""
    session.execute(_LOCK_FIRST)


def lock_jurisdiction(session: Session, jurisdiction_id: UUID) -> None:
    """Lock a jurisdiction, so that changes of its areas or profile run one after the other.

    Transactions that only read the jurisdiction do not wait.
    """
    session.execute(_FOR_UPDATE, {"id": jurisdiction_id})


def insert_jurisdiction(session: Session, row: dict[str, Any]) -> bool:
    """Store a jurisdiction. Return False if its code or id is taken.

    Args:
        row: Values of the columns of `Jurisdiction`.
    """
    return session.scalar(_INSERT, row) is not None


def set_root_unit(session: Session, jurisdiction_id: UUID, unit_id: UUID) -> None:
    """Store the root unit of a new jurisdiction."""
    session.execute(_SET_ROOT_UNIT, {"jurisdiction_id": jurisdiction_id, "unit_id": unit_id})


def top_areas(session: Session, jurisdiction_id: UUID) -> set[UUID]:
    """Return the areas at the top of the division tree of the jurisdiction."""
    return set(session.scalars(_TOP_AREAS, {"jurisdiction_id": jurisdiction_id}))
