"""Messages of the outbox: channels, states, number of attempts, what an attempt has claimed. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.core.enumerations import Enumeration

CHANNELS = Enumeration("MessageChannel", {"email": "e-mail by SMTP", "sms": "SMS by the gateway"})
EMAIL, SMS = "email", "sms"
# With the pauses between them about a day.
ATTEMPTS, LONGEST_PAUSE = 30, timedelta(hours=1)
# An attempt that was not finished after this time was killed. Longer than the limits of a request.
LEASE = timedelta(seconds=120)
DAY = timedelta(days=1)
KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be added.

    Attributes:
        cause: The row that caused it. A cause adds one message.
        words: Its words; None: its composer makes them.
        is_news: Nobody waits for it: answers go first.
    """

    jurisdiction_id: UUID
    channel: str
    kind: str
    address: str
    language: str
    cause: str
    subject_id: UUID | None = None
    words: str | None = None
    is_news: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """The words of a message.

    Attributes:
        subject: Subject of an e-mail.
        text: Plain text.
        topic: What the message says, in a code; the next attempt gets it.
        stop_url: Address at which a POST ends messages of this kind (RFC 8058).
        sender: Name of the sender of an e-mail.
    """

    subject: str
    text: str
    topic: str | None = None
    stop_url: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that an attempt has claimed. `attempts` includes this one."""

    id: int
    message_id: UUID
    jurisdiction_id: UUID
    channel: str
    kind: str
    address: str
    address_digest: bytes
    language: str
    subject_id: UUID | None
    topic: str | None
    words: str | None
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Ready:
    """A message with its words."""

    message: Waiting
    content: Content
