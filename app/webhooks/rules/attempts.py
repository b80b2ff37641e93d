"""Attempts to deliver a message: what an answer means, pauses, dead letters, and when a subscription is paused. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.enumerations import Enumeration

STATES = Enumeration(
    "WebhookState",
    {"active": "messages are sent", "paused": "nothing is sent until a person sets it active"},
)
PAUSE_REASONS = Enumeration(
    "WebhookPauseReason",
    {
        "by_person": "a person paused it",
        "failing": "every attempt has failed for days",
        "gone": "the receiver answered 410",
        "not_permitted": "the account may not have subscriptions any more",
    },
)
# So many failures in succession, without a success between them, mean that the receiver fails and not a message.
FAILURES_OF_RECEIVER = 3
# A sender that did not finish after this time was killed.
LEASE = timedelta(seconds=60)
# A batch ends after this time: with the request under way it is shorter than the lease.
BATCH_SECONDS = 10
JITTER = 0.2
# For so long the former secret signs, too.
OVERLAP = timedelta(hours=24)
GONE, BUSY = 410, 429


class Result(StrEnum):
    """The result of one attempt."""

    SENT = "sent"
    FAILED = "failed"
    GONE = "gone"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one attempt.

    Attributes:
        reason: Why it failed: `status 500`, `timeout`, `address` or another code of the outgoing client.
        retry_after_s: Seconds of the header Retry-After.
    """

    result: Result
    reason: str | None = None
    retry_after_s: int | None = None


def shown_reason(code: str) -> str:
    """Return the reason of a refused or failed request as its owner may read it.

    A name that is not found and one of a forbidden address have one reason: else a subscription would tell which names the
    network of the server has.
    """
    return "host" if code in ("address", "unknown_host") else code


def outcome_of(status: int, retry_after: str = "") -> Outcome:
    """Return what the status of an answer means."""
    if 200 <= status < 300:
        return Outcome(Result.SENT)
    if status == GONE:
        return Outcome(Result.GONE, f"status {status}")
    seconds = (
        int(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 6 else None
    )
    return Outcome(Result.FAILED, f"status {status}", seconds)


def pause_after(
    failures: int, pauses_s: Sequence[int], *, draw: float, retry_after_s: int | None = None
) -> timedelta:
    """Return the time until the next attempt, 20 % more or less by chance, so that receivers are not met by a wave.

    Args:
        failures: Number of failed attempts, at least 1. After the last pause of the schedule its length stays.
        draw: Random number in [0, 1).
    """
    pause_s = pauses_s[min(failures, len(pauses_s)) - 1] * (1 + JITTER * (2 * draw - 1))
    return timedelta(seconds=max(pause_s, retry_after_s or 0))


def is_dead(attempts: int, pauses_s: Sequence[int]) -> bool:
    """Return True if a message has no attempt left: one more than there are pauses."""
    return attempts > len(pauses_s)


def is_failing_too_long(failing_since: datetime | None, now: datetime, days: int) -> bool:
    """Return True if a receiver has failed for so many days without a success."""
    return failing_since is not None and now - failing_since >= timedelta(days=days)
