"""SQL statements on workers, duty, shifts, responsibilities, positions and calls for help."""
