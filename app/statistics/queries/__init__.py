"""SQL of statistics."""
