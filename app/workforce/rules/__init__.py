"""Pure functions of the workforce: duty, positions, rosters, CSV sheets, calls for help."""
