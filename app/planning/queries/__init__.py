"""SQL statements of day plans, coverage and lots."""
