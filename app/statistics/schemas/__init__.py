"""Input and documentation of statistics."""
