"""Rules of grids without a database."""
