"""Pure functions of planning: items, times and routes of a day, cells of coverage, lots."""
