"""Transitions of a case after it was placed."""
