"""Conversion of database rows to JSON pages."""

from app.accounts.queries.rows import AnyRow
from app.core.db import json_list
from app.core.paging import page_body


def page_bytes(row: AnyRow) -> bytes:
    """Return a JSON page `{items, next}` of a row with `items`, `has_more` and `last`."""
    return page_body(json_list(row.items), row.last if row.has_more else None)
