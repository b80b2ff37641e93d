"""Messages of the outbox: kinds, payload, and when a message is of no use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from app.core.enumerations import Enumeration

KINDS = Enumeration(
    "AlertKind",
    {
        "offer": "a case was offered to the worker",
        "urge": "a supervisor urges the worker",
        "deadline": "a deadline is near or has passed",
        "sos": "a call for help",
    },
)
OFFER, SOS = "offer", "sos"
# The push service wakes a sleeping device at once for these (RFC 8030 5.3).
URGENT = frozenset({OFFER, SOS})
ATTEMPTS = 6
# An attempt that was not finished after this time was killed. Longer than the limits of a request.
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Message:
    """A message that an attempt has claimed, with the keys of its device.

    Attributes:
        attempts: Number of attempts, this one included.
        is_live: False if subscription or session has ended, or the account was closed.
        is_on_duty: True for an account that has no duty, such as a supervisor.
        is_answered: True if the offer of the message, or the call for help, needs no answer any more.
    """

    id: int
    subscription_id: UUID
    channel: str
    kind: str
    subject_id: UUID
    attempts: int
    expires_at: datetime
    endpoint: str
    public_key: bytes
    secret: bytes
    is_live: bool
    is_on_duty: bool
    is_answered: bool

    def payload(self) -> bytes:
        """Return what the device gets: kind and id, and no personal data."""
        return orjson.dumps({"kind": self.kind, "id": self.subject_id})

    def reason_to_drop(self, now: datetime) -> str | None:
        """Return why the message is not sent, or None."""
        if not self.is_live:
            return "ended"
        if self.expires_at <= now:
            return "expired"
        if self.is_answered:
            return "answered"
        if self.kind != SOS and not self.is_on_duty:
            return "off_duty"
        return None
