"""Pure functions for the transitions of cases: no database access, no clock."""
