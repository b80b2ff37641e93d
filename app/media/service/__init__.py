"""Use cases of media: upload, process, read, link and remove files."""

from app.media.queries import media_json
from app.media.service.completion import SWEEP, content_key, erase, finish, run_due, sweep, thumbnail_key
from app.media.service.media_access import (
    Content,
    content,
    link_to_record,
    own_media_state,
    record,
    remove,
    remove_unchecked,
    thumbnail,
    unlink_from_record,
)
from app.media.service.object_store import Missing, Store, configured, open_store
from app.media.service.records import NO_RECORDS, Records, Rule
from app.media.service.redactions import BOXES_MAX, Box, erase_redaction, make_redaction, redaction_key
from app.media.service.uploads import (
    ERASE,
    FINISH,
    Progress,
    begin,
    give_up,
    progress,
    receive,
    receive_stored,
)

__all__ = [
    "BOXES_MAX",
    "ERASE",
    "FINISH",
    "NO_RECORDS",
    "SWEEP",
    "Box",
    "Content",
    "Missing",
    "Progress",
    "Records",
    "Rule",
    "Store",
    "begin",
    "configured",
    "content",
    "content_key",
    "erase",
    "erase_redaction",
    "finish",
    "give_up",
    "link_to_record",
    "make_redaction",
    "media_json",
    "open_store",
    "own_media_state",
    "progress",
    "receive",
    "receive_stored",
    "record",
    "redaction_key",
    "remove",
    "remove_unchecked",
    "run_due",
    "sweep",
    "thumbnail",
    "thumbnail_key",
    "unlink_from_record",
]
