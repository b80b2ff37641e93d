"""SQL of the division tree and of units."""
