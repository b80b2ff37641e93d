"""Use cases of notices."""

from app.notices.service.notices import change_notice, create_notice, list_notices, notice
from app.notices.service.publication import approve, preview, previewed_households, publish, refuse, withdraw

__all__ = [
    "approve",
    "change_notice",
    "create_notice",
    "list_notices",
    "notice",
    "preview",
    "previewed_households",
    "publish",
    "refuse",
    "withdraw",
]
