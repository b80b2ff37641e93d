"""Statements on `webhook_delivery`: insert, read a batch, record results, list, replay."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text

# The numbers of the messages follow the order of the events.
_INSERT = sql_text("""
  insert into webhook_delivery (subscription_id, event_id, type, incident_id, event_seq, action, from_status, to_status,
                                occurred_at, created_at, due_at)
  select :subscription_id, r.event_id, r.type, r.incident_id, r.seq, r.action, r.from_status, r.to_status, r.occurred_at,
         :now, :now
  from json_to_recordset(cast(:rows as json))
    r(event_id uuid, type text, incident_id uuid, seq bigint, action text, from_status text, to_status text,
      occurred_at timestamptz)
  order by r.seq
  on conflict (subscription_id, event_id) do nothing
""")
# A message whose attempt failed holds the later ones of its case until it is due. Messages that are due are in the batch in
# order.
_BATCH = sql_text("""
  with held as materialized (
    select h.incident_id, min(h.id) since from webhook_delivery h
    where h.subscription_id = :subscription_id and h.state = 'waiting' and h.due_at > :now group by h.incident_id)
  select d.id, d.event_id, d.type, d.incident_id, d.action, d.from_status, d.to_status, d.occurred_at, d.attempts
  from webhook_delivery d
  where d.subscription_id = :subscription_id and d.state = 'waiting' and d.due_at <= :now
    and not exists (select from held where held.incident_id = d.incident_id and held.since < d.id)
  order by d.id limit :most
""")
_COUNT_WAITING = sql_text("""
  select count(*) from (select from webhook_delivery
                        where subscription_id = :subscription_id and state = 'waiting' limit :most) w
""")
_END = sql_text("""
  update webhook_delivery d
  set state = r.state, reason = r.reason, attempts = d.attempts + r.tried, ended_at = :now
  from unnest(cast(:ids as bigint[]), cast(:states as text[]), cast(:reasons as text[]), cast(:tried as int[]))
    r(id, state, reason, tried)
  where d.id = r.id and d.state = 'waiting'
""")
_POSTPONE = sql_text("""
  update webhook_delivery d set due_at = r.due_at, attempts = d.attempts + r.tried, reason = r.reason
  from unnest(cast(:ids as bigint[]), cast(:due_ats as timestamptz[]), cast(:tried as int[]), cast(:reasons as text[]))
    r(id, due_at, tried, reason)
  where d.id = r.id and d.state = 'waiting'
""")
_PAGE = sql_text("""
  select d.id, d.event_id, d.type, d.incident_id, d.occurred_at, d.state, d.reason, d.attempts, d.due_at, d.ended_at
  from webhook_delivery d
  where d.subscription_id = :subscription_id and d.state = any(cast(:states as text[]))
    and d.id < coalesce(cast(:before as bigint), 9223372036854775807)
  order by d.id desc limit :most
""")
_REPLAY = sql_text("""
  update webhook_delivery set state = 'waiting', attempts = 0, due_at = :now, ended_at = null
  where subscription_id = :subscription_id
    and case when cast(:ids as uuid[]) is null then state = 'dead' else event_id = any(cast(:ids as uuid[])) end
    and state <> 'waiting'
  returning id
""")
_DELETE_ENDED = sql_text("""
  delete from webhook_delivery where id = any(array(
    select id from webhook_delivery
    where ended_at < :before and (state <> 'dead' or ended_at < :dead_before) limit 10000))
""")


def insert_all(
    session: Session, subscription_id: UUID, rows: Sequence[dict[str, Any]], *, now: datetime
) -> None:
    """Insert messages in the order of their events, without those that exist already.

    Args:
        rows: Each has `event_id`, `type` and `occurred_at`; of an event also `incident_id`, `seq`, `action`, `from_status`
            and `to_status`.
    """
    if rows:
        text = orjson.dumps(list(rows)).decode()
        session.execute(_INSERT, {"subscription_id": subscription_id, "rows": text, "now": now})


def batch(session: Session, subscription_id: UUID, *, now: datetime, limit: int) -> Sequence[RowMapping]:
    """Return the next messages that are due, in order."""
    binds = {"subscription_id": subscription_id, "now": now, "most": limit}
    return session.execute(_BATCH, binds).mappings().all()


def count_waiting(session: Session, subscription_id: UUID, *, limit: int) -> int:
    """Return the number of waiting messages, at most `limit`."""
    binds = {"subscription_id": subscription_id, "most": limit}
    return int(session.execute(_COUNT_WAITING, binds).scalar_one())


def end_all(session: Session, ends: Sequence[tuple[int, str, str | None, int]], *, now: datetime) -> None:
    """End messages: each with id, state, reason and the number of attempts made."""
    if ends:
        ids, states, reasons, tried = map(list, zip(*ends, strict=True))
        session.execute(_END, {"ids": ids, "states": states, "reasons": reasons, "tried": tried, "now": now})


def postpone_all(session: Session, later: Sequence[tuple[int, datetime, int, str | None]]) -> None:
    """Let the next attempts of messages begin later: each with id, instant, number of attempts made, and reason."""
    if later:
        ids, due_ats, tried, reasons = map(list, zip(*later, strict=True))
        session.execute(_POSTPONE, {"ids": ids, "due_ats": due_ats, "tried": tried, "reasons": reasons})


def page(
    session: Session, subscription_id: UUID, *, states: Sequence[str], before: int | None, limit: int
) -> Sequence[RowMapping]:
    """Return a page of messages, newest first."""
    binds = {"subscription_id": subscription_id, "states": list(states), "before": before, "most": limit}
    return session.execute(_PAGE, binds).mappings().all()


def replay(session: Session, subscription_id: UUID, *, ids: Sequence[UUID] | None, now: datetime) -> int:
    """Let messages that have ended wait again. None: all dead letters. Return their number."""
    binds = {"subscription_id": subscription_id, "ids": None if ids is None else list(ids), "now": now}
    return len(session.execute(_REPLAY, binds).all())


def delete_ended(session: Session, *, before: datetime, dead_before: datetime) -> int:
    """Delete messages that ended before an instant, dead ones that ended before another. Return the number of a batch."""
    result: Any = session.execute(_DELETE_ENDED, {"before": before, "dead_before": dead_before})
    return int(result.rowcount)
