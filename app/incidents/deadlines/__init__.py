"""Deadlines of cases: start, stop, stages, notices."""
