"""Keyset pages: a cursor is the sort key of the last row, opaque to clients."""

import base64
from collections.abc import Callable
from typing import Any

import orjson

from app.core.errors import invalid_field


def encode_cursor(key: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key, default=str)).rstrip(b"=").decode()


def page_of(row: Any, limit: int) -> bytes:
    """A page as PostGIS made it: `items`, and the cursor of `next` where one more row was found (`n`, `last_key`)."""
    following = encode_cursor(row["last_key"]) if row["n"] > limit else None
    return b"".join((b'{"items":', row["items"], b',"next":', orjson.dumps(following), b"}"))


def typed_key(cursor: str, *kinds: Callable[[str], object]) -> list[str]:
    """The key of the last row seen, each part of the kind it is compared as; another one is a validation error."""
    key: list[str] = decode_cursor(cursor, len(kinds))
    try:
        for kind, part in zip(kinds, key, strict=True):
            kind(part)
    except ValueError:
        raise invalid_field("cursor", "cursor_invalid") from None
    return key


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """The key of the last row seen. A cursor that is not ours is a validation error."""
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        raise invalid_field("cursor", "cursor_invalid") from None
    is_ours = isinstance(key, list) and len(key) == length and all(isinstance(k, str) for k in key)
    if not is_ours or any("\0" in part for part in key):  # PostgreSQL holds no NUL
        raise invalid_field("cursor", "cursor_invalid")
    return list(key)
