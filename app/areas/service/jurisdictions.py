"""Use cases that create a jurisdiction with its root unit, or find the profile at a point.

The root unit owns the categories that no other unit owns.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.areas.queries import places
from app.areas.queries import units as unit_queries
from app.core import clock
from app.core.actor import SYSTEM, Actor, Permission
from app.core.errors import Forbidden, Unavailable
from app.core.ids import uuid7
from app.profiles import service as profiles
from app.profiles.service import ProfileInForce

DEFAULT_CODE = "default"
DEFAULT_NAME = {"zh": "默认辖区", "en": "Default jurisdiction"}
ROOT_UNIT_NAME = {"zh": "指挥中心", "en": "Command centre"}


def create_jurisdiction(
    session: Session,
    actor: Actor,
    *,
    code: str,
    name: dict[str, str],
    profile_data: dict[str, Any],
    jurisdiction_id: UUID | None = None,
) -> UUID:
    """Store a jurisdiction with version 1 of its profile and its root unit."""
    _require_everywhere(actor)
    jurisdiction_id = jurisdiction_id or uuid7()
    profiles.add_jurisdiction(
        session, actor, jurisdiction_id=jurisdiction_id, code=code, name=name, profile_data=profile_data
    )
    unit_id = uuid7()
    unit_queries.insert_unit(
        session,
        {
            "id": unit_id,
            "jurisdiction_id": jurisdiction_id,
            "area_id": None,
            "code": f"{code}-command",
            "name": ROOT_UNIT_NAME,
            "contact": None,
            "created_at": clock.now(),
        },
    )
    profiles.set_root_unit(session, jurisdiction_id, unit_id)
    accounts.record(
        session,
        actor,
        action="jurisdiction.create",
        entity="jurisdiction",
        entity_id=jurisdiction_id,
        detail={"code": code, "root_unit_id": unit_id},
    )
    return jurisdiction_id


def open_jurisdiction(
    session: Session,
    actor: Actor,
    *,
    code: str,
    name: dict[str, str],
    timezone: str,
    profile_data: dict[str, Any],
) -> tuple[bytes, int]:
    """Create a jurisdiction in a time zone. Return (jurisdiction as JSON, version of its row).

    Args:
        timezone: IANA name. It replaces the time zone of the profile.
    """
    profile_document = profile_data | {"timezone": timezone}
    jurisdiction_id = create_jurisdiction(session, actor, code=code, name=name, profile_data=profile_document)
    return profiles.jurisdiction(session, jurisdiction_id)


def ensure_default_jurisdiction(session: Session) -> None:
    """Create a jurisdiction with the generic profile if there is none.

    A report needs a jurisdiction, even the first report of an installation.
    """
    if not profiles.has_jurisdiction(session):
        create_jurisdiction(
            session,
            SYSTEM,
            code=DEFAULT_CODE,
            name=DEFAULT_NAME,
            profile_data=profiles.packaged_profile("generic"),
        )


def profile_at_place(session: Session, *, lon: float, lat: float, at: datetime) -> ProfileInForce:
    """Return the profile in force at a point (WGS 84).

    If no area covers the point, return the profile of the default jurisdiction.

    Raises:
        Unavailable: There is no jurisdiction.
    """
    profile_id = places.profile_id_at_place(session, lon=lon, lat=lat, at=at)
    if profile_id is None:
        raise Unavailable("no_jurisdiction")
    return profiles.profile_by_id(session, profile_id)


def _require_everywhere(actor: Actor) -> None:
    if not actor.everywhere_with(Permission.PROFILE_EDIT):
        raise Forbidden("permission_missing", permission=Permission.PROFILE_EDIT.value)
