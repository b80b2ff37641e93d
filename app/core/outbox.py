"""Sending of what an outbox holds: claim, send without a transaction, record the outcome. Packages own their outboxes.

A job that is killed after the claim leaves a message that is due again when its lease ends, so a message is sent at least
once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from sqlalchemy.orm import Session

from app.core import clock, db, jobs
from app.core.actor import SYSTEM
from app.core.enumerations import Enumeration

M = TypeVar("M")
DELIVERY_STATES = Enumeration(
    "DeliveryState",
    {
        "waiting": "not delivered yet",
        "sent": "the receiver, mail server or gateway accepted it",
        "dropped": "of no use any more: the account may not see the case, or the person wants no messages",
        "dead": "failed too often: a person replays it",
    },
)
SLICE_SECONDS = 10.0
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)


class Result(StrEnum):
    """Results of an attempt."""

    SENT = "sent"
    RETRY = "retry"  # a later attempt may succeed
    GONE = "gone"  # the receiver cannot be reached any more
    REFUSED = "refused"  # every attempt would be refused


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an attempt to send a message.

    Attributes:
        reason: Code for the log and the column `reason`, without personal data.
        retry_after_s: Seconds until the service accepts the next attempt, if it named them.
    """

    result: Result
    reason: str | None = None
    retry_after_s: int | None = None


def pause_after(
    attempts: int, retry_after_s: int | None = None, *, longest: timedelta = LONGEST_PAUSE
) -> timedelta:
    """Return the time until the next attempt: 5 s, doubled with each attempt, or what the service wants.

    Args:
        retry_after_s: Seconds of the header Retry-After.
    """
    pause = FIRST_PAUSE * int(2 ** min(attempts - 1, 20))
    if retry_after_s is not None:
        pause = max(pause, timedelta(seconds=retry_after_s))
    return min(pause, longest)


def seconds_of(retry_after: str) -> int | None:
    """Return the seconds of a header Retry-After. A date is not read: the next pause is short enough."""
    return (
        int(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 6 else None
    )


def send_due(
    claim: Callable[[Session, datetime], M | None],
    deliver: Callable[[M], Outcome],
    settle: Callable[[Session, M, Outcome, datetime], datetime | None],
    *,
    task: str,
    queue: str,
    seconds: float = SLICE_SECONDS,
) -> int:
    """Send the messages that are due, one after another, until the time is up. Return the number of attempts.

    Another job goes on after that time, so that a stop of the job worker does not wait long.

    Args:
        claim: Returns the next message that is due, or None.
        deliver: Tries once to send it. No session is open meanwhile.
        settle: Records the outcome. Returns when the next attempt is due, or None if the message has ended.
        task: Task that a later attempt needs.
        seconds: Time after which no further attempt begins.
    """
    attempts, ends_at = 0, time.monotonic() + seconds
    while True:
        if attempts and time.monotonic() >= ends_at:
            with db.transaction(SYSTEM) as session:
                session.execute(jobs.ENQUEUE, jobs.enqueue_binds(task, queue=queue))
            return attempts
        with db.transaction(SYSTEM) as session:
            message = claim(session, clock.now())
        if message is None:
            return attempts
        attempts += 1
        outcome = deliver(message)
        with db.transaction(SYSTEM) as session:
            next_at = settle(session, message, outcome, clock.now())
            if next_at is not None:
                session.execute(jobs.ENQUEUE, jobs.enqueue_binds(task, next_at, queue=queue))
