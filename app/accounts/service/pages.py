"""Pages of JSON that the database made."""

from typing import Any

import orjson
from sqlalchemy import Row

from app.core.db import json_list
from app.core.errors import invalid_field
from app.core.paging import decode_cursor, encode_cursor


def page_bytes(found: Row[Any]) -> bytes:
    """`{items, next}` of a row with `items`, `has_more` and `last`."""
    following = encode_cursor(found.last) if found.has_more else None
    return b'{"items":' + json_list(found.items) + b',"next":' + orjson.dumps(following) + b"}"


def key_of(cursor: str | None, length: int) -> list[str] | None:
    """The key to go on after. It comes from the client, so text that PostgreSQL cannot hold is refused."""
    if cursor is None:
        return None
    key: list[str] = decode_cursor(cursor, length)
    if any("\0" in part for part in key):
        raise invalid_field("cursor", "cursor_invalid")
    return key
