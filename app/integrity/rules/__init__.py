"""Rules of integrity, without a database."""
