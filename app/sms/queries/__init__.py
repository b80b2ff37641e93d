"""Statements on SMS that came in."""
