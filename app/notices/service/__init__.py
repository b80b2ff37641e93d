"""Use cases of notices."""

from app.notices.service.notices import change_notice, create_notice, list_notices, notice
from app.notices.service.publication import approve, preview, previewed_households, publish, refuse, withdraw
from app.notices.service.states import addressee, addressees, coverage, record_receipt, set_wishes, wishes

__all__ = [
    "addressee",
    "addressees",
    "approve",
    "change_notice",
    "coverage",
    "create_notice",
    "list_notices",
    "notice",
    "preview",
    "previewed_households",
    "publish",
    "record_receipt",
    "refuse",
    "set_wishes",
    "wishes",
    "withdraw",
]
