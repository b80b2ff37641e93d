"""SQL statements of signals."""
