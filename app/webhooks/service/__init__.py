"""Use cases of webhooks: subscriptions, sending, and the events after a cursor."""

from app.webhooks.service.log import events_after
from app.webhooks.service.sending import Sender, client_with, send_due
from app.webhooks.service.subscriptions import (
    NewSubscription,
    change,
    delete_old,
    end,
    list_deliveries,
    list_subscriptions,
    replay,
    require_url,
    rotate_secret,
    send_test,
    server_key,
    subscribe,
    subscription,
    wake,
)

__all__ = [
    "NewSubscription",
    "Sender",
    "change",
    "client_with",
    "delete_old",
    "end",
    "events_after",
    "list_deliveries",
    "list_subscriptions",
    "replay",
    "require_url",
    "rotate_secret",
    "send_due",
    "send_test",
    "server_key",
    "subscribe",
    "subscription",
    "wake",
]
