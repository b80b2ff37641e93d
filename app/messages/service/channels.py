"""The channels: e-mail by SMTP, SMS by the gateway of the operator. A channel opens no session."""

from collections.abc import Mapping
from typing import Protocol

from app.core.outbox import Outcome
from app.messages.rules.outbox import EMAIL, SMS, Ready
from app.messages.service.mail import MailChannel
from app.messages.service.sms import SmsChannel
from app.settings import Settings


class Channel(Protocol):
    """A way to reach people. One attempt takes less time than the lease of a message."""

    def send(self, ready: Ready) -> Outcome:
        """Try once to send a message."""
        ...


def channels_on(settings: Settings) -> tuple[str, ...]:
    """Return the names of the channels that the operator has set up. Links in messages need a public URL."""
    if not settings.public_url:
        return ()
    is_set = {EMAIL: settings.mail_server and settings.mail_from, SMS: settings.sms_url}
    return tuple(name for name, value in is_set.items() if value)


def channels_of(settings: Settings) -> Mapping[str, Channel]:
    """Return the channels that the operator has set up."""
    made: dict[str, Channel] = {}
    if settings.mail_server and settings.mail_from:
        made[EMAIL] = MailChannel(settings)
    if settings.sms_url:
        made[SMS] = SmsChannel(settings)
    return made
