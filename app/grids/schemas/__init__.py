"""Input and documentation of grids."""
