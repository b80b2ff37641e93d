"""Schemas of imports and exports."""
