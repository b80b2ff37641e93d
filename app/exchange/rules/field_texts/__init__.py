"""Titles, explanations and examples of the fields of imports."""
