"""The use cases of media: upload, finish, read, link, remove."""

from app.media.queries import FIELDS
from app.media.service.completion import SWEEP, erase, finish, run_due, sweep
from app.media.service.media_access import (
    Content,
    content,
    forget,
    hang_on,
    record,
    remove,
    state_of_mine,
    take_off,
    thumbnail,
)
from app.media.service.object_store import Missing, Store, configured, open_store
from app.media.service.records import NO_RECORDS, Records, Rule
from app.media.service.uploads import ERASE, FINISH, Progress, begin, give_up, progress, receive

__all__ = [
    "ERASE",
    "FIELDS",
    "FINISH",
    "NO_RECORDS",
    "SWEEP",
    "Content",
    "Missing",
    "Progress",
    "Records",
    "Rule",
    "Store",
    "begin",
    "configured",
    "content",
    "erase",
    "finish",
    "forget",
    "give_up",
    "hang_on",
    "open_store",
    "progress",
    "receive",
    "record",
    "remove",
    "run_due",
    "state_of_mine",
    "sweep",
    "take_off",
    "thumbnail",
]
