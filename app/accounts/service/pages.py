"""Pages of JSON that the database made."""

from typing import Any

from sqlalchemy import Row

from app.core.db import json_list
from app.core.paging import page


def page_bytes(found: Row[Any]) -> bytes:
    """`{items, next}` of a row with `items`, `has_more` and `last`."""
    return page(json_list(found.items), found.last if found.has_more else None)
