"""The outbox: add a message, claim it with its words, send it by its channel, record the outcome.

No transaction is open while a message is sent (`core/outbox.py`). A repeated message has the same id and the same words.
"""

import hashlib
import hmac
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock, jobs
from app.core.metrics import MESSAGES
from app.core.outbox import Outcome, Result, pause_after
from app.messages.queries import outbox as queries
from app.messages.rules.outbox import ATTEMPTS, DAY, KEPT, LEASE, LONGEST_PAUSE, NewMessage, Ready, Waiting
from app.messages.service.channels import Channel
from app.messages.service.composers import composer_of
from app.settings import Settings

log = logging.getLogger("gridward.messages")

_FINAL = {Result.SENT: "sent", Result.GONE: "dead", Result.REFUSED: "dead", Result.RETRY: "dead"}
# The server itself fails, and not this message: the other messages of the channel would fail, too.
_OF_SERVER = frozenset({"connection", "timeout", "unknown_host", "tls", "login", "token_file"})


def address_digest(address: str, settings: Settings) -> bytes:
    """Return the keyed digest of an address, for limits."""
    key = accounts.derived_key(settings.signing_key_file, "addresses of messages")
    return hmac.new(key, address.lower().encode(), hashlib.sha256).digest()


def add_message(session: Session, message: NewMessage, *, settings: Settings) -> None:
    """Add a message and the job that sends it, at the commit."""
    add_messages(session, [message], settings=settings)


def add_messages(session: Session, added: Sequence[NewMessage], *, settings: Settings) -> None:
    """Add messages, at least one, and one job that sends them, at the commit."""
    now = clock.now()
    digests = [address_digest(message.address, settings) for message in added]
    rows = [
        asdict(message) | {"address_digest": digest, "now": now}
        for message, digest in zip(added, digests, strict=True)
    ]
    queries.insert(session, rows)
    wake(session)


def erase_addresses(session: Session, addresses: Sequence[str], *, settings: Settings) -> list[bytes]:
    """End the messages to addresses that wait or failed, and erase the addresses in them. Return their keyed digests.

    A message that is being sent meanwhile is not stopped, and its outcome is not stored.
    """
    digests = [address_digest(address, settings) for address in addresses]
    queries.erase(session, digests, now=clock.now())
    return digests


def wake(session: Session, at: datetime | None = None) -> None:
    """Add the job that sends."""
    session.execute(jobs.ENQUEUE, jobs.enqueue_binds("messages.send", at, queue=jobs.MESSAGES))


class Sender:
    """The steps of a sending job. A channel whose server fails gets no further message in this run."""

    def __init__(self, channels: Mapping[str, Channel], settings: Settings) -> None:
        self._channels, self._settings = channels, settings
        self._failing: set[str] = set()

    def claim(self, session: Session, now: datetime) -> Ready | None:
        """Claim the next message that is due and of use. Messages of no use are dropped on the way."""
        usable = [name for name in self._channels if name not in self._failing]
        while usable:
            row = queries.claim(session, channels=usable, now=now, lease_ends_at=now + LEASE)
            if row is None:
                return None
            message = Waiting(**row)
            ready = self._prepared(session, message, now)
            if ready is not None:
                return ready
        return None

    def _prepared(self, session: Session, message: Waiting, now: datetime) -> Ready | None:
        """Return the message with its words; None if it is dropped, or waits because the address got too many today."""
        most = self._settings.messages_per_day
        sent = queries.sent_to(session, message.address_digest, since=now - DAY, most=most)
        if sent["sent"] >= most:
            due_at = sent["earliest"] + DAY + timedelta(seconds=1)
            queries.postpone(session, message.id, reason="too_many_today", due_at=due_at, untried=1)
            wake(session, due_at)
            _count(message, "postponed")
            return None
        composer = composer_of(message.kind)
        if composer is None:
            self._end(session, message, "dead", "unknown_kind", now)
            return None
        content = composer.compose(session, message, settings=self._settings)
        if isinstance(content, str):
            self._end(session, message, "dropped", content, now)
            return None
        if content.topic is not None and message.topic is None:
            queries.keep_topic(session, message.id, content.topic)
        return Ready(message, content)

    def _end(self, session: Session, message: Waiting, state: str, reason: str, now: datetime) -> None:
        queries.end(session, message.id, state=state, reason=reason, now=now)
        _count(message, f"{state}_{reason}" if state == "dropped" else state)

    def deliver(self, ready: Ready) -> Outcome:
        """Try once to send a message by its channel. No session is open meanwhile."""
        return self._channels[ready.message.channel].send(ready)

    def settle(self, session: Session, ready: Ready, outcome: Outcome, now: datetime) -> datetime | None:
        """Record the outcome. Return when the next attempt is due, or None if the message has ended."""
        message = ready.message
        if outcome.result is Result.RETRY and outcome.reason in _OF_SERVER:
            self._failing.add(message.channel)
        if outcome.result is Result.RETRY and message.attempts < ATTEMPTS:
            _count(message, "retry")
            pause = pause_after(message.attempts, outcome.retry_after_s, longest=LONGEST_PAUSE)
            queries.postpone(session, message.id, reason=outcome.reason or "", due_at=now + pause)
            return now + pause
        state = _FINAL[outcome.result]
        _count(message, state)
        queries.end(session, message.id, state=state, reason=outcome.reason, now=now)
        composer = composer_of(message.kind)
        if state == "sent" and composer is not None:
            composer.note_sent(session, message, ready.content)
        if state == "dead":
            fields = {"message": str(message.message_id), "channel": message.channel, "why": outcome.reason}
            log.warning("message was not sent", extra={"fields": fields})
        return None


def delete_old(session: Session, *, settings: Settings) -> int:
    """Delete messages that ended long ago. Return the number of a batch."""
    now = clock.now()
    dead_before = now - timedelta(days=settings.dead_letter_days)
    return queries.delete_ended(session, before=now - KEPT, dead_before=dead_before)


def _count(message: Waiting, outcome: str) -> None:
    MESSAGES.labels(message.channel, outcome).inc()
