"""Use cases of the states of households: pages, coverage, wishes to get no notices. Receipts: `receipts`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import NotFound, invalid_field
from app.core.paging import id_after, page_body
from app.notices.queries import notices as queries
from app.notices.queries import opt_outs, states
from app.notices.rules.notices import PREVIEW_GRIDS_MAX


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
