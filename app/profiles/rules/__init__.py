"""Rules of profiles: validate a document, parse its sections, and compare two versions."""
