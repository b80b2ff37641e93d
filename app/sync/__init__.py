"""Synchronisation of devices: they pull rows and changes, and push operations done offline.

Rows are grouped in *buckets*, such as `grid:<id>` or `worker:<id>`. A device stores all buckets that its account may read.
In a *pull*, a new bucket is sent whole; for any other bucket, the rows are sent that changed between two database
snapshots. All pages of a pull together are a *checkpoint*. In a *push*, the device sends the operations that the worker did
offline. An operation that is rejected, in conflict or late is also stored as a *dead letter*, which a person resolves.
"""
