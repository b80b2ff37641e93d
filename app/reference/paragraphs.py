"""Paragraphs of generated pages."""

from textwrap import fill

LINE_LENGTH = 120


def wrapped(text: str) -> str:
    """Return a paragraph in lines of at most 120 characters."""
    return fill(text, LINE_LENGTH, break_long_words=False, break_on_hyphens=False)
