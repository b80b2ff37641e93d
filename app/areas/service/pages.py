"""Pages in the order of (code, id)."""

from collections.abc import Sequence
from uuid import UUID

import orjson

from app.core.errors import invalid_field
from app.core.paging import decode_cursor, encode_cursor


def code_key(cursor: str | None) -> list[str] | None:
    """The (code, id) after which the page begins."""
    if cursor is None:
        return None
    code, row_id = decode_cursor(cursor, 2)
    try:
        UUID(row_id)
    except ValueError:
        raise invalid_field("cursor", "cursor_invalid") from None
    if "\0" in code:
        raise invalid_field("cursor", "cursor_invalid")
    return [code, row_id]


def page(member: str, items: bytes, next_key: Sequence[str] | None, *, first: bytes = b"") -> bytes:
    """The body of a page: `member` as PostgreSQL made it, and the cursor of the next page."""
    following = orjson.dumps(encode_cursor(list(next_key)) if next_key else None)
    return b"{%b%b:%b,%b:%b}" % (first, orjson.dumps(member), items, b'"next"', following)
