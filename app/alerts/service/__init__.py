"""Services of alerts: subscriptions, and the sending of messages."""

from app.alerts.service.outbox import claim_message, delete_old, deliver, settle
from app.alerts.service.subscriptions import (
    list_subscriptions,
    require_endpoint,
    subscribe,
    unsubscribe,
)

__all__ = [
    "claim_message",
    "delete_old",
    "deliver",
    "list_subscriptions",
    "require_endpoint",
    "settle",
    "subscribe",
    "unsubscribe",
]
