"""Use cases of the preview and publication of a notice: count, publish, approve, refuse, withdraw."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock, jobs
from app.core.actor import Actor, Permission
from app.core.db import set_statement_timeout
from app.core.errors import Conflict, Forbidden
from app.core.paging import id_after, page_body
from app.notices.queries import addressees, previews
from app.notices.queries import notices as queries
from app.notices.rules.notices import (
    APPROVAL_WINDOW,
    CONSENTS,
    FREEZE_TIMEOUT_MS,
    PREVIEW_GRIDS_MAX,
    needs_approval,
)
from app.notices.service.attachments import remove_attachments, require_ready
from app.notices.service.batches import add_next_jobs
from app.notices.service.links import require_open_city
from app.notices.service.messages import message_routes
from app.notices.service.notices import notice, profile_of, require_draft, require_of_sender, today_in
from app.settings import Settings


def preview(session: Session, actor: Actor, *, notice_id: UUID, settings: Settings) -> bytes:
    """Return how many households a notice reaches now, in all and by grid (JSON).

    Raises:
        NotFound: There is no such notice, or the actor does not see the whole area of its sender.
    """
    row = require_of_sender(session, actor, notice_id, Permission.NOTICE_READ)
    item: bytes = _reach(session, row, settings, grids=PREVIEW_GRIDS_MAX, plans_anew=True)["item"]
    return item


def previewed_households(
    session: Session,
    actor: Actor,
    *,
    notice_id: UUID,
    settings: Settings,
    is_reached: bool = True,
    grid_id: UUID | None = None,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """Return one page of the households that a notice addresses now (JSON), in order of their ids.

    Raises:
        NotFound: There is no such notice, or the actor does not see the whole area of its sender.
    """
    after, now = id_after(cursor), clock.now()
    row = require_of_sender(session, actor, notice_id, Permission.NOTICE_READ)
    page = addressees.page(
        session,
        actor,
        row,
        is_reached=is_reached,
        grid_id=grid_id,
        today=today_in(session, row["jurisdiction_id"], now),
        routes=message_routes(settings),
        now=now,
        after=after,
        limit=limit,
    )
    return page_body(page["items"], page["next_key"])


def publish(
    session: Session, actor: Actor, *, notice_id: UUID, confirmed_households: int, settings: Settings
) -> tuple[bytes, int]:
    """Publish a draft of the actor, or let it wait for a second person. Return it (JSON) and its version.

    Raises:
        NotFound: There is no such notice, or the actor writes no notices in its sender's area.
        Forbidden: It is of another author.
        Conflict: It is no draft, reaches another number than the confirmed one, or nobody, or is over, or a file is not ready.
    """
    row = require_draft(session, actor, notice_id)
    _require_current(row)
    require_ready(session, notice_id)
    now = clock.now()
    alone = queries.published_alone(session, actor.id, since=now - APPROVAL_WINDOW)
    limit = profile_of(session, row["jurisdiction_id"]).household_notices.approval_from
    if needs_approval(households=confirmed_households, published_alone=alone, approval_from=limit):
        _require_confirmed(_reach(session, row, settings, grids=1), confirmed_households)
        queries.submit(session, notice_id, households=confirmed_households, now=now)
        _record(session, actor, "notice.submit", notice_id, households=confirmed_households)
    else:
        is_stored = _freeze(session, row, confirmed_households, settings)
        queries.publish(
            session,
            notice_id,
            is_stored=is_stored,
            households=confirmed_households,
            decided_by=None,
            note=None,
            now=now,
        )
        _record(session, actor, "notice.publish", notice_id, households=confirmed_households)
    return notice(session, actor, notice_id=notice_id)


def approve(
    session: Session,
    actor: Actor,
    *,
    notice_id: UUID,
    confirmed_households: int,
    settings: Settings,
    note: str | None = None,
) -> tuple[bytes, int]:
    """Approve and publish the notice of another person. Return it (JSON) and its version.

    Raises:
        NotFound: There is no such notice, or the actor approves none in its sender's area.
        Forbidden: The actor is its author.
        Conflict: It does not wait for approval, reaches another number than the confirmed one, or is over.
    """
    row = _require_waiting(session, actor, notice_id)
    _require_current(row)
    is_stored = _freeze(session, row, confirmed_households, settings)
    queries.publish(
        session,
        notice_id,
        is_stored=is_stored,
        households=confirmed_households,
        decided_by=actor.id,
        note=note,
        now=clock.now(),
    )
    _record(session, actor, "notice.approve", notice_id, households=confirmed_households)
    return notice(session, actor, notice_id=notice_id)


def refuse(session: Session, actor: Actor, *, notice_id: UUID, note: str) -> tuple[bytes, int]:
    """Refuse the notice of another person: it is a draft again. Return it (JSON) and its version.

    Raises:
        NotFound: There is no such notice, or the actor approves none in its sender's area.
        Forbidden: The actor is its author.
        Conflict: It does not wait for approval.
    """
    _require_waiting(session, actor, notice_id)
    queries.refuse(session, notice_id, actor_id=actor.id, note=note, now=clock.now())
    _record(session, actor, "notice.refuse", notice_id)
    return notice(session, actor, notice_id=notice_id)


def withdraw(session: Session, actor: Actor, *, notice_id: UUID, reason: str) -> tuple[bytes, int]:
    """Withdraw a notice in whichever state. Return it (JSON) and its version.

    Raises:
        NotFound: There is no such notice, or the actor writes no notices in its sender's area.
        Conflict: It is withdrawn already.
    """
    row = require_of_sender(session, actor, notice_id, Permission.NOTICE_WRITE, is_locked=True)
    if row["state"] == "withdrawn":
        raise Conflict("notice_withdrawn")
    if row["published_at"] is None:
        # Nobody got it, so nobody needs its files.
        remove_attachments(session, notice_id)
    queries.withdraw(session, notice_id, actor_id=actor.id, reason=reason, now=clock.now())
    _record(session, actor, "notice.withdraw", notice_id)
    return notice(session, actor, notice_id=notice_id)


def _require_waiting(session: Session, actor: Actor, notice_id: UUID) -> RowMapping:
    row = require_of_sender(session, actor, notice_id, Permission.NOTICE_APPROVE, is_locked=True)
    if row["created_by"] == actor.id:
        raise Forbidden("notice_own")
    if row["state"] != "awaiting_approval":
        raise Conflict("notice_not_waiting")
    return row


def _require_current(row: RowMapping) -> None:
    if row["valid_until"] <= clock.now():
        raise Conflict("notice_over")


def _require_confirmed(reach: RowMapping, confirmed: int) -> None:
    if reach["households"] != confirmed:
        numbers = {"households": reach["households"], "opted_out": reach["opted_out"]}
        raise Conflict(
            "notice_reach_changed", extra=numbers, confirmed=confirmed, households=reach["households"]
        )
    if confirmed == 0:
        raise Conflict("notice_reaches_nobody")


def _reach(
    session: Session, row: RowMapping, settings: Settings, *, grids: int, plans_anew: bool = False
) -> RowMapping:
    """Return whom a notice reaches now, as `previews.summary` does."""
    profile = profile_of(session, row["jurisdiction_id"])
    return previews.summary(
        session,
        row,
        today=today_in(session, row["jurisdiction_id"], clock.now()),
        routes=message_routes(settings),
        grids=grids,
        approval_from=profile.household_notices.approval_from,
        plans_anew=plans_anew,
    )


def _freeze(session: Session, row: RowMapping, confirmed: int, settings: Settings) -> bool:
    """Fix the addressees, and add the next job. An error after this rolls both back.

    Return True if their states are stored; False if they are many, so that a job stores the states.
    """
    now = clock.now()
    today = today_in(session, row["jurisdiction_id"], now)
    routes = message_routes(settings)
    is_stored = False
    if confirmed <= settings.notice_request_households:
        most = settings.notice_request_addressees
        reach = addressees.freeze(session, row, today=today, routes=routes, now=now, most=most)
        is_stored = reach["is_stored"]
    if not is_stored:
        set_statement_timeout(session, FREEZE_TIMEOUT_MS)
        size = settings.notice_batch_addressees
        reach = addressees.freeze_batches(session, row, today=today, routes=routes, size=size)
    _require_confirmed(reach, confirmed)
    if CONSENTS.keys() & set(row["channels"]):
        require_open_city(session, row)
    if not is_stored:
        session.execute(jobs.ENQUEUE, jobs.enqueue_binds("notices.store_addressees", queue=jobs.PUBLICATIONS))
        return False
    add_next_jobs(session, row["channels"])
    return True


def _record(session: Session, actor: Actor, action: str, notice_id: UUID, **detail: Any) -> None:
    accounts.record(session, actor, action=action, entity="notice", entity_id=notice_id, detail=detail)
