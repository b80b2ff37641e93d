"""Deadlines of cases: their clocks, their stages, and the notices about them."""
