"""Rights of the people whose data is held: export, erasure, the record of processing. Owns no tables."""
