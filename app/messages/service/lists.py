"""The list of messages for administrators, their numbers, the replay of dead ones and the end of useless ones."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.outbox import DELIVERY_STATES
from app.core.paging import encode_cursor, number_after
from app.messages.queries import outbox as queries
from app.messages.rules.outbox import CHANNELS
from app.messages.service.channels import channels_on
from app.messages.service.outbox import wake
from app.settings import Settings


def list_messages(
    session: Session,
    actor: Actor,
    *,
    state: str | None = None,
    channel: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """Return a page of the messages of the actor's jurisdictions, newest first."""
    rows = queries.page(
        session,
        actor,
        states=[state] if state else list(DELIVERY_STATES),
        channels=[channel] if channel else list(CHANNELS),
        before=number_after(cursor),
        limit=limit + 1,
    )
    next_cursor = encode_cursor([str(rows[limit - 1]["id"])]) if len(rows) > limit else None
    return {"items": [_described(row) for row in rows[:limit]], "next": next_cursor}


def replay(session: Session, actor: Actor, *, ids: Sequence[UUID] | None = None) -> dict[str, Any]:
    """Send dead messages of the actor's jurisdictions again with their ids: the named ones, or all. Return their number."""
    count = queries.replay(session, actor, ids=ids, now=clock.now())
    accounts.record(session, actor, action="message.replay", entity="message", detail={"messages": count})
    wake(session)
    return {"replayed": count}


def discard(session: Session, actor: Actor, *, ids: Sequence[UUID] | None = None) -> dict[str, Any]:
    """End dead or waiting messages of the actor's jurisdictions without sending them: the named ones, or all dead ones.

    Their addresses are erased. Return their number.
    """
    count = queries.discard(session, actor, ids=ids, now=clock.now())
    accounts.record(session, actor, action="message.discard", entity="message", detail={"messages": count})
    return {"discarded": count}


def channel_numbers(session: Session, actor: Actor, *, settings: Settings) -> dict[str, Any]:
    """Return for each channel whether the operator has set it up, and the numbers of stored messages by state."""
    usable = channels_on(settings)
    rows = {(row["channel"], row["state"]): row for row in queries.counts(session, actor)}

    def described(channel: str) -> dict[str, Any]:
        by_state = {state: rows.get((channel, state)) for state in DELIVERY_STATES}
        waiting, sent = by_state["waiting"], by_state["sent"]
        return {
            "channel": channel,
            "is_on": channel in usable,
            **{state: row["messages"] if row else 0 for state, row in by_state.items()},
            "waiting_since": waiting["oldest_at"] if waiting else None,
            "last_sent_at": sent["last_ended_at"] if sent else None,
        }

    return {"items": [described(channel) for channel in CHANNELS]}


def _described(row: RowMapping) -> dict[str, Any]:
    names = ("channel", "kind", "address", "state", "reason", "attempts", "created_at", "ended_at")
    due_at = row["due_at"] if row["state"] == "waiting" else None
    return {"id": row["message_id"], "next_attempt_at": due_at} | {name: row[name] for name in names}
