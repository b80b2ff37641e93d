"""Gridward: the server behind grid management. docs/architecture.md describes its packages."""
