"""Deadlines of cases: their clocks, the deadlines of single stages, and notices about them."""
