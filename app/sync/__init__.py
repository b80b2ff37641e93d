"""Synchronisation of devices: they pull rows and changes, and push operations done offline.

Rows are grouped in *buckets*, such as `grid:<id>` or `worker:<id>`; a device stores all buckets that its account may read.
A *pull* sends new buckets whole, and of the others the rows that changed between two database snapshots. All pages of a
pull together are a *checkpoint*. A *push* sends the operations that the worker did offline. An operation that is rejected,
in conflict or late is also stored as a *dead letter*, which a person resolves.
"""
