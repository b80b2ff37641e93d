"""SQL statements of statistics."""
