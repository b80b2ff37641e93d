"""Rights of data subjects: export and erasure of personal data, record of processing.

The package has no tables of its own.
"""
