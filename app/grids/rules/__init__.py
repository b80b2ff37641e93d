"""Pure rules of grids."""
