"""SQL of the audit and the redraw of grids."""
