"""Pure rules of the public door."""
