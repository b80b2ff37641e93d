"""Schemas of notices."""
