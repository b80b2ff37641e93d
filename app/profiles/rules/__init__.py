"""Sections of a profile: their shape, their validation, their values as checked data, and differences of versions."""
