"""Checks of the stored data and of the set-up: `gridward check`, `gridward config check`, gauges."""
