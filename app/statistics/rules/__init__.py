"""Rules of statistics, without a database."""
