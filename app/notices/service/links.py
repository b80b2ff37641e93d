"""Use cases of staff with the secrets of households: make and revoke links, list replies."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Conflict, NotFound
from app.core.paging import id_after, page_body
from app.notices.queries import links as queries
from app.notices.queries import states
from app.notices.service.states import require_seen
from app.profiles import service as profiles
from app.public import service as public


def make_link(session: Session, actor: Actor, *, notice_id: UUID, household_id: UUID) -> str:
    """Make the secret link of a household, in place of an earlier one, and return its secret, which is not stored.

    Raises:
        NotFound: There is no such addressee, or the actor may not edit the register there.
        Conflict: The notice is not running, the household opted out of links, or the public pages of the city are closed.
    """
    notice = require_running(session, actor, notice_id)
    require_open_city(session, notice)
    secret = public.new_secret()
    deliver_secret(session, actor, notice_id, household_id, channel="link", digest=public.digest_of(secret))
    _record(session, actor, "notice.link", notice_id, household_id)
    return secret


def deliver_secret(
    session: Session, actor: Actor, notice_id: UUID, household_id: UUID, *, channel: str, digest: bytes
) -> None:
    """Store a new secret of a household, and that the notice was sent.

    Raises:
        NotFound: There is no such addressee, or the actor may not edit the register there.
        Conflict: The household opted out of the channel, or the notice does not use it (`notice_channel_closed`).
    """
    now = clock.now()
    if states.lock(session, actor, notice_id, household_id, Permission.HOUSEHOLD_EDIT, now=now) is None:
        raise NotFound("not_found")
    binds = {"notice_id": notice_id, "household_id": household_id, "channel": channel, "now": now}
    if not queries.set_secret(session, binds | {"digest": digest}):
        raise Conflict("notice_channel_closed")
    step = {"state": "sent", "actor_id": actor.id, "receipt_id": None, "occurred_at": now}
    states.add_event(session, binds | step)


def revoke_link(session: Session, actor: Actor, *, notice_id: UUID, household_id: UUID) -> None:
    """Revoke the link of a household.

    Raises:
        NotFound: There is no such link, or the actor may not edit the register there.
    """
    require_seen(session, actor, notice_id)
    now = clock.now()
    row = states.lock(session, actor, notice_id, household_id, Permission.HOUSEHOLD_EDIT, now=now)
    binds = {"notice_id": notice_id, "household_id": household_id, "channel": "link", "now": now}
    if row is None or not queries.revoke(session, binds):
        raise NotFound("not_found")
    _record(session, actor, "notice.revoke_link", notice_id, household_id)


def replies(
    session: Session, actor: Actor, *, notice_id: UUID, limit: int, cursor: str | None = None
) -> bytes:
    """Return one page of the replies to a notice with their cases (JSON), the newest first.

    Raises:
        NotFound: The actor sees no such notice.
    """
    require_seen(session, actor, notice_id)
    row = queries.replies(session, actor, notice_id, now=clock.now(), after=id_after(cursor), limit=limit)
    return page_body(row["items"], row["next_key"])


def visible_replies(session: Session, actor: Actor, report_ids: Sequence[UUID]) -> Mapping[UUID, RowMapping]:
    """Return those of the replies to notices whose household and case the actor sees, by the id of the report.

    Columns: `jurisdiction_id`, `case_id`, `case_no`, `notice_id`, `notice_titles`.
    """
    return queries.visible_replies(session, actor, report_ids, now=clock.now())


def require_running(session: Session, actor: Actor, notice_id: UUID) -> RowMapping:
    """Return a published notice that the actor sees and that has not ended.

    Raises:
        NotFound: The actor sees no such notice.
        Conflict: It is not running.
    """
    notice = require_seen(session, actor, notice_id)
    if notice["shown_state"] != "published":
        raise Conflict("notice_not_running")
    return notice


def require_open_city(session: Session, notice: RowMapping) -> public.PublicCity:
    """Return the city of a notice, whose public pages are open.

    Raises:
        Conflict: They are closed (`notice_pages_closed`).
    """
    body, _ = profiles.jurisdiction(session, notice["jurisdiction_id"])
    try:
        return public.open_city(session, orjson.loads(body)["code"])
    except NotFound:
        raise Conflict("notice_pages_closed") from None


def _record(session: Session, actor: Actor, action: str, notice_id: UUID, household_id: UUID) -> None:
    detail: dict[str, Any] = {"household_id": household_id}
    accounts.record(session, actor, action=action, entity="notice", entity_id=notice_id, detail=detail)
