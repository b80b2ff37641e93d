"""Keyset pages. A cursor encodes the sort key of the last row; clients do not interpret it."""

import base64
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import orjson

from app.core.errors import invalid_field


def encode_cursor(key: list[Any]) -> str:
    """Return the cursor of a sort key: base64 of its JSON, safe in URLs."""
    return base64.urlsafe_b64encode(orjson.dumps(key, default=str)).rstrip(b"=").decode()


def page_body(items: bytes, next_key: Sequence[str] | None, *, as_features: bool = False) -> bytes:
    """Return the body of a page: `items` as made by PostgreSQL, and the cursor of the next page.

    Args:
        as_features: Return the items as a GeoJSON FeatureCollection.
    """
    prefix = b'{"type":"FeatureCollection","features":' if as_features else b'{"items":'
    next_cursor = encode_cursor(list(next_key)) if next_key else None
    return b"".join((prefix, items, b',"next":', orjson.dumps(next_cursor), b"}"))


def page_body_of(row: Any, limit: int, *, as_features: bool = False) -> bytes:
    """Return the body of a page from a row of `JsonPage.read`.

    The row has `items`, `last_key`, and `n`, which is one more than `limit` if another page follows.
    """
    return page_body(row["items"], row["last_key"] if row["n"] > limit else None, as_features=as_features)


def key_after(cursor: str | None, *kinds: Callable[[str], object]) -> list[str] | None:
    """Return the sort key in a cursor, or None for the first page.

    The parts of the key are texts.

    Args:
        kinds: A function for each part of the key, which raises ValueError if the part has the wrong form.

    Raises:
        Invalid: This server did not make the cursor, or a part has the wrong form.
    """
    return typed_key(cursor, *kinds) if cursor else None


def id_after(cursor: str | None) -> UUID | None:
    """Return the id in a cursor, or None for the first page."""
    key = key_after(cursor, UUID)
    return UUID(key[0]) if key else None


def number_after(cursor: str | None) -> int | None:
    """Return the number in a cursor, or None for the first page."""
    key = key_after(cursor, int)
    return int(key[0]) if key else None


def typed_key(cursor: str, *kinds: Callable[[str], object]) -> list[str]:
    """Decode a cursor to the sort key of the last row, and check each part of the key.

    The parts are returned as texts.

    Args:
        kinds: A function for each part, which raises ValueError if the part has the wrong form.

    Raises:
        Invalid: This server did not make the cursor, or a part has the wrong form.
    """
    key: list[str] = decode_cursor(cursor, len(kinds))
    try:
        for kind, part in zip(kinds, key, strict=True):
            kind(part)
    except ValueError:
        raise invalid_field("cursor", "cursor_invalid") from None
    return key


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """Decode a cursor to the sort key of the last row.

    Raises:
        Invalid: This server did not make the cursor.
    """
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        raise invalid_field("cursor", "cursor_invalid") from None
    is_ours = isinstance(key, list) and len(key) == length and all(isinstance(k, str) for k in key)
    if not is_ours or any("\0" in part for part in key):  # PostgreSQL holds no NUL
        raise invalid_field("cursor", "cursor_invalid")
    return list(key)
