"""Grids: the audit of their geometry and workload, and the redraw of areas."""
