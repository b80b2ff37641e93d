"""Rules of the supervisor's desk. Pure functions."""
