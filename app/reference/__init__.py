"""Generators of those pages of docs/ that are made from the code, for `gridward docs`."""
