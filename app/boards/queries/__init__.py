"""SQL statements of boards."""
