"""Pure functions for deadlines: no database access, no clock."""
