"""Use cases of drafts and of the list of notices."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.areas import service as areas
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, Stale, invalid_field
from app.core.ids import uuid7
from app.core.paging import id_after, page_body
from app.notices.queries import notices as queries
from app.notices.rules.notices import CONSENTS, LANGUAGES_MAX, VALID_DAYS_MAX, VERTICES_MAX
from app.notices.service.attachments import attach
from app.profiles import service as profiles
from app.profiles.rules.profile import UNCLASSIFIED, CategoryUnknown, Profile
from app.profiles.rules.publicity import Publicity

_CONDITIONS = ("area_ids", "premises_kinds", "care_kinds", "geometry")
_DEFAULTS: dict[str, Any] = {
    "unit_id": None,
    "area_ids": [],
    "premises_kinds": [],
    "care_kinds": [],
    "geometry": None,
    "reply_category": UNCLASSIFIED,
}


def list_notices(
    session: Session,
    actor: Actor,
    *,
    state: str | None = None,
    purpose: str | None = None,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """Return one page of the notices that the actor sees (JSON), the newest first."""
    after, now = id_after(cursor), clock.now()
    row = queries.page(session, actor, state=state, purpose=purpose, now=now, after=after, limit=limit)
    return page_body(row["items"], row["next_key"])


def notice(session: Session, actor: Actor, *, notice_id: UUID) -> tuple[bytes, int]:
    """Return a notice that the actor sees (JSON), and its version.

    Raises:
        NotFound: There is no such notice, or the actor does not see it.
    """
    row = queries.notice(session, actor, notice_id, now=clock.now())
    if row is None:
        raise NotFound("not_found")
    return row["item"], row["version"]


def create_notice(
    session: Session, actor: Actor, *, sender_area_id: UUID, **members: Any
) -> tuple[bytes, int]:
    """Store a draft. Return it (JSON) and its version.

    Raises:
        NotFound: The actor writes no notices in the whole area of the sender.
        Invalid: A member is not allowed.
    """
    now = clock.now()
    jurisdiction_id = queries.jurisdiction_of_sender(session, actor, sender_area_id, now=now)
    if jurisdiction_id is None:
        raise NotFound("not_found")
    items = members.pop("attachments", [])
    draft = _DEFAULTS | {"valid_from": now} | members
    _require_sound(session, actor, draft, jurisdiction_id, sender_area_id)
    notice_id = uuid7()
    values = {"id": notice_id, "jurisdiction_id": jurisdiction_id, "sender_area_id": sender_area_id}
    queries.create(session, draft | values | {"actor_id": actor.id, "now": now})
    if items:
        attach(session, actor, notice_id=notice_id, items=items)
    accounts.record(session, actor, action="notice.create", entity="notice", entity_id=notice_id)
    return notice(session, actor, notice_id=notice_id)


def change_notice(
    session: Session, actor: Actor, *, notice_id: UUID, expected: int | None, changes: dict[str, Any]
) -> tuple[bytes, int]:
    """Change a draft. Return it (JSON) and its version.

    Raises:
        NotFound: There is no such notice, or the actor writes no notices in its sender's area.
        Forbidden: It is of another author.
        Conflict: It is no draft any more.
        Stale: The stored version is not `expected`.
    """
    row = require_draft(session, actor, notice_id)
    if expected not in (None, row["version"]):
        raise Stale("version_stale")
    if changes:
        detail = {"fields": sorted(changes)}
        items = changes.pop("attachments", None)
        draft = queries.draft(session, notice_id) | changes
        _require_sound(session, actor, draft, row["jurisdiction_id"], row["area_id"])
        queries.change(session, draft | {"id": notice_id})
        if items is not None:
            attach(session, actor, notice_id=notice_id, items=items)
        accounts.record(
            session, actor, action="notice.change", entity="notice", entity_id=notice_id, detail=detail
        )
    return notice(session, actor, notice_id=notice_id)


def require_draft(session: Session, actor: Actor, notice_id: UUID) -> RowMapping:
    """Lock and return a draft of the actor.

    Raises:
        NotFound: There is no such notice, or the actor writes no notices in its sender's area.
        Forbidden: It is of another author.
        Conflict: It is no draft any more.
    """
    row = require_of_sender(session, actor, notice_id, Permission.NOTICE_WRITE, is_locked=True)
    if row["created_by"] != actor.id:
        raise Forbidden("notice_of_another")
    if row["state"] != "draft":
        raise Conflict("notice_not_draft")
    return row


def require_of_sender(
    session: Session, actor: Actor, notice_id: UUID, permission: Permission, *, is_locked: bool = False
) -> RowMapping:
    """Return the columns of a notice in whose sender's area the actor holds `permission`.

    Raises:
        NotFound: There is none.
    """
    now = clock.now()
    row = queries.of_sender(session, actor, notice_id, permission, now=now, is_locked=is_locked)
    if row is None:
        raise NotFound("not_found")
    return row


def today_in(session: Session, jurisdiction_id: UUID, now: datetime) -> date:
    """Return the present day in a jurisdiction."""
    return now.astimezone(profile_of(session, jurisdiction_id).calendar.zone).date()


def profile_of(session: Session, jurisdiction_id: UUID) -> Profile:
    """Return the rules of a jurisdiction that are in force now."""
    return profiles.profile_at(session, jurisdiction_id, clock.now()).profile


def _require_sound(
    session: Session, actor: Actor, draft: dict[str, Any], jurisdiction_id: UUID, sender_area_id: UUID
) -> None:
    """Raise Invalid if members of a draft contradict each other, the areas or the profile."""
    if not any(draft[name] for name in _CONDITIONS):
        raise Invalid("notice_addresses_nobody")
    if not {"zh", "en"} & set(draft["texts"]) or len(draft["texts"]) > LANGUAGES_MAX:
        raise invalid_field("texts", "notice_language_missing")
    alone = [channel for channel in CONSENTS if channel in draft["channels"]]
    if alone and "visit" not in draft["channels"]:
        raise invalid_field("channels", f"notice_{alone[0]}_alone")
    valid_from, valid_until = draft["valid_from"], draft["valid_until"]
    if not valid_from < valid_until <= valid_from + timedelta(days=VALID_DAYS_MAX):
        raise invalid_field("valid_until", "out_of_range")
    _require_geometry(draft)
    if queries.areas_outside(session, sender_area_id, draft["area_ids"]):
        raise invalid_field("area_ids", "notice_area_outside")
    if draft["unit_id"] is not None:
        areas.unit(session, actor, unit_id=draft["unit_id"])
    _require_category(profile_of(session, jurisdiction_id), draft["reply_category"])


def _require_geometry(draft: dict[str, Any]) -> None:
    geometry = draft["geometry"]
    if geometry is None or isinstance(geometry, str):
        return
    if shapely.get_num_coordinates(geometry) > VERTICES_MAX:
        raise invalid_field("geometry", "notice_geometry_long", most=VERTICES_MAX)
    if not geometry.is_valid:
        raise invalid_field("geometry", "geometry_invalid")
    draft["geometry"] = geometry.wkt


def _require_category(profile: Profile, code: str) -> None:
    try:
        category = profile.category(code)
    except CategoryUnknown:
        raise invalid_field("reply_category", "category_unknown") from None
    if category.publicity is not Publicity.NOT_PUBLIC:
        raise invalid_field("reply_category", "notice_category_public")
