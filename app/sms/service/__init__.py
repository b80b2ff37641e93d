"""Services of SMS that come in."""

from app.sms.service.lists import list_incoming
from app.sms.service.receiving import Incoming, ReplyComposer, erase_numbers, erase_old, receive

__all__ = ["Incoming", "ReplyComposer", "erase_numbers", "erase_old", "list_incoming", "receive"]
