"""Use cases of calls for help of workers: notify, escalate, acknowledge and close.

The place of a call is never stored in the table of positions. It is erased some time after the call is closed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.coordinates import CoordSys
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.paging import key_after, page_body_of
from app.workforce.queries import positions
from app.workforce.queries import sos as queries
from app.workforce.queries import sos_calls as call_queries
from app.workforce.rules import sos as rules
from app.workforce.service.guards import instant


# One parameter for each member of the body, which views pass by name.
def raise_sos(  # noqa: PLR0913
    session: Session,
    actor: Actor,
    *,
    id: UUID,
    at: datetime | None = None,
    sent_at: datetime | None = None,
    lon: float | None = None,
    lat: float | None = None,
    accuracy_m: float | None = None,
    coord_sys: str = CoordSys.WGS84,
    note: str | None = None,
) -> tuple[bytes, bool]:
    """Store a call for help, and notify the first group of recipients. Idempotent by `id`.

    Args:
        at: Instant of the call by the device's clock; None: now.
        sent_at: When the device sent the call, by the device's clock.
        coord_sys: Coordinate system of `lon` and `lat`.

    Returns:
        (call as JSON, True if the call is new).

    Raises:
        Conflict: `id_reused`: another worker raised a call with this id.
        Forbidden: `not_a_worker`.
    """
    if not positions.is_worker(session, actor.id):
        raise Forbidden("not_a_worker")
    now = clock.now()
    sos_id = id
    place = rules.place(lon, lat, accuracy_m, coord_sys)
    raised_at = rules.raised_at(at, sent_at, now)
    values: dict[str, Any] = {"id": sos_id, "worker_id": actor.id, "raised_at": raised_at, "received_at": now}
    values |= dict(zip(("lon", "lat", "accuracy_m"), place or (None, None, None), strict=True))
    is_new = queries.insert_sos(session, values | {"note": note or None, "device_id": actor.device_id})
    if not is_new and queries.caller_of(session, sos_id) != actor.id:
        raise Conflict("id_reused")
    if is_new:
        recipients = _notify_next(session, actor.id, sos_id, place[:2] if place else None, after=-1, now=now)
        _record(session, actor, "sos.raise", actor.id, sos_id, told=recipients)
    return _item(session, actor, sos_id), is_new


def acknowledge_sos(session: Session, actor: Actor, *, sos_id: UUID) -> bytes:
    """Store that the actor takes care of a call for help, and return the call as JSON.

    If somebody has acknowledged the call already, nothing changes.
    """
    call = _lock_for_recipient(session, actor, sos_id)
    if call["acknowledged_at"] is None:
        now = clock.now()
        queries.acknowledge(session, sos_id, by=actor.id, now=now)
        queries.touch_recipients(session, sos_id, now=now)
        _record(session, actor, "sos.acknowledge", call["worker_id"], sos_id)
    return _item(session, actor, sos_id)


def close_sos(
    session: Session, actor: Actor, *, sos_id: UUID, outcome: str, note: str | None = None
) -> bytes:
    """Close a call for help with its outcome, and return the call as JSON. Idempotent.

    A call that nobody has acknowledged is acknowledged by the actor too.

    Raises:
        Conflict: `sos_closed`: the call was closed by another account or with another outcome.
    """
    call = _lock_for_recipient(session, actor, sos_id)
    if call["closed_at"] is not None:
        if (call["closed_by"], call["outcome"]) != (actor.id, outcome):
            raise Conflict("sos_closed")
        return _item(session, actor, sos_id)
    now = clock.now()
    queries.acknowledge(session, sos_id, by=actor.id, now=now)
    queries.close(session, sos_id, by=actor.id, outcome=outcome, note=note or None, now=now)
    queries.touch_recipients(session, sos_id, now=now)
    _record(session, actor, "sos.close", call["worker_id"], sos_id, outcome=outcome)
    return _item(session, actor, sos_id)


def sos_calls(
    session: Session, actor: Actor, *, is_open: bool | None, limit: int, cursor: str | None = None
) -> bytes:
    """Return a page of calls for help that the actor raised or was notified of, newest first."""
    row = call_queries.calls(
        session, actor, is_open=is_open, after=key_after(cursor, instant, UUID), limit=limit
    )
    return page_body_of(row, limit)


def sos_call(session: Session, actor: Actor, *, sos_id: UUID) -> bytes:
    """Return a call for help that the actor raised or was notified of.

    Raises:
        NotFound: There is no such call, or the actor may not see it.
    """
    return _item(session, actor, sos_id)


def unanswered_sos(session: Session, *, now: datetime, after: timedelta, limit: int) -> Sequence[UUID]:
    """Return ids of open calls for help for which more people are to be notified.

    Nobody has acknowledged these calls for the duration `after`, and not all groups of recipients were notified.
    """
    return queries.unanswered(session, told_before=now - after, last_wave=rules.LAST_WAVE, limit=limit)


def escalate_sos(session: Session, *, sos_id: UUID, now: datetime, after: timedelta) -> bool:
    """Notify the next group of recipients of a call for help.

    Returns False if the call was acknowledged, closed or escalated meanwhile.
    """
    call = queries.lock_sos(session, sos_id)
    if (
        call is None
        or (call["acknowledged_at"] or call["closed_at"]) is not None
        or call["told_at"] > now - after
        or call["wave"] >= rules.LAST_WAVE
    ):
        return False
    place = (call["lon"], call["lat"]) if call["lon"] is not None else None
    recipients = _notify_next(session, call["worker_id"], sos_id, place, after=call["wave"], now=now)
    queries.touch_recipients(session, sos_id, now=now)
    _record(session, SYSTEM, "sos.escalate", call["worker_id"], sos_id, told=recipients)
    return True


def sos_with_place(
    session: Session, *, now: datetime, place_stored_for: timedelta, limit: int
) -> Sequence[UUID]:
    """Return ids of calls for help closed so long ago that their place is to be erased."""
    return queries.with_place_to_erase(session, closed_before=now - place_stored_for, limit=limit)


def erase_sos_place(session: Session, *, sos_id: UUID, now: datetime) -> bool:
    """Erase the place of a call for help, on the server and on the devices of its recipients."""
    queries.erase_place(session, sos_id, now=now)
    queries.touch_recipients(session, sos_id, now=now)
    return True


def _notify_next(
    session: Session,
    worker_id: UUID,
    sos_id: UUID,
    place: tuple[float, float] | None,
    *,
    after: int,
    now: datetime,
) -> list[UUID]:
    candidates = queries.candidates(session, worker_id, place=place, now=now)
    wave, recipients = rules.next_wave(candidates, after=after)
    queries.insert_recipients(session, sos_id, recipients, wave=wave, now=now)
    return [recipient.account_id for recipient in recipients]


def _lock_for_recipient(session: Session, actor: Actor, sos_id: UUID) -> Any:
    """Lock and return a call for help of which the actor was notified."""
    call = queries.lock_sos(session, sos_id)
    if call is None or not queries.is_recipient(session, sos_id, actor.id):
        raise NotFound("not_found")
    return call


def _item(session: Session, actor: Actor, sos_id: UUID) -> bytes:
    item = call_queries.item(session, actor, sos_id)
    if item is None:
        raise NotFound("not_found")
    return item


def _record(
    session: Session, actor: Actor, action: str, worker_id: UUID, sos_id: UUID, **detail: Any
) -> None:
    """Record an action on a call for help in the audit trail, with the notified accounts.

    The place is never recorded.
    """
    accounts.record(
        session,
        actor,
        action=action,
        entity="worker",
        entity_id=worker_id,
        detail={"sos_id": sos_id, **detail},
    )
