"""Statements of the public door."""
