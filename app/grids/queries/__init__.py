"""SQL of grids."""
