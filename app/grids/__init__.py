"""Audit of grids (geometry, responsible workers, workload), and redraw of areas.

A finding is a fault that the audit finds, such as land in two grids or a grid without a responsible worker.
"""
