"""Households and where they stand."""
