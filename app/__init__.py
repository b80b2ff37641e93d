"""Gridward: the server behind grid management. docs/architecture.md is the map of the packages."""
