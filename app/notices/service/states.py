"""Use cases of the states of households: pages, coverage, receipts, wishes to get no notices."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Conflict, NotFound, invalid_field
from app.core.paging import id_after, page_body
from app.notices.queries import notices as queries
from app.notices.queries import opt_outs, states
from app.notices.rules.notices import AHEAD_AT_MOST, LATE_AT_MOST, PREVIEW_GRIDS_MAX


def require_seen(session: Session, actor: Actor, notice_id: UUID) -> RowMapping:
    """Return the columns of a notice that the actor sees.

    Raises:
        NotFound: There is none.
    """
    row = queries.seen(session, actor, notice_id, now=clock.now())
    if row is None:
        raise NotFound("not_found")
    return row


def addressees(
    session: Session,
    actor: Actor,
    *,
    notice_id: UUID,
    state: Sequence[str] | None = None,
    grid_id: UUID | None = None,
    in_no_grid: bool = False,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """Return one page of the addressees that the actor sees (JSON), in order of their ids.

    Raises:
        NotFound: The actor sees no such notice.
    """
    require_seen(session, actor, notice_id)
    binds: dict[str, Any] = {
        "notice_id": notice_id,
        "states": list(state) if state else None,
        "grid_id": grid_id,
    }
    binds |= {"in_no_grid": in_no_grid, "after": id_after(cursor), "limit": limit}
    row = states.page(session, actor, binds, now=clock.now())
    return page_body(row["items"], row["next_key"])


def addressee(session: Session, actor: Actor, *, notice_id: UUID, household_id: UUID) -> bytes:
    """Return an addressee with its history (JSON).

    Raises:
        NotFound: The actor sees no such addressee.
    """
    require_seen(session, actor, notice_id)
    item = states.detail(session, actor, notice_id, household_id, now=clock.now())
    if item is None:
        raise NotFound("not_found")
    return item


def coverage(session: Session, actor: Actor, *, notice_id: UUID) -> bytes:
    """Return the numbers of addressees by state and by grid, the worst grids first (JSON).

    Raises:
        NotFound: The actor sees no such notice.
    """
    require_seen(session, actor, notice_id)
    return states.coverage(session, actor, notice_id, now=clock.now(), grids=PREVIEW_GRIDS_MAX)


def coverages(session: Session, actor: Actor, *, ids: Sequence[str]) -> bytes:
    """Return the numbers of addressees of the published notices with these ids that the actor sees (JSON).

    Raises:
        Invalid: An id is no UUID.
    """
    try:
        notice_ids = [UUID(id) for id in ids]
    except ValueError:
        raise invalid_field("ids", "invalid") from None
    return b'{"items":' + states.coverages(session, actor, notice_ids, now=clock.now()) + b"}"


def record_receipt(
    session: Session,
    actor: Actor,
    *,
    notice_id: UUID,
    household_id: UUID,
    id: UUID,
    state: str,
    channel: str = "visit",
    happened_at: datetime | None = None,
) -> tuple[bytes, bool]:
    """Record what happened to a notice at a household. Idempotent by `id`.

    Return the addressee (JSON), and True if this call stored the receipt. The newest receipt of the highest rank is the
    state, so receipts of phones without network may arrive in any order.

    Raises:
        NotFound: There is no such addressee, or the actor may not edit the register there.
        Conflict: The id was used for another receipt, the household opted out, or the notice was withdrawn before.
        Invalid: `happened_at` is in the future, too long ago, or before the publication.
    """
    notice = require_seen(session, actor, notice_id)
    now = clock.now()
    row = states.lock(session, actor, notice_id, household_id, Permission.HOUSEHOLD_EDIT, now=now)
    if row is None:
        raise NotFound("not_found")
    values = {"notice_id": notice_id, "household_id": household_id, "state": state, "channel": channel}
    values |= {"actor_id": actor.id}
    earlier = states.event_of_receipt(session, id)
    if earlier is not None:
        if dict(earlier) != values:
            raise Conflict("id_reused")
        return addressee(session, actor, notice_id=notice_id, household_id=household_id), False
    occurred_at = happened_at or now
    _require_time(notice, occurred_at, now)
    if row["state"] == "opted_out":
        raise Conflict("notice_opted_out")
    states.add_event(session, values | {"receipt_id": id, "occurred_at": occurred_at})
    detail = {"household_id": household_id, "state": state, "channel": channel}
    accounts.record(
        session, actor, action="notice.receipt", entity="notice", entity_id=notice_id, detail=detail
    )
    return addressee(session, actor, notice_id=notice_id, household_id=household_id), True


def _require_time(notice: RowMapping, occurred_at: datetime, now: datetime) -> None:
    if occurred_at > now + AHEAD_AT_MOST:
        raise invalid_field("happened_at", "in_future")
    if occurred_at < max(now - LATE_AT_MOST, notice["published_at"]):
        raise invalid_field("happened_at", "out_of_range")
    if notice["withdrawn_at"] is not None and occurred_at >= notice["withdrawn_at"]:
        raise Conflict("notice_withdrawn")


def wishes(session: Session, actor: Actor, *, household_id: UUID) -> bytes:
    """Return what notices a household does not want (JSON).

    Raises:
        NotFound: The actor does not see the household.
    """
    if not opt_outs.holds(session, actor, household_id, Permission.HOUSEHOLD_READ, now=clock.now()):
        raise NotFound("not_found")
    return b'{"items":' + opt_outs.wishes(session, household_id) + b"}"


def set_wishes(
    session: Session, actor: Actor, *, household_id: UUID, items: Sequence[dict[str, Any]]
) -> bytes:
    """Store what notices a household does not want, in place of its present wishes. Return them (JSON).

    Raises:
        NotFound: The actor may not edit the household.
    """
    now = clock.now()
    if not opt_outs.lock(session, actor, household_id, Permission.HOUSEHOLD_EDIT, now=now):
        raise NotFound("not_found")
    wished = list(dict.fromkeys((item["purpose"], item["channel"]) for item in items))
    opt_outs.replace(session, household_id, wished, actor_id=actor.id, now=now)
    accounts.record(
        session,
        actor,
        action="notice.opt_outs",
        entity="household",
        entity_id=household_id,
        detail={"opt_outs": len(wished)},
    )
    return wishes(session, actor, household_id=household_id)
