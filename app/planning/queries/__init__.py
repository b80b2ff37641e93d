"""SQL of plans."""
