"""Pure functions and values of the base map."""
