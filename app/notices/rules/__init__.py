"""Rules of notices. Pure."""
