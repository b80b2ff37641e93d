"""Grids under change: the audit of their shapes and loads, and the redraw of areas."""
