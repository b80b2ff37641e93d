"""Sections of a profile: validation, values as checked data, differences of versions."""
