"""Checks of stored data and configuration, and gauges for monitoring.

The commands are `gridward check` and `gridward config check`.
"""
