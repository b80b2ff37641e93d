"""Pages in the order of (code, id)."""

from collections.abc import Sequence
from uuid import UUID

import orjson

from app.core.paging import encode_cursor, typed_key


def code_key(cursor: str | None) -> list[str] | None:
    """The (code, id) after which the page begins."""
    return None if cursor is None else typed_key(cursor, str, UUID)


def page(member: str, items: bytes, next_key: Sequence[str] | None, *, first: bytes = b"") -> bytes:
    """The body of a page: `member` as PostgreSQL made it, and the cursor of the next page."""
    following = orjson.dumps(encode_cursor(list(next_key)) if next_key else None)
    return b"{%b%b:%b,%b:%b}" % (first, orjson.dumps(member), items, b'"next"', following)
