"""Pages of JSON that the database made."""

from typing import Any

from sqlalchemy import Row

from app.core.db import json_list
from app.core.paging import page_body


def page_bytes(row: Row[Any]) -> bytes:
    """`{items, next}` of a row with `items`, `has_more` and `last`."""
    return page_body(json_list(row.items), row.last if row.has_more else None)
