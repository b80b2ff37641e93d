"""Rules of signals, without a database."""
