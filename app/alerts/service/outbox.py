"""The outbox: claim a message, send it by its channel, and record what came of it.

A job does these three steps, with no transaction open while it sends. If it is killed after the claim, the message is due
again when its lease ends. So a message is sent at least once; a device shows a repeated one once, because it names its
notification after kind and id.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.alerts.queries import outbox as queries
from app.alerts.queries import subscriptions
from app.alerts.rules.messages import ATTEMPTS, LEASE, Message
from app.alerts.service.channels import Channel
from app.core.metrics import ALERTS
from app.core.outbox import Outcome, Result, pause_after

log = logging.getLogger("gridward.alerts")

ENDED_ALERTS_KEPT = timedelta(days=7)
ENDED_SUBSCRIPTIONS_KEPT = timedelta(days=1)
_STATES = {Result.SENT: "sent", Result.GONE: "dropped", Result.REFUSED: "dead", Result.RETRY: "dead"}


def claim_message(session: Session, *, now: datetime) -> Message | None:
    """Claim the next message that is due and of use, and return it. Messages of no use are dropped on the way."""
    while (row := queries.claim(session, now=now, lease_ends_at=now + LEASE)) is not None:
        erased = {"endpoint": "", "public_key": b"", "secret": b""} if row["endpoint"] is None else {}
        message = Message(**{**row, **erased})
        reason = message.reason_to_drop(now)
        if reason is None:
            return message
        queries.end(session, message.id, state="dropped", because=reason, at=now)
        _count(message, f"dropped_{reason}")
    return None


def deliver(message: Message, channels: Mapping[str, Channel]) -> Outcome:
    """Try once to send a message by its channel. No session is open meanwhile."""
    channel = channels.get(message.channel)
    return channel.send(message) if channel else Outcome(Result.REFUSED, "unknown_channel")


def settle(session: Session, message: Message, outcome: Outcome, *, now: datetime) -> datetime | None:
    """Record the outcome of an attempt. Return when the next attempt is due, or None if the message has ended."""
    is_again = outcome.result is Result.RETRY and message.attempts < ATTEMPTS
    _count(message, "retry" if is_again else _STATES[outcome.result])
    if is_again:
        next_at = now + pause_after(message.attempts, outcome.retry_after_s)
        queries.postpone(session, message.id, because=outcome.reason or "", next_at=next_at)
        return next_at
    state = _STATES[outcome.result]
    queries.end(session, message.id, state=state, because=outcome.reason, at=now)
    if outcome.result is Result.GONE:
        subscriptions.end_subscription(session, message.subscription_id, because="gone", at=now)
    if state == "dead":
        fields = {"alert": message.id, "channel": message.channel, "why": outcome.reason}
        log.warning("alert was not sent", extra={"fields": fields})
    return None


def delete_old(session: Session, *, now: datetime) -> None:
    """End subscriptions of expired sessions, and delete what ended long ago."""
    subscriptions.end_expired(session, at=now)
    queries.delete_ended(session, before=now - ENDED_ALERTS_KEPT)
    subscriptions.delete_ended(session, before=now - ENDED_SUBSCRIPTIONS_KEPT)


def _count(message: Message, outcome: str) -> None:
    ALERTS.labels(message.channel, outcome).inc()
