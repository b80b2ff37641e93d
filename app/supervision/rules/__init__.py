"""Pure rules of supervision."""
