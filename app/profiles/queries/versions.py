"""SQL of the versions of a jurisdiction's profile."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    Integer,
    RowMapping,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from app.profiles.models import Jurisdiction, ProfileVersion
from app.profiles.queries.json_objects import json_object

_newer = aliased(ProfileVersion, name="newer")
_IS_NEWER = (
    _newer.jurisdiction_id == ProfileVersion.jurisdiction_id,
    _newer.number > ProfileVersion.number,
)
_NOW = bindparam("now", type_=DateTime(timezone=True))

# The newest version that has come into force is the one in force. A version is superseded if a newer one came into force
# no later: it never comes into force.
_STATE = case(
    (exists().where(*_IS_NEWER, _newer.in_force_from <= ProfileVersion.in_force_from), "superseded"),
    (ProfileVersion.in_force_from > _NOW, "scheduled"),
    (exists().where(*_IS_NEWER, _newer.in_force_from <= _NOW), "past"),
    else_="in_force",
)
_FIELDS = {
    "id": ProfileVersion.id,
    "number": ProfileVersion.number,
    "state": _STATE,
    "in_force_from": ProfileVersion.in_force_from,
    "in_force_until": select(func.min(_newer.in_force_from)).where(*_IS_NEWER).scalar_subquery(),
}
_OF_JURISDICTION = ProfileVersion.jurisdiction_id == bindparam("jurisdiction_id")
_OF_NUMBER = ProfileVersion.number == bindparam("number")

_BEFORE = bindparam("before", type_=BigInteger)
_LIMIT = bindparam("limit", type_=Integer)
_page = (
    select(ProfileVersion.number, json_object(**_FIELDS).label("item"))
    .where(_OF_JURISDICTION, or_(_BEFORE.is_(None), ProfileVersion.number < _BEFORE))
    .order_by(ProfileVersion.number.desc())
    .limit(_LIMIT + 1)
    .cte("page")
)
_shown = select(_page).order_by(_page.c.number.desc()).limit(_LIMIT).cte("shown")
_PAGE = select(
    select(func.json_agg(_shown.c.item).aggregate_order_by(_shown.c.number.desc()))
    .scalar_subquery()
    .label("items"),
    (select(func.count()).select_from(_page).scalar_subquery() > _LIMIT).label("has_more"),
    select(func.min(_shown.c.number)).scalar_subquery().label("last_number"),
)

_VERSION = select(json_object(**_FIELDS, data=ProfileVersion.data)).where(_OF_JURISDICTION, _OF_NUMBER)

_DATA = select(ProfileVersion.data).where(_OF_JURISDICTION, _OF_NUMBER)

_in_force = (
    select(ProfileVersion.jurisdiction_id, ProfileVersion.number)
    .ext(distinct_on(ProfileVersion.jurisdiction_id))
    .where(ProfileVersion.in_force_from <= _NOW)
    .order_by(ProfileVersion.jurisdiction_id, ProfileVersion.number.desc())
    .subquery("in_force")
)
_ANNOUNCE = (
    update(Jurisdiction)
    .where(
        Jurisdiction.id == _in_force.c.jurisdiction_id,
        Jurisdiction.deleted_at.is_(None),
        Jurisdiction.rules_number.is_distinct_from(_in_force.c.number),
    )
    .values(rules_number=_in_force.c.number)
    .returning(Jurisdiction.id)
)


def version_page(
    session: Session, *, jurisdiction_id: UUID, before: int | None, limit: int, now: datetime
) -> RowMapping:
    """Return a page of profile versions, newest first.

    The row has `items`, `has_more` and `last_number`.
    """
    binds = {"jurisdiction_id": jurisdiction_id, "before": before, "limit": limit, "now": now}
    return session.execute(_PAGE, binds).mappings().one()


def version(session: Session, *, jurisdiction_id: UUID, number: int, now: datetime) -> bytes | None:
    """Return a profile version with its document as JSON, or None."""
    binds = {"jurisdiction_id": jurisdiction_id, "number": number, "now": now}
    document: bytes | None = session.execute(_VERSION, binds).scalar_one_or_none()
    return document


def data_of(session: Session, *, jurisdiction_id: UUID, number: int) -> dict[str, Any] | None:
    """Return the parsed document of a profile version, or None."""
    return session.scalar(_DATA, {"jurisdiction_id": jurisdiction_id, "number": number})


def announce(session: Session, *, now: datetime) -> int:
    """Store in each jurisdiction the number of its version in force, and count the changed rows.

    A changed row gets into the change log, from which devices and event streams learn of the new version.
    """
    return len(session.execute(_ANNOUNCE, {"now": now}).all())
