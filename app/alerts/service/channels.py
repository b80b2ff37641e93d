"""The interface of a channel. A channel for the push service of a vendor is a further class of this kind."""

from typing import Protocol

from app.alerts.rules.messages import Message
from app.core.outbox import Outcome


class Channel(Protocol):
    """A way to reach devices. It opens no session, and one attempt takes less time than the lease of a message."""

    def send(self, message: Message) -> Outcome:
        """Try once to send a message."""
        ...
