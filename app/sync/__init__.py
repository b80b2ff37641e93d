"""Synchronisation of devices: what a device holds, what changed since, and the operations it did offline."""
