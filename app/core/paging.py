"""Keyset pages: a cursor is the sort key of the last row, opaque to clients."""

import base64
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import orjson

from app.core.errors import invalid_field


def encode_cursor(key: list[Any]) -> str:
    """Return the cursor of a key, for URLs: base64 of its JSON."""
    return base64.urlsafe_b64encode(orjson.dumps(key, default=str)).rstrip(b"=").decode()


def page_body(items: bytes, next_key: Sequence[str] | None, *, as_features: bool = False) -> bytes:
    """Return the body of a page: `items` as made by PostgreSQL, and the cursor of the next page.

    `as_features`: as a GeoJSON FeatureCollection.
    """
    prefix = b'{"type":"FeatureCollection","features":' if as_features else b'{"items":'
    next_cursor = encode_cursor(list(next_key)) if next_key else None
    return b"".join((prefix, items, b',"next":', orjson.dumps(next_cursor), b"}"))


def page_body_of(row: Any, limit: int, *, as_features: bool = False) -> bytes:
    """Return the body of a page from a row with `items`, `last_key` and `n`, one more than `limit` if a page follows."""
    return page_body(row["items"], row["last_key"] if row["n"] > limit else None, as_features=as_features)


def key_after(cursor: str | None, *kinds: Callable[[str], object]) -> list[str] | None:
    """Return the key to continue after, each part of its kind; None: the first page."""
    return typed_key(cursor, *kinds) if cursor else None


def id_after(cursor: str | None) -> UUID | None:
    """Return the id to continue after."""
    key = key_after(cursor, UUID)
    return UUID(key[0]) if key else None


def number_after(cursor: str | None) -> int | None:
    """Return the number to continue after."""
    key = key_after(cursor, int)
    return int(key[0]) if key else None


def typed_key(cursor: str, *kinds: Callable[[str], object]) -> list[str]:
    """Parse a cursor into the key of the last row. Raises Invalid for a part of another kind."""
    key: list[str] = decode_cursor(cursor, len(kinds))
    try:
        for kind, part in zip(kinds, key, strict=True):
            kind(part)
    except ValueError:
        raise invalid_field("cursor", "cursor_invalid") from None
    return key


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """Decode a cursor into the key of the last row. Raises Invalid for a cursor of other origin."""
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        raise invalid_field("cursor", "cursor_invalid") from None
    is_ours = isinstance(key, list) and len(key) == length and all(isinstance(k, str) for k in key)
    if not is_ours or any("\0" in part for part in key):  # PostgreSQL holds no NUL
        raise invalid_field("cursor", "cursor_invalid")
    return list(key)
