"""The interface of a channel. A channel for SMS or for the push service of a vendor is a further class of this kind."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.alerts.rules.messages import Message


class Result(StrEnum):
    """Results of an attempt."""

    SENT = "sent"
    RETRY = "retry"  # a later attempt may succeed
    GONE = "gone"  # the device cannot be reached any more: its subscription ends
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


class Channel(Protocol):
    """A way to reach devices. It opens no session, and one attempt takes less time than the lease of a message."""

    def send(self, message: Message) -> Outcome:
        """Try once to send a message."""
        ...
