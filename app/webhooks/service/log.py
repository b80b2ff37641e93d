"""The log of events for a reader: pages after a cursor, of cases that the reader may see now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Gone, invalid_field
from app.incidents import service as incidents
from app.webhooks.queries import log as queries
from app.webhooks.queries.log import Filters, Stretch
from app.webhooks.rules.cursors import Cursor, Window, parse_cursor, shortened
from app.webhooks.rules.event_types import body_of, data_of, event_id, type_of

OLDEST = "oldest"


class Page(NamedTuple):
    """A page of the log.

    Attributes:
        events: Each with `event_id`, `type`, `seq`, `incident_id`, `action`, `from_status`, `to_status`, `occurred_at`.
        is_last: There are no further events at this time.
    """

    events: list[dict[str, Any]]
    cursor: Cursor
    is_last: bool


def present_cursor(session: Session) -> Cursor:
    """Return the cursor of now: the events that are committed later come after it."""
    state = queries.log_state(session)
    return Cursor(state.epoch, state.life, shortened(state.cur))


def cursor_after(session: Session, after: str | None) -> Cursor:
    """Return the cursor of a request. None: now; `oldest`: before the oldest event that is kept.

    Raises:
        Invalid: No server can have issued the cursor.
    """
    if after is None:
        return present_cursor(session)
    if after == OLDEST:
        state = queries.log_state(session)
        return Cursor(state.epoch, state.life, f"{state.oldest}:{state.oldest}:")
    try:
        return parse_cursor(after)
    except (ValueError, TypeError):
        raise invalid_field("after", "cursor_invalid") from None


def read_page(
    session: Session,
    reader: Actor,
    cursor: Cursor,
    *,
    filters: Filters,
    limit: int,
    now: datetime,
    most_scanned: int = queries.MOST_SCANNED,
) -> Page:
    """Return the next page of events of cases that the reader sees now.

    Args:
        most_scanned: A page looks at no more events; with fewer than `limit` it may not be the last one.

    Raises:
        Gone: `event_cursor_expired`: the log does not have all events since the cursor.
    """
    state = queries.log_state(session, prev=cursor.prev, last=cursor.last, life=cursor.life)
    if state.epoch != cursor.epoch or not state.is_past:
        raise Gone("event_cursor_expired", extra={"reason": "epoch"})
    if not state.is_kept:
        raise Gone("event_cursor_expired", extra={"reason": "too_old"})
    window = cursor.window
    # What was committed after a window began is not in it: only at the end of one that began now there are no further events.
    is_new = window is None
    if window is None:
        cur = shortened(state.cur)
        bounds = queries.window_between(session, prev=cursor.prev, cur=cur)
        if bounds is None:
            return Page([], Cursor(state.epoch, state.life, cur), is_last=True)
        window = Window(cur, bounds[0] - 1, bounds[1])
        cursor = Cursor(state.epoch, state.life, cursor.prev, window)
    stretch = Stretch(cursor.prev, window.cur, window.after, window.top)
    row = queries.page(
        session, reader, stretch, filters=filters, limit=limit, now=now, most_scanned=most_scanned
    )
    items: list[dict[str, Any]] = orjson.loads(row["items"])
    after = window.top
    if row["scanned"] is None:
        after = items[-1]["seq"]
    elif row["scanned"] == most_scanned:
        after = row["scanned_to"]
    is_completed = after >= window.top
    return Page(
        [event for event in map(_event, items) if event["type"] is not None],
        cursor.completed() if is_completed else cursor.at(after),
        is_completed and is_new,
    )


def events_after(session: Session, reader: Actor, *, after: str | None, limit: int) -> bytes:
    """Return a page of events as JSON, each with its id and the case as the reader sees it now."""
    cursor = cursor_after(session, after)
    page = read_page(session, reader, cursor, filters=Filters(), limit=limit, now=clock.now())
    cases = cases_of(session, reader, page.events)
    items = [
        b'{"id":' + orjson.dumps(event["event_id"]) + b"," + message[1:]
        for event in page.events
        if (message := message_of(event, cases)) is not None
    ]
    tail = orjson.dumps({"next": str(page.cursor), "has_more": not page.is_last})
    return b"".join((b'{"items":[', b",".join(items), b"],", tail[1:]))


def cases_of(session: Session, reader: Actor, events: Sequence[Any]) -> dict[UUID, bytes]:
    """Return the cases of events that the reader sees now, as JSON by id."""
    ids = {event["incident_id"] for event in events if event["incident_id"] is not None}
    return incidents.visible_cases(session, reader, ids=ids) if ids else {}


def message_of(event: Any, cases: dict[UUID, bytes]) -> bytes | None:
    """Return the body of the message for an event; None: the reader does not see its case."""
    case = cases.get(event["incident_id"])
    return None if case is None else body_of(event["type"], event["occurred_at"], data_of(event, case))


def _event(item: dict[str, Any]) -> dict[str, Any]:
    incident_id = UUID(item["incident_id"])
    recorded_at = datetime.fromisoformat(item.pop("recorded_at"))
    return item | {
        "event_id": event_id(item["seq"], incident_id, recorded_at),
        "type": type_of(item["action"], item["from_status"], item["to_status"]),
        "incident_id": incident_id,
        "occurred_at": datetime.fromisoformat(item["occurred_at"]),
    }
