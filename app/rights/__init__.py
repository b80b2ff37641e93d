"""Rights of data subjects: export, erasure, the record of processing. Owns no tables."""
