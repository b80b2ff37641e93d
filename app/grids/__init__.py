"""Audit of grids (geometry, responsible workers, workload), and redraw of areas."""
