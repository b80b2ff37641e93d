"""The gateway of a city sends what comes in, and delivers the answers."""

from app.sms import jobs as sms_jobs  # noqa: F401  (registers the composer of answers)
from tests.messages.conftest import (
    app,
    certificate,
    city,
    gateway,
    mail_server,
    message_settings,
    send_due,
)

__all__ = ["app", "certificate", "city", "gateway", "mail_server", "message_settings", "send_due"]
