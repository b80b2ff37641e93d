"""Statements of the package."""
