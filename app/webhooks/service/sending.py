"""Sending: a batch of one subscription from the log to the receiver.

A job claims a subscription for a minute, so only one job sends for it. In one transaction it turns new events into
messages and reads those that are due, with the cases as the account sees them now. No transaction is open while it sends.
If it is killed, the messages whose result is not stored are sent again with the same ids.
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock, db, jobs
from app.core.actor import SYSTEM, Actor, Permission
from app.core.errors import Gone
from app.core.ids import uuid7
from app.core.metrics import WEBHOOK_LAG, WEBHOOKS
from app.core.outbox import SLICE_SECONDS
from app.core.outgoing import Allowed, Limits, OutgoingClient, OutgoingFailed, OutgoingRefused
from app.webhooks.queries import deliveries, subscriptions
from app.webhooks.queries.log import Filters
from app.webhooks.rules import attempts, signing
from app.webhooks.rules.attempts import Outcome, Result
from app.webhooks.rules.cursors import parse_cursor
from app.webhooks.rules.event_types import GAP, body_of
from app.webhooks.service.lanes import Lanes
from app.webhooks.service.log import cases_of, message_of, present_cursor, read_page

log = logging.getLogger("gridward.webhooks")

LIMITS = Limits(seconds=15, body_bytes=20_000)
EVENTS_AT_ONCE, BATCH = 500, 500
# New events stay in the log while so many messages wait.
MOST_WAITING = 10_000


@lru_cache(maxsize=4)
def client_with(allowed: Allowed) -> OutgoingClient:
    """Return the client of this process for webhooks. It keeps connections to receivers open."""
    return OutgoingClient(allowed, keeps_alive=True)


@dataclass(frozen=True, slots=True)
class Sender:
    """Client, key and settings of the sending job.

    Attributes:
        server_key: Key from which the secrets of subscriptions are derived.
        pauses_s: Pauses between the attempts, in seconds.
        failing_days: A subscription whose attempts have all failed for so many days is paused.
        draw: Random number in [0, 1), for the jitter of pauses.
    """

    client: OutgoingClient
    server_key: bytes
    pauses_s: tuple[int, ...]
    failing_days: int
    draw: Callable[[], float] = field(default=random.random)


@dataclass(slots=True)
class Batch:
    """Messages of one subscription, with the cases of their events.

    Attributes:
        ends_at: No request begins after this time of the monotonic clock. It counts from the claim, as the lease does.
        is_last: The log has no further events now.
    """

    subscription: RowMapping
    lease_ends_at: datetime
    ends_at: float
    messages: list[tuple[RowMapping, bytes | None]]
    is_last: bool


def send_due(sender: Sender, *, seconds: float = SLICE_SECONDS) -> bool:
    """Send for all subscriptions in turn, a batch each. Return True if the time is up and some is left."""
    ends_at = time.monotonic() + seconds
    is_busy = True
    while is_busy:
        with db.transaction(SYSTEM) as session:
            ids = subscriptions.due(session, now=clock.now())
        is_busy = False
        for subscription_id in ids:
            if time.monotonic() > ends_at:
                return True
            is_busy = send_batch(sender, subscription_id) or is_busy
    return False


def send_batch(sender: Sender, subscription_id: UUID) -> bool:
    """Send the next batch of a subscription. Return True if there may be more to do for it at once."""
    with db.transaction(SYSTEM) as session:
        batch = claim_batch(session, subscription_id)
    if batch is None:
        return False
    results = _send_all(sender, batch)
    with db.transaction(SYSTEM) as session:
        is_failing = settle(session, sender, batch, results)
    return not is_failing and (bool(results) or not batch.is_last)


def claim_batch(session: Session, subscription_id: UUID) -> Batch | None:
    """Claim a subscription, add the messages of new events, and return the messages that are due.

    None: another job has the subscription, or its account may not have it any more.
    """
    now, ends_at = clock.now(), time.monotonic() + attempts.BATCH_SECONDS
    lease_ends_at = now + attempts.LEASE
    row = subscriptions.claim(session, subscription_id, now=now, lease_ends_at=lease_ends_at)
    if row is None:
        return None
    reader = _reader(session, row["account_id"])
    if reader is None:
        _pause(session, subscription_id, "not_permitted")
        return None
    is_last = _add_messages(session, row, reader, now)
    waiting = deliveries.batch(session, subscription_id, now=now, limit=BATCH)
    cases = cases_of(session, reader, waiting)
    messages = [(message, _body(message, cases)) for message in waiting]
    return Batch(row, lease_ends_at, ends_at, messages, is_last)


def _reader(session: Session, account_id: UUID) -> Actor | None:
    """Return the account with the grants by which it reads cases; None: it may not have subscriptions any more."""
    actor = accounts.actor_of(session, account_id)
    if actor is None or not actor.may(Permission.WEBHOOK_MANAGE):
        return None
    return actor.holding(Permission.INCIDENT_READ)


def _add_messages(session: Session, row: RowMapping, reader: Actor, now: datetime) -> bool:
    """Add the messages of a page of new events. Return True if there are no further events now."""
    subscription_id = row["id"]
    if deliveries.count_waiting(session, subscription_id, limit=MOST_WAITING) >= MOST_WAITING:
        return True
    filters = Filters(row["categories"], row["area_id"])
    try:
        page = read_page(
            session, reader, parse_cursor(row["cursor"]), filters=filters, limit=EVENTS_AT_ONCE, now=now
        )
    except Gone:
        # The database was restored, or the subscription was paused for too long. The receiver has to read the cases anew.
        gap = {"event_id": uuid7(), "type": GAP, "occurred_at": now}
        deliveries.insert_all(session, subscription_id, [gap], now=now)
        subscriptions.move_cursor(session, subscription_id, str(present_cursor(session)))
        log.warning("webhook has a gap", extra={"fields": {"webhook": str(subscription_id)}})
        return True
    wanted = [event for event in page.events if not row["types"] or event["type"] in row["types"]]
    deliveries.insert_all(session, subscription_id, wanted, now=now)
    if (cursor := str(page.cursor)) != row["cursor"]:
        subscriptions.move_cursor(session, subscription_id, cursor)
    return page.is_last


def _body(message: RowMapping, cases: dict[UUID, bytes]) -> bytes | None:
    if message["incident_id"] is None:
        return body_of(message["type"], message["occurred_at"], b"{}")
    return message_of(message, cases)


def _send_all(sender: Sender, batch: Batch) -> list[tuple[RowMapping, Outcome]]:
    """Send the messages, in order for each case, until the receiver fails or the time is up. Return the results."""
    row = batch.subscription
    numbers = [row["secret_number"]]
    if row["former_until"] is not None and row["former_until"] > clock.now():
        numbers.append(row["secret_number"] - 1)
    secrets = [signing.secret_of(sender.server_key, row["id"], number) for number in numbers]

    def send(message: RowMapping, body: bytes | None) -> Outcome:
        outcome = (
            Outcome(Result.DROPPED, "not_visible")
            if body is None
            else _send(sender, row, secrets, message, body)
        )
        WEBHOOKS.labels(outcome.result).inc()
        if outcome.result is Result.SENT:
            WEBHOOK_LAG.observe(max(0.0, (clock.now() - message["occurred_at"]).total_seconds()))
        return outcome

    lanes = Lanes(batch.messages, failures=row["failures"], ends_at=batch.ends_at)
    lanes.send_all(send)
    return lanes.results


def _send(sender: Sender, row: RowMapping, secrets: list[str], message: RowMapping, body: bytes) -> Outcome:
    headers = signing.signature_headers(
        secrets, event_id=message["event_id"], sent_at=clock.now(), body=body
    ) | {"Content-Type": "application/json", "User-Agent": "Gridward"}
    try:
        answer = sender.client.request("POST", row["url"], headers=headers, body=body, limits=LIMITS)
    except (OutgoingFailed, OutgoingRefused) as error:
        return Outcome(Result.FAILED, attempts.shown_reason(str(error)))
    return attempts.outcome_of(answer.status, answer.headers.get("retry-after", ""))


def settle(session: Session, sender: Sender, batch: Batch, results: list[tuple[RowMapping, Outcome]]) -> bool:
    """Store the results of a batch and release the subscription. Return True if the receiver fails."""
    now, row = clock.now(), batch.subscription
    failures, failing_since, last_sent_at = row["failures"], row["failing_since"], None
    # Requests that were under way together and failed are one step of the schedule of pauses.
    most_failures = max(failures + 1, attempts.FAILURES_OF_RECEIVER)
    due_at, is_gone = now, False
    ends: list[tuple[int, str, str | None, int]] = []
    later: list[tuple[int, datetime, int, str | None]] = []
    for message, outcome in results:
        match outcome.result:
            case Result.SENT:
                failures, failing_since, last_sent_at = 0, None, now
                most_failures, due_at = attempts.FAILURES_OF_RECEIVER, now
                ends.append((message["id"], "sent", None, 1))
            case Result.DROPPED:
                ends.append((message["id"], "dropped", outcome.reason, 0))
            case Result.GONE:
                is_gone = True
            case Result.FAILED:
                failures = min(failures + 1, most_failures)
                failing_since = failing_since or now
                if failures >= attempts.FAILURES_OF_RECEIVER:
                    # The receiver fails: the message keeps its attempts, and the whole subscription pauses.
                    due_at = now + _pause_after(sender, failures - attempts.FAILURES_OF_RECEIVER + 1, outcome)
                    later.append((message["id"], now, 0, outcome.reason))
                elif attempts.is_dead(message["attempts"] + 1, sender.pauses_s):
                    ends.append((message["id"], "dead", outcome.reason, 1))
                    WEBHOOKS.labels("dead").inc()
                else:
                    next_at = now + _pause_after(sender, message["attempts"] + 1, outcome)
                    later.append((message["id"], next_at, 1, outcome.reason))
    deliveries.end_all(session, ends, now=now)
    deliveries.postpone_all(session, later)
    for at in sorted({_next_second(next_at) for _, next_at, _, _ in later if next_at > now}):
        _wake_at(session, at)
    subscriptions.release(
        session,
        row["id"],
        lease_ends_at=batch.lease_ends_at,
        due_at=due_at,
        failures=failures,
        failing_since=failing_since,
        last_sent_at=last_sent_at,
    )
    if is_gone:
        _pause(session, row["id"], "gone")
    elif attempts.is_failing_too_long(failing_since, now, sender.failing_days):
        _pause(session, row["id"], "failing")
    elif due_at > now:
        _wake_at(session, due_at)
    return is_gone or due_at > now


def _next_second(instant: datetime) -> datetime:
    """Return the next full second: one job sends all that is due until then."""
    return instant.replace(microsecond=0) + timedelta(seconds=1)


def _pause_after(sender: Sender, failures: int, outcome: Outcome) -> Any:
    return attempts.pause_after(
        failures, sender.pauses_s, draw=sender.draw(), retry_after_s=outcome.retry_after_s
    )


def _wake_at(session: Session, at: datetime) -> None:
    session.execute(jobs.ENQUEUE, jobs.enqueue_binds("webhooks.send", at, queue=jobs.WEBHOOKS))


def _pause(session: Session, subscription_id: UUID, because: str) -> None:
    if subscriptions.pause(session, subscription_id, because=because):
        fields = {"webhook": str(subscription_id), "why": because}
        log.warning("webhook is paused", extra={"fields": fields})
