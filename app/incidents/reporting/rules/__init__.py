"""Pure functions for reports: no database access, no clock."""
