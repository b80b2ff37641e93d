"""Conversion of database rows to JSON pages."""

from app.accounts.queries.rows import AnyRow
from app.core.db import json_list
from app.core.paging import page_body


def page_bytes(row: AnyRow) -> bytes:
    """Convert a database row that contains a whole page to the JSON `{items, next}`.

    Args:
        row: Columns `items` (the list), `has_more` (another page follows) and `last` (key of the last item, for the cursor).
    """
    return page_body(json_list(row.items), row.last if row.has_more else None)
