"""Synchronisation of devices: rows they hold, changes since, operations done offline."""
