"""Pages of JSON that the database made."""

from typing import Any

import orjson
from sqlalchemy import Row

from app.core.db import json_list
from app.core.paging import decode_cursor, encode_cursor


def page_bytes(found: Row[Any]) -> bytes:
    """`{items, next}` of a row with `items`, `has_more` and `last`."""
    following = encode_cursor(found.last) if found.has_more else None
    return b'{"items":' + json_list(found.items) + b',"next":' + orjson.dumps(following) + b"}"


def key_of(cursor: str | None, length: int) -> list[str] | None:
    """The key to go on after."""
    return None if cursor is None else decode_cursor(cursor, length)
