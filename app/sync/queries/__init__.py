"""SQL of the field apps: the change log, buckets, and the rows in them."""
