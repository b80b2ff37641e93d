"""SQL of synchronisation: the change log, buckets and their rows, push, and dead letters."""
