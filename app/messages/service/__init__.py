"""Services of messages: the outbox, its channels and composers, the list for administrators."""

from app.messages.service.channels import Channel, channels_of, channels_on
from app.messages.service.composers import Composer, register
from app.messages.service.lists import channel_numbers, discard, list_messages, replay
from app.messages.service.outbox import (
    Sender,
    add_message,
    add_messages,
    address_digest,
    delete_old,
    erase_addresses,
    wake,
)

__all__ = [
    "Channel",
    "Composer",
    "Sender",
    "add_message",
    "add_messages",
    "address_digest",
    "channel_numbers",
    "channels_of",
    "channels_on",
    "delete_old",
    "discard",
    "erase_addresses",
    "list_messages",
    "register",
    "replay",
    "wake",
]
