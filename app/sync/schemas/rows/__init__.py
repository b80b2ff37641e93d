"""Documentation of the rows that devices hold; `catalogue` has the list."""

from app.sync.schemas.rows.catalogue import ROW_DATA, ROW_EXAMPLES

__all__ = ["ROW_DATA", "ROW_EXAMPLES"]
