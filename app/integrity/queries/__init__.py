"""SQL statements of the checks and gauges."""
